/**
 * The promise of this room: whatever was late, lost on the way, doubled, out of order, killed in between or refused by the disk, after the backfill the recorded
 * events equal those of a run in which nothing happened.
 */
import type { Frame } from '@slmm/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AlertWorld } from '../adapters/memory/alert-world.ts';
import { frameAt, START_MS } from './alert-example.ts';
import type { EventRecord } from './records/event-record.ts';
import { ruleSchema, type RuleDraft } from './rules/rule.ts';

const RUNS = Number(process.env['SLMM_ALERT_RUNS'] ?? 40);

/** What a history says of an event: everything that does not depend on when it was found. */
const tell = (r: EventRecord): string =>
  [
    r.rule,
    (r.onsetMs - START_MS) / 1000,
    r.clearMs === null ? 'open' : (r.clearMs - START_MS) / 1000,
    r.endReason,
    r.level,
    r.gravest,
    r.threshold,
    r.onsetValue,
    r.peakValue,
    r.peakMs === null ? null : (r.peakMs - START_MS) / 1000,
    r.count,
    r.wordingMs - START_MS,
  ].join(' ');

const history = async (world: AlertWorld): Promise<string[]> =>
  (await world.events())
    .filter((record) => record.status !== 'superseded')
    .map(tell)
    .sort();

/** A schedule of windows in the minutes around the start, some with thresholds of their own. */
const schedule = fc
  .array(
    fc.record({
      from: fc.integer({ min: -1, max: 3 }),
      length: fc.integer({ min: 1, max: 4 }),
      own: fc.option(fc.integer({ min: 60, max: 75 }), { nil: null }),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((windows) => ({
    windows: windows.map(({ from, length, own }) => ({
      days: [1],
      from: minute(from),
      to: minute(Math.min(LAST_WINDOW_MINUTE, from + length)),
      ...(own === null ? {} : { thresholds: [own] }),
    })),
    holidays: [],
    on_holidays: 'off' as const,
  }));
/** Windows end early enough for the run to see that they end by themselves. */
const LAST_WINDOW_MINUTE = 5;
const minute = (offset: number): string => {
  const total = 600 + offset;
  return `${String(Math.floor(total / 60)).padStart(2, '0')}:${String(total % 60).padStart(2, '0')}`;
};

const metric = fc.oneof(
  fc.constant({ kind: 'lp' as const }),
  fc.constantFrom('leq' as const, 'lmax' as const, 'lpeak' as const).map((of) => ({ kind: 'interval' as const, of })),
  fc.record({
    kind: fc.constant('leq' as const),
    seconds: fc.integer({ min: 3, max: 60 }),
    mode: fc.constantFrom('moving' as const, 'clock' as const),
  }),
  fc.record({
    kind: fc.constant('ln' as const),
    percent: fc.constantFrom(5, 10, 50, 90),
    seconds: fc.integer({ min: 3, max: 60 }),
  }),
  fc.constantFrom('leq' as const, 'lmax' as const).map((of) => ({ kind: 'device' as const, of })),
  fc.constant({ kind: 'health' as const, of: 'overload' as const }),
  fc.record({ kind: fc.constant('coverage' as const), seconds: fc.integer({ min: 5, max: 60 }) }),
  fc.record({ kind: fc.constant('headroom' as const), limit: fc.integer({ min: 60, max: 72 }) }),
);

const draft = (id: string) =>
  fc
    .record({
      metric,
      threshold: fc.integer({ min: 60, max: 76 }),
      second: fc.option(fc.integer({ min: 1, max: 8 }), { nil: null }),
      hold_s: fc.constantFrom(0, 0, 2, 5),
      clear_hold_s: fc.constantFrom(0, 0, 2, 6),
      merge_s: fc.constantFrom(0, 0, 4, 20),
      clear_margin: fc.constantFrom(0, 2),
      max_gap_s: fc.constantFrom(1, 5, 30),
      min_coverage: fc.constantFrom(0.3, 0.75),
      schedule: fc.option(schedule, { nil: null }),
    })
    .map(({ threshold, second, schedule: when, ...rest }): RuleDraft => {
      const below = rest.metric.kind === 'coverage' || rest.metric.kind === 'headroom';
      const single = rest.metric.kind === 'health' || second === null || when !== null || below;
      const mild = rest.metric.kind === 'coverage' ? 90 : threshold;
      const always = { windows: [{ days: [1], from: '09:58', to: '10:03' }], holidays: [], on_holidays: 'off' as const };
      return {
        ...rest,
        id,
        unit: id === 'c' ? 'u2' : 'u1',
        name: id,
        comparison: below ? 'below' : 'above',
        levels: single
          ? [{ name: 'warn', threshold: mild }]
          : [
              { name: 'warn', threshold: mild },
              { name: 'alarm', threshold: mild + (second ?? 0) },
            ],
        schedule: rest.metric.kind === 'headroom' ? (when ?? always) : when,
        no_data_after_s: null,
        cooldown_s: 0,
        notify: ['ann'],
      };
    });

/** What a person does to a rule: at which second, to which, and what it becomes (`null`: deleted). */
const edit = fc.record({
  at: fc.nat(150),
  rule: fc.nat(2),
  becomes: fc.oneof(
    fc.constant(null),
    fc.constant('off' as const),
    fc.record({ threshold: fc.integer({ min: 60, max: 76 }) }),
    fc.record({ hold_s: fc.integer({ min: 0, max: 6 }) }),
  ),
});

/** A time in which frames of a unit do not come; they come `delay` seconds after it, in `order`. */
const outage = fc.record({
  unit: fc.constantFrom('u1' as const, 'u2' as const),
  from: fc.nat(150),
  length: fc.integer({ min: 1, max: 60 }),
  delay: fc.nat(40),
  order: fc.constantFrom('oldest' as const, 'newest' as const, 'mixed' as const),
});

const scenario = fc.record({
  drafts: fc.tuple(draft('a'), draft('b'), draft('c')),
  levels: fc.array(fc.tuple(fc.integer({ min: 56, max: 80 }), fc.integer({ min: 1, max: 12 })), { minLength: 8, maxLength: 30 }),
  stops: fc.array(fc.record({ at: fc.nat(150), length: fc.integer({ min: 1, max: 10 }) }), { maxLength: 2 }),
  /** Times in which nobody knows whether a measurement runs. */
  unknowns: fc.array(fc.record({ at: fc.nat(150), length: fc.integer({ min: 1, max: 10 }) }), { maxLength: 2 }),
  overloads: fc.array(fc.nat(150), { maxLength: 6 }),
  never: fc.array(fc.record({ from: fc.nat(150), length: fc.integer({ min: 1, max: 20 }) }), { maxLength: 1 }),
  outages: fc.array(outage, { minLength: 1, maxLength: 3 }),
  crashes: fc.array(fc.record({ at: fc.nat(200), kept: fc.boolean() }), { maxLength: 4 }),
  doubled: fc.array(fc.nat(150), { maxLength: 5 }),
  /** Seconds from one reading to the next, of each unit: ticks of DRD folded to a second, or DOD as fast as the meter allows. */
  paces: fc.tuple(fc.constantFrom<number[]>(1, 1, 2, 5), fc.constantFrom<number[]>(1, 1, 3)),
  /** Seconds of readings that travel together; `null`: each by itself. */
  batch: fc.constantFrom(null, null, 10, 60),
  edits: fc.array(edit, { maxLength: 3 }),
  faults: fc.array(
    fc.record({
      at: fc.nat(200),
      length: fc.integer({ min: 1, max: 40 }),
      of: fc.constantFrom('commit' as const, 'readings' as const, 'streams' as const),
    }),
    { maxLength: 2 },
  ),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer S> ? S : never;

const secondOf = ({ at }: Frame): number => (Date.parse(at) - START_MS) / 1000;

/** Two units: the second one hears the first one's levels backwards. */
function framesOf({ levels, stops, unknowns, overloads, never, paces }: Scenario): Frame[] {
  const series = levels.flatMap(([level, seconds]) => Array.from({ length: seconds }, () => level)).slice(0, 160);
  const ofUnit = (unit: string, pace: number, of: readonly number[]): Frame[] =>
    of
      .map((level, index) => {
        const isIn = ({ at, length }: Scenario['stops'][number]): boolean => index >= at && index < at + length;
        const run = unknowns.some(isIn) ? 'unknown' : stops.some(isIn) ? 'Stop' : 'Start';
        const frame = frameAt(index + 1, level, { unit, run, over: overloads.includes(index) });
        const interval = frame.interval === null ? null : { ...frame.interval, s: pace };
        return pace === 1 ? frame : { ...frame, src: 'dod' as const, interval };
      })
      .filter((frame) => secondOf(frame) % pace === 0)
      .map((frame, index) => ({ ...frame, seq: index + 1 }))
      .filter((frame) => !never.some(({ from, length }) => secondOf(frame) > from && secondOf(frame) <= from + length));
  return [...ofUnit('u1', paces[0], series), ...ofUnit('u2', paces[1], series.toReversed())];
}

/** What comes at each second. */
function bySecond(frames: readonly Frame[], batch: Scenario['batch'] = null): Map<number, Frame[]> {
  const due = new Map<number, Frame[]>();
  for (const frame of frames) {
    const second = batch === null ? secondOf(frame) : Math.ceil(secondOf(frame) / batch) * batch;
    due.set(second, [...(due.get(second) ?? []), frame]);
  }
  return due;
}

async function editRule(
  world: AlertWorld,
  drafts: readonly RuleDraft[],
  { rule, becomes }: Scenario['edits'][number],
): Promise<void> {
  const before = drafts[rule];
  if (before === undefined) return;
  if (becomes === null) await world.engine.deleteRule(before.id);
  else if (becomes === 'off') await world.engine.putRule(ruleSchema.parse({ ...before, enabled: false }));
  else if ('threshold' in becomes)
    await world.engine.putRule(
      ruleSchema.parse({
        ...before,
        levels: before.levels.slice(0, 1).map((level) => ({ ...level, threshold: becomes.threshold })),
      }),
    );
  else await world.engine.putRule(ruleSchema.parse({ ...before, ...becomes }));
}

const LAST_SECOND = 258;

async function calm(all: Scenario): Promise<string[]> {
  const world = new AlertWorld();
  await world.start(...all.drafts);
  const frames = bySecond(framesOf(all));
  for (let second = 1; second <= LAST_SECOND; second += 1) {
    await world.until(second);
    await world.arrive(...(frames.get(second) ?? []));
    for (const one of all.edits.filter(({ at }) => at === second)) await editRule(world, all.drafts, one);
  }
  return ended(world);
}

/** How each event was told, wherever that is not as it should be. */
async function mistold(world: AlertWorld): Promise<string[]> {
  const entries = (await world.store.outbox({ limit: 100_000 })).toSorted((a, b) => a.place - b.place);
  const events = await world.events();
  return events.flatMap(({ id, status, late }) => {
    const steps = entries.filter(({ event }) => event === id).map(({ step }) => step);
    const isTold = steps.length > 0;
    const inOrder = /^onset( level-up)*( clear( reopen( level-up)* clear)*)?( reopen( level-up)*)?$/.test(steps.join(' '));
    const endIsTold = steps.at(-1) === 'clear';
    // What was not confirmed before anybody was told is told to nobody.
    const isRight = isTold ? inOrder && endIsTold === (status !== 'active') : late || status === 'superseded';
    return isRight ? [] : [`${id} ${status}${late ? ' late' : ''}: ${steps.join(' ')}`];
  });
}

async function rough(all: Scenario): Promise<string[]> {
  const world = new AlertWorld();
  await world.start(...all.drafts);
  await world.receiver({ max_per_hour: 1000 });
  let live = framesOf(all);
  const late = new Map<number, Frame[]>();
  for (const { unit, from, length, delay, order } of all.outages) {
    const isMissing = (frame: Frame): boolean =>
      frame.unit === unit && secondOf(frame) >= from && secondOf(frame) < from + length;
    const missing = live.filter(isMissing);
    live = live.filter((frame) => !isMissing(frame));
    if (order === 'newest') missing.reverse();
    if (order === 'mixed') missing.sort((a, b) => ((a.seq * 7) % 11) - ((b.seq * 7) % 11));
    // In two lots, so that a story is told again while the rest is still missing.
    const half = Math.ceil(missing.length / 2);
    const second = from + length + delay;
    late.set(second, [...(late.get(second) ?? []), ...missing.slice(0, half)]);
    late.set(second + 4, [...(late.get(second + 4) ?? []), ...missing.slice(half)]);
  }
  const frames = bySecond(live, all.batch);
  for (let second = 1; second <= LAST_SECOND; second += 1) {
    await world.until(second);
    for (const { at, length, of } of all.faults) {
      if (at === second) world.faults.add(of);
      if (at + length === second) world.faults.delete(of);
    }
    const due = frames.get(second) ?? [];
    const arriving = [...due, ...(late.get(second) ?? [])];
    const crash = all.crashes.find(({ at }) => at === second);
    // Stored, and the hub is killed before the rules hear of it.
    if (crash?.kept === true) await world.keep(...arriving);
    else if (arriving.length > 0) await world.arrive(...arriving);
    if (all.doubled.includes(second)) for (const frame of due) world.engine.frame(frame.unit, frame);
    if (crash !== undefined) await world.crash();
    // What is done to a rule is done at once; that its story is told by the new wording may have to wait for a disk.
    for (const one of all.edits.filter(({ at }) => at === second)) void editRule(world, all.drafts, one);
  }
  const events = await ended(world);
  expect(await mistold(world)).toEqual([]);
  return events;
}

/** Time enough for windows to end by themselves and positions to be written, then a clean stop. */
async function ended(world: AlertWorld): Promise<string[]> {
  await world.until(LAST_WINDOW_MINUTE * 60 + 190);
  await world.settle();
  await world.engine.close();
  return history(world);
}

const lp = (more: Partial<RuleDraft> = {}): RuleDraft => ({
  id: 'a',
  unit: 'u1',
  name: 'a',
  metric: { kind: 'lp' },
  levels: [{ name: 'warn', threshold: 70 }],
  no_data_after_s: null,
  cooldown_s: 0,
  notify: ['ann'],
  ...more,
});
const nothing = {
  paces: [1, 1] as [number, number],
  batch: null,
  stops: [],
  unknowns: [],
  overloads: [],
  never: [],
  crashes: [],
  doubled: [],
  edits: [],
  faults: [],
};
const seconds = (...texts: string[]): [number, number][] =>
  texts.flatMap((text) => text.split(' ').map((level) => [Number(level), 1]));

describe('the recorded events', () => {
  it(
    'equal those of an undisturbed run, whatever was late, out of order, doubled, edited or killed',
    async () => {
      await fc.assert(
        fc.asyncProperty(scenario, async (all) => {
          const expected = await calm(all);
          expect(await rough(all)).toEqual(expected);
        }),
        { numRuns: RUNS },
      );
    },
    60_000 + RUNS * 1000,
  );

  it('have the peak of an event that is still on, when its story was told again', async () => {
    const all: Scenario = {
      ...nothing,
      drafts: [
        lp({ hold_s: 3 }),
        lp({
          id: 'b',
          metric: { kind: 'leq', seconds: 15, mode: 'moving' },
          levels: [{ name: 'warn', threshold: 68 }],
          clear_hold_s: 2,
        }),
        lp({ id: 'c', enabled: false }),
      ],
      levels: seconds(
        '58 58 58 58 60 77 58 58 71 58 58 62 58 72 69 58 66 58 58 58 58 71 58 58 71 58 58 61 58 74',
        '58 58 63 61 58 72 59 65 62 58 67 58 58 61 58 74',
      ),
      outages: [{ unit: 'u1', from: 30, length: 1, delay: 30, order: 'oldest' }],
    };
    expect(await rough(all)).toEqual(await calm(all));
  });

  it.each([
    ['changed', { threshold: 62 }, []],
    ['deleted', null, []],
    ['deleted while the hub starts', null, [{ at: 1, kept: false }]],
  ] as const)('follow a rule that was %s while its readings could not be read', async (_name, becomes, crashes) => {
    for (const of of ['readings', 'streams', 'commit'] as const) {
      const all: Scenario = {
        ...nothing,
        drafts: [lp(), lp({ id: 'b', metric: { kind: 'leq', seconds: 3, mode: 'moving' } }), lp({ id: 'c', unit: 'u2' })],
        levels: seconds('56 56 56 56 56 56 56 71'),
        outages: [],
        crashes: [...crashes],
        edits: [{ at: 1, rule: 0, becomes }],
        faults: [{ at: 1, length: 7, of }],
      };
      expect(await rough(all), of).toEqual(await calm(all));
    }
  });
});
