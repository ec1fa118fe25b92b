import { describe, expect, it } from 'vitest';
import { type EventRecord, recorded } from './event-record.ts';
import type { EventStory } from '../judging/event-story.ts';
import { reconcile } from './reconcile.ts';

const story = (onsetMs: number, clearMs: number | null, more: Partial<EventStory> = {}): EventStory => ({
  id: `r-${onsetMs}`,
  unit: 'u1',
  rule: 'r',
  ruleName: 'r',
  wordingMs: 0,
  metric: 'lp',
  threshold: 70,
  level: 'warn',
  gravest: 'warn',
  onsetMs,
  shownMs: onsetMs + 1,
  onsetValue: 75,
  peakValue: 75,
  peakMs: onsetMs + 1,
  clearMs,
  endReason: clearMs === null ? null : 'recovered',
  count: 1,
  status: clearMs === null ? 'active' : 'cleared',
  steps: [{ atMs: onsetMs, kind: 'onset', text: '' }],
  ...more,
});
const written = (one: EventStory, more: Partial<EventRecord> = {}): EventRecord => ({ ...recorded(null, one, false), ...more });
const told = (records: EventRecord[], stories: EventStory[]): string[] => {
  const { changed, unconfirmed, ids } = reconcile(records, stories);
  return [
    ...changed.map((one) => `${ids.get(one.id) ?? ''} ${one.onsetMs}-${one.clearMs ?? ''}`),
    ...unconfirmed.map((one) => `not ${one.id}`),
  ];
};

describe('two tellings', () => {
  it('that say the same leave what is written alone', () => {
    expect(told([written(story(10, 20))], [story(10, 20)])).toEqual([]);
  });

  it('write what is new and mark what is not confirmed', () => {
    expect(told([written(story(10, 20))], [story(30, 40)])).toEqual(['r-30 30-40', 'not r-10']);
  });

  it('keep the id of an event whose onset turned out to be another', () => {
    expect(told([written(story(10, null))], [story(4, null)])).toEqual(['r-10 4-']);
  });

  it('let the first keep the id when an event turns out to be two: its end is told, and then the beginning of the second', () => {
    expect(told([written(story(10, null))], [story(9, 12), story(20, null)])).toEqual(['r-10 9-12', 'r-20 20-']);
  });

  it('let each keep the id of the one with which it shares most', () => {
    expect(told([written(story(10, 20)), written(story(25, 40))], [story(9, 20), story(24, 40)])).toEqual([
      'r-10 9-20',
      'r-25 24-40',
    ]);
  });

  it('mark the second when two events turn out to be one', () => {
    expect(told([written(story(10, 20)), written(story(25, 40))], [story(10, 40)])).toEqual(['r-10 10-40', 'not r-25']);
  });

  it('find another id for an event whose own is taken by one that has moved', () => {
    const moved = written(story(4, 8, { id: 'r-10' }));
    expect(told([moved], [story(4, 8), story(10, 20)])).toEqual(['r-10.2 10-20']);
  });

  it('take up again what had been given up', () => {
    expect(told([written(story(10, 20), { status: 'superseded' })], [story(10, 20)])).toEqual(['r-10 10-20']);
    expect(told([written(story(10, 20), { status: 'superseded' })], [])).toEqual([]);
  });

  it('tell rules and their wordings apart', () => {
    expect(told([written(story(10, null, { wordingMs: 5 }))], [story(4, null)])).toEqual(['r-4 4-', 'not r-10']);
  });
});
