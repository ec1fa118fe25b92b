import type { Frame } from '@slmm/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRuleEvaluator } from './evaluate.ts';
import type { Effect } from './machine.ts';
import type { Observation } from './metric.ts';
import { ruleSchema, type RuleDraft } from './rule.ts';

const START_MS = Date.parse('2026-06-01T10:00:00Z');

const frame = (second: number, levelDb: number | null, more: Partial<Frame> = {}): Observation => {
  const atMs = START_MS + second * 1000;
  const interval =
    levelDb === null
      ? null
      : { s: 1, leq: levelDb, lmax: levelDb, lmin: levelDb, lpeak: levelDb, basis: 'drd' as const, ticks: 10 };
  const value: Frame = {
    v: 1,
    unit: 'u1',
    epoch: '01TESTEPOCH',
    seq: second,
    at: new Date(atMs).toISOString(),
    src: 'drd',
    run: 'Start',
    lp: levelDb,
    leq: 60,
    le: 90,
    lmax: 80,
    lmin: 40,
    lpeak: 90,
    ln: [70, 65, 55, 45, 40],
    lieq: null,
    leqmov: null,
    ltm5: null,
    over: false,
    under: false,
    interval,
    settings: null,
    ...more,
  };
  return { kind: 'frame', atMs, frame: value };
};

const draft = (more: Partial<RuleDraft>): RuleDraft => ({
  id: 'r1',
  unit: 'u1',
  name: 'Limit',
  metric: { kind: 'lp' },
  levels: [{ name: 'warn', threshold: 70 }],
  ...more,
});

function run(more: Partial<RuleDraft>, observations: readonly Observation[], zone = 'UTC'): string[] {
  const evaluator = createRuleEvaluator(ruleSchema.parse(draft(more)), zone);
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

  it('tells of a unit that cannot be reached, and of its return', () => {
    const state = (second: number, reachable: boolean): Observation => ({
      kind: 'unit-state',
      atMs: START_MS + second * 1000,
      state: {
        link: reachable ? 'ok' : 'refused',
        since: '2026-06-01T10:00:00.000Z',
        last_ok: null,
        reachable,
        failures: 3,
        reason: null,
        run: 'Start',
        run_since: null,
        run_since_basis: null,
        owner: null,
        acquisition: 'dod',
        battery: null,
        power: null,
        sd_free_mb: null,
        garbled: 0,
      },
    });
    const rule = {
      metric: { kind: 'connectivity' as const, of: 'unit' as const },
      levels: [{ name: 'alarm' as const, threshold: 0.5 }],
      clear_margin: 0,
    };
    expect(run(rule, [state(1, true), state(10, false), state(60, true)])).toEqual(['onset 10', 'clear recovered 60']);
  });

  it('gives the same episodes however the run is cut by restarts, once its windows are filled again', () => {
    const levels = fc.array(fc.integer({ min: 50, max: 90 }), { minLength: 40, maxLength: 120 });
    fc.assert(
      fc.property(levels, fc.nat(119), (values, cutAt) => {
        const rule = ruleSchema.parse(
          draft({ metric: { kind: 'leq', seconds: 20, mode: 'moving' }, hold_s: 3, clear_hold_s: 2 }),
        );
        const observations = values.map((value, index) => frame(index + 1, value));
        const whole = createRuleEvaluator(rule, 'UTC');
        const expected = observations.flatMap((one) => whole.observe(one).effects).map(tell);
        const cut = Math.min(cutAt, observations.length);
        const first = createRuleEvaluator(rule, 'UTC');
        const told = observations
          .slice(0, cut)
          .flatMap((one) => first.observe(one).effects)
          .map(tell);
        const filler = createRuleEvaluator(rule, 'UTC', first.state, observations.slice(Math.max(0, cut - 21), cut));
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
