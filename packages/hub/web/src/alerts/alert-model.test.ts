import { describe, expect, it } from 'vitest';
import { withOverviews } from '../fleet/fleet-model.ts';
import { frameAt, overview } from '../fleet/unit-example.ts';
import type { EventView, RuleView } from './alert-api.ts';
import {
  figureText,
  gradeOf,
  inOrder,
  isPresent,
  levelNow,
  matterText,
  metricText,
  oldestOf,
  onAndOver,
  rulePhrases,
  spanText,
  standingText,
  summaryText,
  toldText,
  unitsOf,
  unseenCount,
  withOlder,
} from './alert-model.ts';

const event = (event_id: string, more: Partial<EventView> = {}): EventView => ({
  event_id,
  kind: 'threshold',
  unit: 'u1',
  rule: 'r',
  name: 'Limit',
  metric: 'lp',
  figures_in: 'dB',
  status: 'active',
  level: 'warn',
  gravest: 'warn',
  threshold: 70,
  onset_at: '2026-06-01T10:00:00.000Z',
  onset_value: 71,
  peak_value: 72,
  peak_at: null,
  clear_at: null,
  end_reason: null,
  count: 1,
  late: false,
  acknowledged_at: null,
  acknowledged_by: null,
  steps: [],
  told: [],
  ...more,
});

describe('the inbox', () => {
  const events = [
    event('over', { status: 'cleared', onset_at: '2026-06-01T12:00:00.000Z', unit: 'u2' }),
    event('seen', { acknowledged_at: '2026-06-01T10:01:00.000Z', level: 'critical' }),
    event('warned'),
    event('grave', { level: 'alarm', onset_at: '2026-06-01T09:00:00.000Z' }),
    event('newer', { onset_at: '2026-06-01T11:00:00.000Z' }),
  ];

  it('puts what is on first, of that what nobody has seen, the gravest and the newest', () => {
    expect(inOrder(events).map((one) => one.event_id)).toEqual(['grave', 'newer', 'warned', 'seen', 'over']);
  });

  it('takes older ones beside the newest, each once and as it was heard of last', () => {
    const older = [event('warned', { status: 'cleared' }), event('ancient', { onset_at: '2026-05-01T09:00:00.000Z' })];
    const all = withOlder(events, older);
    expect(all).toHaveLength(events.length + 1);
    expect(all.find((one) => one.event_id === 'warned')?.status).toBe('active');
    expect(oldestOf(all)).toBe('2026-05-01T09:00:00.000Z');
    expect(oldestOf([])).toBeNull();
  });

  it('counts what is on and unseen, and knows its units', () => {
    expect(unseenCount(events)).toBe(3);
    expect(unitsOf(events)).toEqual(['u1', 'u2']);
  });

  describe('of a unit that cannot be reached', () => {
    const frame = frameAt(0);
    const nowMs = Date.parse(frame.at) + 1000;
    const viewOf = (reachable: boolean, reason: string | null) => {
      const { state } = overview();
      const lost = overview({ frame, state: state === null ? null : { ...state, reachable, link: 'wedged', reason } });
      return withOverviews(new Map(), [lost]).get(lost.unit);
    };
    const lost = event('lost', {
      kind: 'connectivity',
      metric: 'connectivity',
      steps: [{ at: '2026-11-23T06:41:00.000Z', kind: 'onset', text: 'The meter refused the connection.' }],
    });

    it('says what is the matter now, which is more than was known when it began', () => {
      expect(matterText(lost, viewOf(false, 'Switch the meter off and on.'), nowMs)).toBe('Switch the meter off and on.');
      expect(matterText(lost, undefined, nowMs)).toBe('The meter refused the connection.');
      expect(matterText({ ...lost, status: 'cleared' }, viewOf(false, 'Again.'), nowMs)).toBe(
        'The meter refused the connection.',
      );
      expect(matterText(event('loud'), viewOf(false, 'Switch it off.'), nowMs)).toBeNull();
    });

    it('shows no level that is not of this moment', () => {
      expect(levelNow(viewOf(true, null), nowMs)).toBe(62.4);
      expect(levelNow(viewOf(true, null), nowMs + 60_000)).toBeNull();
      expect(levelNow(undefined, nowMs)).toBeNull();
    });
  });

  it('says in a sentence how it stands', () => {
    expect(summaryText(events)).toBe('4 active, 3 of them not acknowledged.');
    expect(summaryText([event('a')])).toBe('1 active, not acknowledged.');
    expect(summaryText([event('a', { acknowledged_at: 'x' })])).toBe('1 active, all acknowledged.');
    expect(summaryText([])).toBe('No active alerts.');
    expect(onAndOver(events).over.map((one) => one.event_id)).toEqual(['over']);
  });

  it('gives figures with their unit, and none where a metric only holds or does not', () => {
    expect(figureText(72.04, { figures_in: 'dB' })).toBe('72.0 dB');
    expect(figureText(88, { figures_in: '%' })).toBe('88.0 %');
    expect(figureText(1, { figures_in: null })).toBeNull();
    expect(figureText(null, { figures_in: 'dB' })).toBeNull();
  });

  it('names every grade in a word, not by colour alone', () => {
    expect(gradeOf(event('a'))).toEqual({ word: 'Warning', tone: 'warn' });
    expect(gradeOf(event('a', { level: 'critical' }))).toEqual({ word: 'Critical', tone: 'alarm' });
    expect(gradeOf(event('a', { status: 'cleared', level: 'warn', gravest: 'alarm' }))).toEqual({ word: 'Alarm', tone: 'over' });
  });
});

