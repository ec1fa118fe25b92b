import { describe, expect, it } from 'vitest';
import type { Effect } from '../alerts/machine.ts';
import { ruleSchema } from '../alerts/rule.ts';
import { type Circumstances, decide } from './decision.ts';
import { receiverSchema } from './receiver.ts';

const NOW_MS = Date.parse('2026-06-01T23:30:00Z');
const rule = ruleSchema.parse({
  id: 'r1',
  unit: 'u1',
  name: 'Limit',
  metric: { kind: 'lp' },
  cooldown_s: 300,
  levels: [
    { name: 'warn', threshold: 70 },
    { name: 'alarm', threshold: 80 },
    { name: 'critical', threshold: 90 },
  ],
});
const receiver = receiverSchema.parse({ id: 'ann', name: 'Ann', channels: [{ kind: 'log' }], max_per_hour: 2 });
const plain: Circumstances = {
  late: false,
  silencedBy: null,
  inhibitedBy: null,
  toldLevel: null,
  lastOnsetToldMs: null,
  sentMs: [],
};

function effect(kind: Effect['kind'], level = 0): Effect {
  const episode = {
    id: 'r1-x',
    onsetMs: NOW_MS,
    onsetValue: 75,
    level,
    gravest: level,
    peakValue: 75,
    peakMs: NOW_MS,
    count: 1,
    threshold: 70,
    windowEndMs: null,
  };
  return kind === 'clear'
    ? { kind, atMs: NOW_MS, value: 60, episode, reason: 'recovered' }
    : { kind, atMs: NOW_MS, value: 75, episode };
}

const told = (one: Effect, more: Partial<Circumstances> = {}, to = receiver) => {
  const decision = decide(one, rule, to, { ...plain, ...more }, NOW_MS);
  return `${decision.kind}: ${decision.reason}`;
};

describe('who is told', () => {
  it.each([
    ['an onset', effect('onset'), {}, 'send: first-notification'],
    ['an onset found late', effect('onset'), { late: true }, 'drop: late'],
    ['the end of what was told', effect('clear'), { toldLevel: 0 }, 'send: end-of-what-was-told'],
    [
      'the end of what was told, inside a silence',
      effect('clear'),
      { toldLevel: 0, silencedBy: 'works' },
      'send: end-of-what-was-told',
    ],
    ['the end of what was never told', effect('clear'), {}, 'drop: never-told'],
    ['an onset inside a silence', effect('onset'), { silencedBy: 'works' }, 'drop: silenced'],
    ['an onset below a dead edge', effect('onset'), { inhibitedBy: 'demo' }, 'drop: inhibited'],
    ['a rise', effect('level-up', 1), { toldLevel: 0 }, 'send: graver-than-told'],
    ['the same rise again', effect('reopen', 1), { toldLevel: 1 }, 'drop: not-graver-than-told'],
    ['a fall', effect('level-down', 0), { toldLevel: 1 }, 'drop: milder'],
    ['an onset within the cooldown', effect('onset'), { lastOnsetToldMs: NOW_MS - 299_000 }, 'drop: cooldown'],
    ['an onset after the cooldown', effect('onset'), { lastOnsetToldMs: NOW_MS - 300_000 }, 'send: first-notification'],
    ['a graver onset within the cooldown', effect('onset', 1), { lastOnsetToldMs: NOW_MS - 1000 }, 'send: first-notification'],
    ['one too many in an hour', effect('onset'), { sentMs: [NOW_MS - 3_000_000, NOW_MS - 1000] }, 'wait: rate-cap'],
    ['enough room in the hour', effect('onset'), { sentMs: [NOW_MS - 3_700_000, NOW_MS - 1000] }, 'send: first-notification'],
  ] as const)('%s', (_name, one, more, expected) => {
    expect(told(one, more)).toBe(expected);
  });

  it('lets only the critical level through in quiet hours and the rest wait for their end', () => {
    const quiet = receiverSchema.parse({
      ...receiver,
      zone: 'Europe/Berlin',
      quiet_hours: { windows: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '22:00', to: '07:00' }], holidays: [], on_holidays: 'off' },
    });
    expect(decide(effect('onset', 1), rule, quiet, plain, NOW_MS)).toEqual({
      kind: 'wait',
      reason: 'quiet-hours',
      untilMs: Date.parse('2026-06-02T05:00:00Z'),
    });
    expect(told(effect('onset', 2), {}, quiet)).toBe('send: first-notification');
  });
});
