import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sentenceOf } from './because.ts';
import { initialState, type MachineInput, type MachineState, step } from './machine.ts';
import { ruleSchema, type Rule } from '../rules/rule.ts';
import type { OpenWindow } from '../rules/schedule.ts';

const rule = (more: Record<string, unknown> = {}): Rule =>
  ruleSchema.parse({
    id: 'r1',
    unit: 'u1',
    name: 'Limit',
    metric: { kind: 'lp' },
    levels: [{ name: 'warn', threshold: 70 }],
    ...more,
  });

const twoLevels = {
  levels: [
    { name: 'warn', threshold: 70 },
    { name: 'alarm', threshold: 80 },
  ],
};

/** A window of the schedule from one instant to another. */
const open = (startMs: number, endMs: number, window = 0): OpenWindow => ({
  startMs,
  endMs,
  window,
  fromMs: startMs,
  untilMs: endMs,
});

/** Plays one value a second and tells what happened, one short word per second: state, then effects. */
function play(one: Rule, values: readonly (number | null | 'silence')[], from: MachineState = initialState): string[] {
  let state = from;
  return values.map((value, index) => {
    const atMs = (index + 1) * 1000;
    const input: MachineInput =
      value === 'silence'
        ? { kind: 'silence', atMs }
        : {
            kind: 'sample',
            atMs,
            coveredMs: 1000,
            value,
            thresholds: one.levels.map((level) => level.threshold),
            window: 'always',
          };
    const result = step(one, state, input);
    state = result.state;
    return [state.name, ...result.effects.map((effect) => `${effect.kind}@${effect.atMs / 1000}`)].join(' ');
  });
}

