import type { Frame, UnitState } from '@slmm/protocol';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import { frameAt, START_MS, stateOf } from '../alert-example.ts';
import type { Effect } from './machine.ts';
import type { Observation } from './observation.ts';
import { metricSchema, ruleSchema, type RuleDraft } from '../rules/rule.ts';
import { createRuleEvaluator } from './rule-evaluator.ts';

const frame = (second: number, levelDb: number, more: Partial<Frame> = {}): Observation => ({
  kind: 'frame',
  atMs: START_MS + second * 1000,
  frame: frameAt(second, levelDb, more),
});
const state = (second: number, more: Partial<UnitState>): Observation => ({
  kind: 'unit-state',
  atMs: START_MS + second * 1000,
  state: stateOf(more),
});

const draft = (more: Partial<RuleDraft>): RuleDraft => ({
  id: 'r1',
  unit: 'u1',
  name: 'Limit',
  metric: { kind: 'lp' },
  levels: [{ name: 'warn', threshold: 70 }],
  ...more,
});

function run(more: Partial<RuleDraft>, observations: readonly Observation[], zone = 'UTC'): string[] {
  const evaluator = createRuleEvaluator(ruleSchema.parse(draft(more)), { zone, sinceMs: START_MS });
  return observations.flatMap((one) => evaluator.observe(one).effects).map(tell);
}

const tell = (effect: Effect): string =>
  `${effect.kind}${effect.kind === 'clear' ? ` ${effect.reason}` : ''} ${(effect.atMs - START_MS) / 1000}`;
const seconds = (from: number, to: number, levelDb: number): Observation[] =>
  Array.from({ length: to - from + 1 }, (_, index) => frame(from + index, levelDb));

