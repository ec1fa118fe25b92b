import { describe, expect, it } from 'vitest';
import { type Circumstances, decide, type EventAtHand, type RuleManners, type Telling } from './decision.ts';
import { type Receiver, receiverSchema } from './receiver.ts';

const NOW_MS = Date.parse('2026-06-01T23:30:00Z');
const rule: RuleManners = { mildest: 'warn', cooldownMs: 300_000, mergeMs: 0 };
const receiver = receiverSchema.parse({ id: 'ann', name: 'Ann', channels: [{ kind: 'log' }], max_per_hour: 2 });
const on: EventAtHand = { status: 'active', level: 'warn', gravest: 'warn', late: false, clearMs: null, endReason: null };
const over: EventAtHand = { ...on, status: 'cleared', clearMs: NOW_MS - 60_000, endReason: 'recovered' };
const plain: Circumstances = {
  nowMs: NOW_MS,
  silencedUntilMs: null,
  inhibitedBy: null,
  lastOnsetToldMs: null,
  sentMs: [],
  joins: false,
};
const telling: Telling = { messages: 1, level: 'warn', ended: false, reason: 'first-notification', atMs: 0, waits: null };
const nothingYet: Telling = { ...telling, messages: 0, level: null, reason: 'silenced', waits: { untilMs: null } };

interface Case {
  readonly rule?: Partial<RuleManners>;
  readonly receiver?: Partial<Receiver>;
  readonly telling?: Telling;
  readonly around?: Partial<Circumstances>;
}
const told = (event: EventAtHand, more: Case = {}): string => {
  const decision = decide(event, { ...rule, ...more.rule }, { ...receiver, ...more.receiver }, more.telling ?? null, {
    ...plain,
    ...more.around,
  });
  const until = decision.kind === 'wait' && decision.untilMs !== null ? ` ${(decision.untilMs - NOW_MS) / 1000}` : '';
  return `${decision.kind === 'tell' ? `tell ${decision.step}` : decision.kind}: ${decision.reason}${until}`;
};
const silenced = { silencedUntilMs: NOW_MS + 60_000 };

describe('who is told', () => {
  it.each<readonly [string, EventAtHand, Case, string]>([
    ['of what is on', on, {}, 'tell onset: first-notification'],
    ['of it only once', on, { telling }, 'rest: not-graver-than-told'],
    ['when it grows graver', { ...on, level: 'alarm' }, { telling }, 'tell level-up: graver-than-told'],
    ['not when it grows milder', on, { telling: { ...telling, level: 'alarm' } }, 'rest: not-graver-than-told'],
    ['of the end of what was told', over, { telling }, 'tell clear: end-of-what-was-told'],
    ['of the end only once', over, { telling: { ...telling, ended: true } }, 'rest: end-told'],
    ['of the end inside a silence too', over, { telling, around: silenced }, 'tell clear: end-of-what-was-told'],
    [
      'of the end of what later data did not confirm',
      { ...over, status: 'superseded', clearMs: null },
      { telling },
      'tell clear: end-of-what-was-told',
    ],
    [
      'when it goes on after its end was told',
      on,
      { telling: { ...telling, ended: true } },
      'tell reopen: goes-on-after-its-end',
    ],
    ['not of what was found late', { ...over, late: true }, {}, 'rest: late'],
    ['not while switched off', on, { receiver: { enabled: false } }, 'rest: receiver-disabled'],
  ])('%s', (_name, event, more, expected) => {
    expect(told(event, more)).toBe(expected);
  });
});

describe('what waits', () => {
  it.each<readonly [string, EventAtHand, Case, string]>([
    ['for the end of a silence', on, { around: silenced }, 'wait: silenced 60'],
    ['for the edge above it', on, { around: { inhibitedBy: 'site' } }, 'wait: inhibited'],
    [
      'for the end of the cooldown, and is told then if it is still on',
      on,
      { around: { lastOnsetToldMs: NOW_MS - 100_000 } },
      'wait: cooldown 200',
    ],
    ['not after the cooldown', on, { around: { lastOnsetToldMs: NOW_MS - 300_000 } }, 'tell onset: first-notification'],
    [
      'not for a cooldown where it is graver than the mildest level',
      { ...on, level: 'alarm' },
      { around: { lastOnsetToldMs: NOW_MS } },
      'tell onset: first-notification',
    ],
    [
      'for a cooldown where the rule has that one level alone',
      { ...on, level: 'alarm' },
      { rule: { mildest: 'alarm' }, around: { lastOnsetToldMs: NOW_MS } },
      'wait: cooldown 300',
    ],
    ['for the hour that has room again', on, { around: { sentMs: [NOW_MS - 3_000_000, NOW_MS - 1000] } }, 'wait: rate-cap 600'],
    [
      'not where the hour has room',
      on,
      { around: { sentMs: [NOW_MS - 3_700_000, NOW_MS - 1000] } },
      'tell onset: first-notification',
    ],
    [
      'not where it joins a message that is being gathered',
      on,
      { around: { sentMs: [NOW_MS, NOW_MS], joins: true } },
      'tell onset: first-notification',
    ],
    [
      'until an end is final',
      { ...over, clearMs: NOW_MS - 60_000 },
      { telling, rule: { mergeMs: 90_000 } },
      'wait: may-go-on 30',
    ],
    [
      'not for the merging time after the end of a window',
      { ...over, endReason: 'window_end' },
      { telling, rule: { mergeMs: 90_000 } },
      'tell clear: end-of-what-was-told',
    ],
  ])('waits %s', (_name, event, more, expected) => {
    expect(told(event, more)).toBe(expected);
  });

  it('is not told any more once it is over', () => {
    expect(told(over, { telling: nothingYet })).toBe('rest: over-before-told');
    expect(told(over, { telling: { ...nothingYet, waits: null } })).toBe('rest: silenced');
  });

  it('is told when nobody had a look at it before it was over, as after a crash, unless something was against it', () => {
    expect(told(over)).toBe('tell onset: first-notification');
    expect(told(over, { around: silenced })).toBe('rest: silenced');
  });
});

describe('quiet hours', () => {
  const night: Partial<Receiver> = {
    zone: 'Europe/Berlin',
    quiet_hours: { windows: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '22:00', to: '07:00' }], holidays: [], on_holidays: 'off' },
  };
  const until = (Date.parse('2026-06-02T05:00:00Z') - NOW_MS) / 1000;

  it('let only what is critical through, and the rest wait for their end', () => {
    expect(told({ ...on, level: 'alarm' }, { receiver: night })).toBe(`wait: quiet-hours ${until}`);
    expect(told({ ...on, level: 'critical' }, { receiver: night })).toBe('tell onset: first-notification');
  });

  it('let the end through of what had woken somebody', () => {
    expect(told(over, { receiver: night, telling: { ...telling, level: 'critical' } })).toBe('tell clear: end-of-what-was-told');
    expect(told(over, { receiver: night, telling })).toBe(`wait: quiet-hours ${until}`);
  });
});