describe('the alert machine', () => {
  it('opens an event at the first value over the threshold and ends it when the value has left the margin', () => {
    expect(play(rule(), [69, 70, 71, 69, 68, 67.9, 60])).toEqual([
      'idle',
      'idle',
      'active onset@2',
      'active',
      'active',
      'idle clear@5',
      'idle',
    ]);
  });

  it('forgets a peak that is shorter than the hold time', () => {
    expect(play(rule({ hold_s: 3 }), [71, 71, 60, 71, 71, 71, 71])).toEqual([
      'pending',
      'pending',
      'idle',
      'pending',
      'pending',
      'active onset@3',
      'active',
    ]);
  });

  it('counts covered time only: an outage between two loud values holds nothing up and adds nothing', () => {
    const one = rule({ hold_s: 60 });
    const sample = (atMs: number): MachineInput => ({
      kind: 'sample',
      atMs,
      coveredMs: 1000,
      value: 75,
      thresholds: [70],
      window: 'always',
    });
    const first = step(one, initialState, sample(1000));
    const silent = step(one, first.state, { kind: 'silence', atMs: 100_000 });
    const after = step(one, silent.state, sample(600_000));
    expect([first.state.name, silent.state.name, after.state.name, after.effects.length]).toEqual([
      'pending',
      'suspended',
      'pending',
      0,
    ]);
  });

  it('holds a live alert through silence instead of resolving it', () => {
    expect(play(rule(), [75, 'silence', 'silence', 75, 60])).toEqual([
      'active onset@0',
      'suspended',
      'suspended',
      'active',
      'idle clear@4',
    ]);
  });

  it('waits on both edges', () => {
    expect(play(rule({ clear_hold_s: 2 }), [75, 60, 75, 60, 60, 60])).toEqual([
      'active onset@0',
      'recovering',
      'active',
      'recovering',
      'idle clear@3',
      'idle',
    ]);
  });

  it('is one event with levels, not one event per level', () => {
    expect(play(rule(twoLevels), [75, 85, 79, 77, 71, 60])).toEqual([
      'active onset@0',
      'active level-up@2',
      'active',
      'active level-down@4',
      'active',
      'idle clear@5',
    ]);
  });

  it('begins at the grave level when the value starts there', () => {
    const result = step(rule(twoLevels), initialState, {
      kind: 'sample',
      atMs: 1000,
      coveredMs: 1000,
      value: 90,
      thresholds: [70, 80],
      window: 'always',
    });
    expect(result.effects[0]?.episode).toMatchObject({ level: 1, gravest: 1, onsetMs: 0 });
  });

  it('continues the former event when the next onset is near enough', () => {
    expect(play(rule({ merge_s: 3 }), [75, 60, 75, 60, 60, 60, 60, 60, 75])).toEqual([
      'active onset@0',
      'idle clear@1',
      'active reopen@2',
      'idle clear@3',
      'idle',
      'idle',
      'idle',
      'idle',
      'active onset@8',
    ]);
  });

  it('watches the other side with comparison below', () => {
    expect(play(rule({ comparison: 'below', levels: [{ name: 'warn', threshold: 40 }] }), [41, 39, 41, 42.5])).toEqual([
      'idle',
      'active onset@1',
      'active',
      'idle clear@3',
    ]);
  });

  it('believes nothing while the metric has no value', () => {
    expect(play(rule(), [75, null, null, 75])).toEqual(['active onset@0', 'active', 'active', 'active']);
  });

  it('ends at the end of the window, at the very instant, with that reason, and starts afresh in the next one', () => {
    const one = rule();
    const at = (atMs: number, startMs: number, endMs: number): MachineInput => ({
      kind: 'sample',
      atMs,
      coveredMs: 1000,
      value: 75,
      thresholds: [70],
      window: open(startMs, endMs),
    });
    const first = step(one, initialState, at(5000, 0, 10_000));
    const next = step(one, first.state, at(20_500, 20_000, 30_000));
    expect(next.effects).toMatchObject([
      { kind: 'clear', reason: 'window_end', atMs: 10_000 },
      { kind: 'onset', atMs: 20_000 },
    ]);
    const closed = step(one, first.state, {
      kind: 'sample',
      atMs: 11_000,
      coveredMs: 1000,
      value: 75,
      thresholds: [70],
      window: null,
    });
    expect(closed.effects).toMatchObject([{ kind: 'clear', reason: 'window_end', atMs: 10_000 }]);
  });

  it('counts from the entry when the condition already holds as a window opens', () => {
    const result = step(rule({ hold_s: 2 }), initialState, {
      kind: 'sample',
      atMs: 10_500,
      coveredMs: 60_000,
      value: 75,
      thresholds: [70],
      window: open(10_000, 20_000),
    });
    expect(result.state).toMatchObject({ name: 'pending', over: [{ sinceMs: 10_000, coveredMs: 500 }] });
  });

  it('does not carry what was pending in one window into the next one', () => {
    const one = rule({ hold_s: 3 });
    const loud = (atMs: number, window: OpenWindow): MachineInput => ({
      kind: 'sample',
      atMs,
      coveredMs: 2000,
      value: 75,
      thresholds: [70],
      window,
    });
    const first = step(one, initialState, loud(9000, open(0, 10_000)));
    const next = step(one, first.state, loud(11_000, open(10_000, 20_000, 1)));
    expect(next.state).toMatchObject({ name: 'pending', over: [{ sinceMs: 10_000, coveredMs: 1000 }] });
  });

  it('goes on where the next occurrence of the same window follows without a gap', () => {
    const day = { ...open(0, 10_000), untilMs: 20_000 };
    const first = step(rule(), initialState, {
      kind: 'sample',
      atMs: 9000,
      coveredMs: 1000,
      value: 75,
      thresholds: [70],
      window: day,
    });
    const passed = step(rule(), first.state, { kind: 'time', atMs: 20_000, window: { ...open(20_000, 30_000), fromMs: 0 } });
    expect(passed.effects).toEqual([]);
    expect(passed.state).toMatchObject({ name: 'active', episode: { place: { endMs: 30_000 } } });
    const over = step(rule(), passed.state, { kind: 'time', atMs: 30_000, window: null });
    expect(over.effects).toMatchObject([{ kind: 'clear', reason: 'window_end', atMs: 30_000 }]);
  });

  it('merges by when it began again, however long it had to hold until that was sure', () => {
    expect(play(rule({ merge_s: 3, hold_s: 4 }), [75, 75, 75, 75, 60, 60, 75, 75, 75, 75])).toEqual([
      'pending',
      'pending',
      'pending',
      'active onset@0',
      'idle clear@4',
      'idle',
      'pending',
      'pending',
      'pending',
      'active reopen@6',
    ]);
  });

  it('merges nothing without a merging time, also when the next onset touches the last clear', () => {
    expect(play(rule({ clear_margin: 0 }), [75, 60, 75])).toEqual(['active onset@0', 'idle clear@1', 'active onset@2']);
  });

  it('closes an open event with the reason when the rule is changed', () => {
    const open = step(rule(), initialState, {
      kind: 'sample',
      atMs: 1000,
      coveredMs: 1000,
      value: 75,
      thresholds: [70],
      window: 'always',
    });
    const ended = step(rule(), open.state, { kind: 'end', atMs: 2000, reason: 'rule_changed' });
    expect(ended.effects).toMatchObject([{ kind: 'clear', reason: 'rule_changed', atMs: 2000 }]);
    expect(ended.state).toEqual(initialState);
  });

  /** What it says after the last of these values, one a second. */
  const said = (one: Rule, ...values: number[]): string => {
    let state = initialState;
    let text = '';
    for (const [index, value] of values.entries()) {
      const thresholds = one.levels.map(({ threshold }) => threshold);
      const atMs = (index + 1) * 1000;
      const result = step(one, state, { kind: 'sample', atMs, coveredMs: 1000, value, thresholds, window: 'always' });
      state = result.state;
      text = sentenceOf(result.because, one);
    }
    return text;
  };
  const few = { metric: { kind: 'coverage', seconds: 60 }, comparison: 'below', levels: [{ name: 'warn', threshold: 90 }] };
  const battery = { metric: { kind: 'health', of: 'battery-low' }, levels: [{ name: 'warn', threshold: 0.5 }] };

  it.each<readonly [string, string]>([
    ['75 is over 70, for 1 s of the 60 s that it takes', said(rule({ hold_s: 60 }), 75.04)],
    ['70 is not over the limit of 70', said(rule(), 70)],
    ['75 is over the limit of 70', said(rule(), 75)],
    ['69 is still within 2 of the limit of 70', said(rule(), 75, 69)],
    ['60 is not over the limit of 70', said(rule(), 75, 60)],
    ['60 is clear of 70, for 1 s of the 5 s that it takes', said(rule({ clear_hold_s: 5 }), 75, 60)],
    ['60 is not over the limit of 70', said(rule(twoLevels), 85, 60)],
    ['72 is not over the limit of 80', said(rule(twoLevels), 85, 72)],
    ['85 is under the limit of 90', said(rule(few), 85)],
    ['91 is still within 2 of the limit of 90', said(rule(few), 85, 91)],
    ['100 is not under the limit of 90', said(rule(few), 100)],
    ['the battery is low', said(rule(battery), 1)],
    ['the battery is not low', said(rule(battery), 0)],
    ['the battery is low, for 1 s of the 60 s that it takes', said(rule({ ...battery, hold_s: 60 }), 1)],
  ])('says in words why: %s', (expected, text) => {
    expect(text).toBe(expected);
  });

  it('pairs every onset with at most one clear, never two of a kind in a row, whatever comes', () => {
    const value = fc.oneof(fc.double({ min: 50, max: 100, noNaN: true }), fc.constant(null), fc.constant('silence' as const));
    const config = fc.record({
      hold_s: fc.constantFrom(0, 2, 5),
      clear_hold_s: fc.constantFrom(0, 3),
      merge_s: fc.constantFrom(0, 10),
      clear_margin: fc.constantFrom(0, 2),
    });
    fc.assert(
      fc.property(config, fc.array(value, { maxLength: 200 }), (more, values) => {
        const kinds = play(rule({ ...twoLevels, ...more }), values).flatMap((line) =>
          line
            .split(' ')
            .slice(1)
            .map((word) => word.split('@')[0]),
        );
        let open = false;
        for (const kind of kinds) {
          if (kind === 'onset' || kind === 'reopen') expect(open).toBe(false);
          else expect(open).toBe(true);
          open = kind !== 'clear';
        }
      }),
    );
  });
});