describe('a rule on a unit', () => {
  it('alerts on a moving LAeq,T once enough of T is known', () => {
    expect(
      run({ metric: { kind: 'leq', seconds: 60, mode: 'moving' } }, [...seconds(1, 120, 75), ...seconds(121, 400, 50)]),
    ).toEqual(['onset 44', 'clear recovered 168']);
  });

  it('alerts on a clock-aligned LAeq,T at the end of each block, of local time', () => {
    const blocks = [...seconds(1, 900, 60), ...seconds(901, 1800, 75), ...seconds(1801, 2701, 60)];
    expect(run({ metric: { kind: 'leq', seconds: 900, mode: 'clock' } }, blocks)).toEqual(['onset 900', 'clear recovered 1800']);
    const hour = { metric: { kind: 'leq' as const, seconds: 3600, mode: 'clock' as const } };
    expect(run(hour, seconds(1, 3601, 75), 'Asia/Kolkata')).toEqual([]);
    expect(run(hour, seconds(1, 5401, 75), 'Asia/Kolkata')).toEqual(['onset 1800']);
  });

  it.each([
    ['the day with 23 hours', '2026-03-29', 23],
    ['the day with 25 hours', '2026-10-25', 25],
    ['an ordinary day', '2026-06-02', 24],
  ])('takes a clock-aligned T from local midnight on, as history does: %s', (_name, date, hours) => {
    const midnightMs = DateTime.fromISO(date, { zone: 'Europe/Berlin' }).toMillis();
    // A minute per reading: loud by day, one reading past the next midnight.
    const day = Array.from({ length: hours * 60 + 1 }, (_, minute): Observation => {
      const atMs = midnightMs + (minute + 1) * 60_000;
      const interval = { s: 60, leq: 75, lmax: 75, lmin: 75, lpeak: 75, basis: 'drd' as const, ticks: 600 };
      return { kind: 'frame', atMs, frame: { ...frameAt(minute + 1, 75, { interval }), at: new Date(atMs).toISOString() } };
    });
    const ends = (seconds: number): number[] => {
      const metric = { kind: 'leq' as const, seconds, mode: 'clock' as const };
      const evaluator = createRuleEvaluator(ruleSchema.parse(draft({ metric, max_gap_s: 60 })), { zone: 'Europe/Berlin' });
      return day.flatMap((one) => {
        const { sample } = evaluator.observe(one);
        return sample === null || sample.value === null ? [] : [(sample.atMs - midnightMs) / 3_600_000];
      });
    };
    expect(ends(86_400)).toEqual([hours]);
    expect(ends(28_800)).toEqual(hours === 23 ? [8, 16] : [8, 16, 24]);
    expect(ends(3_600)).toEqual(Array.from({ length: hours }, (_, hour) => hour + 1));
  });

  it('does not believe a window that is half empty', () => {
    expect(run({ metric: { kind: 'leq', seconds: 60, mode: 'moving' } }, seconds(1, 40, 90))).toEqual([]);
  });

  it('averages nothing across a stop and ends what was open with that reason', () => {
    const stopped = frame(100, 40, { run: 'Stop' });
    expect(
      run({ metric: { kind: 'leq', seconds: 10, mode: 'moving' } }, [...seconds(1, 99, 75), stopped, ...seconds(101, 105, 90)]),
    ).toEqual(['onset 7', 'clear measurement_stopped 100']);
  });

  it('warns before the limit of a working day is used up', () => {
    const schedule = { windows: [{ days: [1], from: '10:00', to: '11:00' }], holidays: [], on_holidays: 'off' as const };
    const told = run(
      { metric: { kind: 'headroom', limit: 65 }, comparison: 'below', levels: [{ name: 'warn', threshold: 62 }], schedule },
      seconds(1, 3000, 66),
    );
    expect(told).toHaveLength(1);
    // 66 dB leaves 62 dB when (65 dB * 1 h - 66 dB * t) / (1 h - t) falls to it: after 41 minutes.
    expect(Number(told[0]?.split(' ')[1])).toBeGreaterThan(2300);
    expect(Number(told[0]?.split(' ')[1])).toBeLessThan(2600);
  });

  it('takes an overload as loud and never as quiet', () => {
    const over = (second: number) => frame(second, 30, { over: true });
    expect(
      run(
        { comparison: 'below', metric: { kind: 'leq', seconds: 10, mode: 'moving' }, levels: [{ name: 'warn', threshold: 40 }] },
        Array.from({ length: 60 }, (_, index) => over(index + 1)),
      ),
    ).toEqual([]);
  });

  it('ends at the end of its window also where the metric says nothing outside of it', () => {
    const schedule = { windows: [{ days: [1], from: '10:00', to: '10:10' }], holidays: [], on_holidays: 'off' as const };
    const told = run(
      { metric: { kind: 'headroom', limit: 65 }, comparison: 'below', levels: [{ name: 'warn', threshold: 64 }], schedule },
      seconds(1, 700, 70),
    );
    expect(told.at(-1)).toBe('clear window_end 600');
  });

  it('takes over from a window that stands later in the schedule at the very instant, with its own threshold', () => {
    const schedule = {
      windows: [
        { days: [1], from: '10:01', to: '10:02', thresholds: [80] },
        { days: [1], from: '09:00', to: '12:00' },
      ],
      holidays: [],
      on_holidays: 'off' as const,
    };
    expect(run({ schedule }, seconds(1, 180, 75))).toEqual(['onset 0', 'clear window_end 60', 'onset 120']);
  });

  it('is one event over midnight in a schedule of whole days', () => {
    const night = 14 * 3600 - 60;
    const schedule = { windows: [{ days: [1, 2], from: '00:00', to: '00:00' }], holidays: [], on_holidays: 'off' as const };
    expect(run({ schedule }, seconds(night, night + 120, 75))).toEqual([`onset ${night - 1}`]);
  });

  it('sees a stop although nothing but the run state is left of the readings before it', () => {
    const rule = ruleSchema.parse(draft({ metric: { kind: 'interval', of: 'leq' } }));
    const first = createRuleEvaluator(rule, { zone: 'UTC' });
    expect(first.observe(frame(1, 80)).effects.map(tell)).toEqual(['onset 0']);
    const second = createRuleEvaluator(rule, { zone: 'UTC', state: first.state, run: 'Start' });
    expect(second.observe(frame(2, 80, { run: 'Stop' })).effects.map(tell)).toEqual(['clear measurement_stopped 2']);
  });

  it.each([
    [{ kind: 'device' as const, of: 'lmax' as const }, ['onset 0', 'clear measurement_stopped 4', 'onset 9']],
    [{ kind: 'interval' as const, of: 'leq' as const }, ['onset 0', 'clear measurement_stopped 4', 'onset 9']],
    [{ kind: 'device' as const, of: 'lp' as const }, ['onset 0']],
    [{ kind: 'lp' as const }, ['onset 0']],
  ])('takes what a stopped meter still shows for no news, unless it is the level itself: %j', (metric, expected) => {
    const stopped = [4, 5, 6, 7, 8, 9].map((second) => frame(second, 80, { run: second === 6 ? 'unknown' : 'Stop' }));
    expect(run({ metric }, [...seconds(1, 3, 80), ...stopped, ...seconds(10, 12, 80)])).toEqual(expected);
  });

  it('says that no measurement runs for as long as it does not', () => {
    const evaluator = createRuleEvaluator(ruleSchema.parse(draft({ metric: { kind: 'interval', of: 'leq' } })), { zone: 'UTC' });
    const reasons = [frame(1, 80), frame(2, 80, { run: 'Stop' }), frame(3, 80, { run: 'Stop' })].map(
      (one) => evaluator.observe(one).because,
    );
    expect(reasons.map((because) => because?.code)).toEqual(['over', 'ended', 'ended']);
  });

  it('gives the same episodes however the run is cut by restarts, once its windows are filled again', () => {
    const levels = fc.array(fc.integer({ min: 50, max: 90 }), { minLength: 40, maxLength: 120 });
    fc.assert(
      fc.property(levels, fc.nat(119), (values, cutAt) => {
        const rule = ruleSchema.parse(
          draft({ metric: { kind: 'leq', seconds: 20, mode: 'moving' }, hold_s: 3, clear_hold_s: 2 }),
        );
        const observations = values.map((value, index) => frame(index + 1, value));
        const whole = createRuleEvaluator(rule, { zone: 'UTC' });
        const expected = observations.flatMap((one) => whole.observe(one).effects).map(tell);
        const cut = Math.min(cutAt, observations.length);
        const first = createRuleEvaluator(rule, { zone: 'UTC' });
        const told = observations
          .slice(0, cut)
          .flatMap((one) => first.observe(one).effects)
          .map(tell);
        const filler = createRuleEvaluator(rule, {
          zone: 'UTC',
          state: first.state,
          past: observations.slice(Math.max(0, cut - 23), cut),
        });
        told.push(
          ...observations
            .slice(cut)
            .flatMap((one) => filler.observe(one).effects)
            .map(tell),
        );
        expect(told).toEqual(expected);
      }),
    );
  });
});