describe('what somebody was told', () => {
  const told = {
    receiver: 'ann',
    level: null,
    messages: 0,
    reason: 'silenced',
    explanation: '',
    at: '',
    waits: false,
    waits_until: null,
  };
  it.each([
    [{ ...told, waits: true }, 'Waits'],
    [{ ...told, level: 'warn', waits: true }, 'Told, waits with the rest'],
    [{ ...told, level: 'warn', reason: 'first-notification' }, 'Told'],
    [{ ...told, level: 'warn', reason: 'end-of-what-was-told' }, 'Told, and of the end'],
    [told, 'Not told'],
  ])('is a word, case %#', (one, word) => expect(toldText(one).word).toBe(word));
});

describe('rules in words', () => {
  it.each([
    [900, '15 min'],
    [3600, '1 h'],
    [90, '90 s'],
  ])('says %i s as %s', (seconds, text) => expect(spanText(seconds)).toBe(text));

  it('says what a metric is', () => {
    expect(metricText({ kind: 'leq', seconds: 900, mode: 'clock' })).toBe('LAeq over 15 min, on the clock');
    expect(metricText({ kind: 'ln', percent: 5, seconds: 600 })).toBe('L5 over 10 min');
  });

  it('shows a rule that was set aside as broken and one that waits for data as such', () => {
    const view = (state: string, failure: string | null = null): RuleView => ({
      rule: { id: 'r', unit: 'u1', name: 'r', metric: { kind: 'lp' }, levels: [] },
      warning: null,
      standing: { state, event_id: null, value: null, at: null, reason: null, failure },
    });
    expect(standingText(view('suspended')).word).toBe('No data');
    expect(standingText(view('idle', 'bug')).word).toBe('Broken');
    expect(standingText({ ...view('idle'), rule: { ...view('idle').rule, enabled: false } }).word).toBe('Off');
  });
});

describe('a rule in the list', () => {
  const view = (more: Partial<RuleView['rule']>): RuleView => ({
    rule: { id: 'r', unit: 'u1', name: 'r', metric: { kind: 'lp' }, levels: [{ name: 'warn', threshold: 70 }], ...more },
    warning: null,
    standing: null,
  });
  const windows = [{ days: [1], from: '22:00', to: '07:00' }];

  it('says its limits, whether it has windows, and whom it tells', () => {
    expect(rulePhrases(view({}))).toEqual(['warn 70', 'tells nobody']);
    const night = { schedule: { windows, holidays: [], on_holidays: 'off' }, notify: ['ann', 'bob'] };
    expect(rulePhrases(view(night))).toEqual(['warn 70', 'in one window', 'tells ann, bob']);
    expect(rulePhrases(view({ metric: { kind: 'health', of: 'asleep' } }))).toEqual(['tells nobody']);
  });

  it('calls no old value the present one', () => {
    const at = '2026-06-01T10:00:00.000Z';
    expect([isPresent(at, Date.parse(at) + 5_000), isPresent(at, Date.parse(at) + 60_000)]).toEqual([true, false]);
  });
});