/** Every kind of metric there is, by what makes it alert and what does not. */
describe('the metric', () => {
  const yesNo = { levels: [{ name: 'alarm' as const, threshold: 0.5 }] };
  const window = { windows: [{ days: [1], from: '10:00', to: '11:00' }], holidays: [], on_holidays: 'off' as const };
  const onlyFrame = (one: Partial<Frame>): Observation[] => [1, 2, 3].map((second) => frame(second, 60, one));
  const states = (one: Partial<UnitState>): Observation[] => [1, 2, 3].map((second) => state(second, one));
  const interval = { s: 1, leq: 60, lmax: 60, lmin: 60, lpeak: 60, basis: 'drd' as const, ticks: 10 };
  const every = (kind: 'edge-state' | 'hub-state', online: boolean): Observation[] =>
    [1, 2, 3].map((second) => ({ kind, atMs: START_MS + second * 1000, online }));
  const offset = (offsetS: number): Observation[] =>
    [1, 2].map((second) => ({ kind: 'clock-offset', atMs: START_MS + second * 1000, offsetS }));
  const cases: readonly (readonly [RuleDraft['metric'], Partial<RuleDraft>, alerts: Observation[], does_not: Observation[]])[] = [
    [{ kind: 'lp' }, {}, onlyFrame({ lp: 75 }), onlyFrame({ leq: 75, lmax: 75 })],
    ...(['leq', 'lmax', 'lmin', 'lpeak'] as const).map(
      (of) =>
        [
          { kind: 'interval', of },
          {},
          onlyFrame({ interval: { ...interval, [of]: 75 } }),
          onlyFrame({ [of]: 75, lp: 75 }),
        ] as const,
    ),
    [{ kind: 'leq', seconds: 10, mode: 'moving' }, {}, seconds(1, 10, 75), [...seconds(1, 9, 60), frame(10, 75)]],
    [{ kind: 'leq', seconds: 10, mode: 'clock' }, {}, seconds(1, 11, 75), seconds(1, 10, 75)],
    [
      { kind: 'ln', percent: 50, seconds: 10 },
      {},
      [...seconds(1, 4, 60), ...seconds(5, 10, 75)],
      [...seconds(1, 6, 60), ...seconds(7, 10, 75)],
    ],
    [
      { kind: 'headroom', limit: 65 },
      { comparison: 'below', levels: [{ name: 'warn', threshold: 60 }], schedule: window },
      seconds(1, 1200, 70),
      seconds(1, 1200, 65),
    ],
    ...(['lp', 'leq', 'le', 'lmax', 'lmin', 'lpeak', 'lieq', 'leqmov', 'ltm5'] as const).map(
      (of) => [{ kind: 'device', of }, {}, onlyFrame({ [of]: 75 }), onlyFrame({ interval: { ...interval, leq: 75 } })] as const,
    ),
    ...([1, 2, 3, 4, 5] as const).map((n) => {
      const ln = [60, 60, 60, 60, 60] as [number, number, number, number, number];
      ln[n - 1] = 75;
      return [{ kind: 'device', of: `ln${n}` as const }, {}, onlyFrame({ ln }), onlyFrame({})] as const;
    }),
    [{ kind: 'health', of: 'battery-low' }, yesNo, states({ battery: 'Low' }), states({ battery: 'Middle' })],
    [{ kind: 'health', of: 'overload' }, yesNo, onlyFrame({ over: true }), onlyFrame({ under: true })],
    [
      { kind: 'health', of: 'asleep' },
      yesNo,
      states({ link: 'asleep', reachable: false }),
      states({ link: 'refused', reachable: false }),
    ],
    [
      { kind: 'health', of: 'wedged' },
      yesNo,
      states({ link: 'wedged', reachable: false }),
      states({ link: 'timeout', reachable: false }),
    ],
    [{ kind: 'health', of: 'stopped' }, yesNo, states({ run: 'Stop' }), states({ run: 'unknown' })],
    [
      { kind: 'health', of: 'stopped-without-order' },
      yesNo,
      states({ run: 'Stop', run_ordered: false }),
      states({ run: 'Stop', run_ordered: true }),
    ],
    [
      { kind: 'sd-free-mb' },
      { comparison: 'below', levels: [{ name: 'warn', threshold: 500 }] },
      states({ sd_free_mb: 499 }),
      states({ sd_free_mb: null }),
    ],
    [{ kind: 'clock-offset-s' }, {}, offset(-75), offset(69)],
    [{ kind: 'connectivity', of: 'unit' }, yesNo, states({ reachable: false, link: 'refused' }), states({ link: 'refused' })],
    [{ kind: 'connectivity', of: 'edge' }, yesNo, every('edge-state', false), every('hub-state', false)],
    [{ kind: 'connectivity', of: 'hub' }, yesNo, every('hub-state', false), every('edge-state', false)],
    [
      { kind: 'coverage', seconds: 10 },
      { comparison: 'below', levels: [{ name: 'warn', threshold: 90 }] },
      [frame(1, 60), frame(20, 60)],
      seconds(1, 20, 60),
    ],
  ];

  it.each(cases.map(([metric, more, alerts, doesNot]) => ({ name: JSON.stringify(metric), metric, more, alerts, doesNot })))(
    '$name alerts on what it is about and on nothing else',
    ({ metric, more, alerts, doesNot }) => {
      expect(run({ ...more, metric }, alerts).filter((one) => one.startsWith('onset'))).toHaveLength(1);
      expect(run({ ...more, metric }, doesNot)).toEqual([]);
    },
  );

  it('has a case here for each of its kinds', () => {
    const told = new Set(cases.map(([metric]) => metric.kind));
    expect(metricSchema.options.map((option) => option.shape.kind.value).filter((kind) => !told.has(kind))).toEqual([]);
  });

  it('counts time between two words of the meter only while they come as closely as the rule asks of readings', () => {
    const rule = { metric: { kind: 'health' as const, of: 'battery-low' as const }, ...yesNo, hold_s: 60 };
    expect(run(rule, [state(1, { battery: 'Low' }), state(600, { battery: 'Low' })])).toEqual([]);
    const closely = Array.from({ length: 70 }, (_, index) => state(index + 1, { battery: 'Low' }));
    expect(run(rule, closely)).toEqual(['onset 1']);
  });

  it('counts an overload for the time of its frames, not for the hole between them', () => {
    const rule = { metric: { kind: 'health' as const, of: 'overload' as const }, ...yesNo, hold_s: 60 };
    expect(run(rule, [frame(1, 60, { over: true }), frame(600, 60, { over: true })])).toEqual([]);
  });
});
