import { energyOf } from '@slmm/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classOf, EMPTY_HISTOGRAM } from './histogram.ts';
import { EMPTY_ROLLUP, merge, mergeAll, type Rollup } from './rollup.ts';
import { rollupsOf } from './rollup-of.ts';
import type { Stretch } from './stretch.ts';

const T0 = Date.UTC(2026, 5, 1);
const tenths = fc.integer({ min: -300, max: 1400 }).map((value) => value / 10);

const stretchAt = (startMs: number, lengthMs: number, leqDb: number, more: Partial<Stretch> = {}): Stretch => ({
  startMs,
  endMs: startMs + lengthMs,
  atMs: more.basis === 'import' ? startMs : startMs + lengthMs,
  measuredMs: lengthMs,
  leqDb,
  lmaxDb: leqDb + 1,
  lminDb: leqDb - 1,
  lpeakDb: leqDb + 12,
  over: false,
  underMs: 0,
  basis: 'drd',
  ...more,
});

/** Series without overlaps: stretches of odd lengths with holes between them. */
const series = fc
  .array(
    fc.record({
      gapMs: fc.integer({ min: 0, max: 3000 }),
      lengthMs: fc.integer({ min: 1, max: 90_000 }),
      lostShare: fc.double({ min: 0, max: 0.9, noNaN: true }),
      leqDb: tenths,
      over: fc.boolean(),
      basis: fc.constantFrom('drd' as const, 'lp' as const, 'import' as const),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((rows) => {
    let startMs = T0;
    return rows.map((row): Stretch => {
      startMs += row.gapMs;
      const measuredMs = Math.max(1, Math.round(row.lengthMs * (1 - row.lostShare)));
      const stretch = stretchAt(startMs, row.lengthMs, row.leqDb, { measuredMs, over: row.over, basis: row.basis });
      startMs = stretch.endMs;
      return stretch;
    });
  });

const endOf = (stretches: readonly Stretch[]): number => Math.max(...stretches.map((one) => one.endMs));

const whole = (stretches: readonly Stretch[]): Rollup => rollupsOf(stretches, [T0, endOf(stretches)])[0] ?? EMPTY_ROLLUP;

const rollup = series.map(whole);

/** Equal in all but the energies, which agree within a relative 1e-9. */
function expectSame(actual: Rollup, expected: Rollup): void {
  const { energy, overEnergy, ...rest } = actual;
  const { energy: wanted, overEnergy: overWanted, ...others } = expected;
  expect(rest).toEqual(others);
  expect(Math.abs(energy - wanted)).toBeLessThanOrEqual(1e-9 * Math.max(energy, wanted));
  expect(Math.abs(overEnergy - overWanted)).toBeLessThanOrEqual(1e-9 * Math.max(overEnergy, overWanted));
}

describe('merge', () => {
  it('is associative', () => {
    fc.assert(fc.property(rollup, rollup, rollup, (a, b, c) => expectSame(merge(merge(a, b), c), merge(a, merge(b, c)))));
  });

  it('is commutative', () => {
    fc.assert(fc.property(rollup, rollup, (a, b) => expectSame(merge(a, b), merge(b, a))));
  });

  it('has a neutral element', () => {
    fc.assert(fc.property(rollup, (a) => expectSame(merge(a, EMPTY_ROLLUP), a)));
  });

  it('may be done all at once', () => {
    fc.assert(
      fc.property(fc.array(rollup, { maxLength: 8 }), (all) =>
        expectSame(
          mergeAll(all),
          all.reduce((sum, one) => merge(sum, one), EMPTY_ROLLUP),
        ),
      ),
    );
  });
});

describe('rollupsOf', () => {
  it('gives the same whole wherever it is split', () => {
    fc.assert(
      fc.property(series, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }), (stretches, cuts) => {
        const endMs = endOf(stretches);
        const bounds = [T0, ...cuts.map((cut) => Math.round(T0 + cut * (endMs - T0))).toSorted((a, b) => a - b), endMs];
        const parts = rollupsOf(stretches, bounds).map((part) => part ?? EMPTY_ROLLUP);
        expectSame(mergeAll(parts), whole(stretches));
      }),
    );
  });

  it('does not depend on the order of arrival', () => {
    fc.assert(
      fc.property(
        series.chain((stretches) =>
          fc.tuple(fc.constant(stretches), fc.shuffledSubarray(stretches, { minLength: stretches.length })),
        ),
        ([inOrder, shuffled]) => {
          expect(whole(shuffled)).toEqual(whole(inOrder));
        },
      ),
    );
  });

  it('adds the energy of the parts by their duration', () => {
    const sum = whole([stretchAt(T0, 900_000, 70), stretchAt(T0 + 900_000, 2_700_000, 50)]);
    expect(sum.energy).toBeCloseTo(900 * energyOf(70) + 2700 * energyOf(50), 3);
    expect(sum.validMs).toBe(3_600_000);
  });

  it('shares a stretch across a boundary in proportion to time, and its extremes go where its own time lies', () => {
    const [first, second] = rollupsOf([stretchAt(T0 + 59_750, 1000, 60)], [T0, T0 + 60_000, T0 + 120_000]);
    expect([first?.validMs, second?.validMs]).toEqual([250, 750]);
    expect([first?.count, second?.count]).toEqual([0, 1]);
    expect([first?.lmax, second?.lmax]).toEqual([null, { levelDb: 61, atMs: T0 + 60_750 }]);
    const imported = rollupsOf([stretchAt(T0 + 59_750, 1000, 60, { basis: 'import' })], [T0, T0 + 60_000, T0 + 120_000]);
    expect(imported.map((one) => [one?.validMs, one?.count, one?.lmax?.atMs])).toEqual([
      [250, 1, T0 + 59_750],
      [750, 0, undefined],
    ]);
  });

  it('puts a reading that ends at a boundary before it', () => {
    const [first, second] = rollupsOf([stretchAt(T0 + 59_000, 1000, 60)], [T0, T0 + 60_000, T0 + 120_000]);
    expect([first?.count, second]).toEqual([1, null]);
  });

  it('puts an imported row that begins at a boundary behind it', () => {
    const [first, second] = rollupsOf([stretchAt(T0 + 60_000, 1000, 60, { basis: 'import' })], [T0, T0 + 60_000, T0 + 120_000]);
    expect([first, second?.count, second?.lmax?.atMs]).toEqual([null, 1, T0 + 60_000]);
  });

  it('counts time with lost ticks only as far as it was measured', () => {
    const sum = whole([stretchAt(T0, 1000, 60, { measuredMs: 900 })]);
    expect([sum.validMs, sum.missingMs]).toEqual([900, 100]);
    expect((sum.energy * 1000) / sum.validMs).toBeCloseTo(energyOf(60), 3);
  });

  it('keeps overloaded time apart from all statistics', () => {
    const sum = whole([stretchAt(T0, 1000, 60), stretchAt(T0 + 1000, 1000, 120, { over: true })]);
    expect([sum.validMs, sum.overMs]).toEqual([1000, 1000]);
    expect(sum.lmax?.levelDb).toBe(61);
    expect(sum.overLmax?.levelDb).toBe(121);
    expect(sum.histogram.classes).toEqual([600]);
  });

  it('counts readings without a level and nothing else of them', () => {
    const [sum] = rollupsOf([], [T0, T0 + 60_000], [{ atMs: T0 + 1000 }, { atMs: T0 + 2000 }]);
    expect(sum).toEqual({ ...EMPTY_ROLLUP, count: 2, histogram: EMPTY_HISTOGRAM });
  });

  it('counts time once where series overlap: for the better basis', () => {
    const sum = whole([stretchAt(T0, 60_000, 80, { basis: 'import' }), stretchAt(T0 + 10_000, 10_000, 50, { basis: 'drd' })]);
    expect(sum.validMs).toBe(60_000);
    expect(sum.histogram).toEqual({ classes: [500, 800], ms: [10_000, 50_000] });
    expect(sum.energy).toBeCloseTo(10 * energyOf(50) + 50 * energyOf(80), 0);
  });

  it('never counts more time than there is, however series overlap', () => {
    const pile = fc.array(
      fc.record({
        startMs: fc.integer({ min: 0, max: 20_000 }),
        lengthMs: fc.integer({ min: 1, max: 8000 }),
        basis: fc.constantFrom('drd' as const, 'lp' as const, 'import' as const),
      }),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(pile, (rows) => {
        const stretches = rows.map((row) => stretchAt(T0 + row.startMs, row.lengthMs, 60, { basis: row.basis }));
        const bounds = Array.from({ length: 29 }, (_, index) => T0 + index * 1000);
        const covered = new Set(rows.flatMap((row) => Array.from({ length: row.lengthMs }, (_, ms) => row.startMs + ms)));
        const sums = rollupsOf(stretches, bounds);
        for (const sum of sums) expect(sum?.validMs ?? 0).toBeLessThanOrEqual(1000);
        expect(sums.reduce((total, sum) => total + (sum?.validMs ?? 0), 0)).toBe(covered.size);
      }),
      { numRuns: 50 },
    );
  });
});

describe('classOf', () => {
  it('keeps printed tenths where they are', () => {
    fc.assert(fc.property(fc.integer({ min: -499, max: 2499 }), (value) => classOf(value / 10) === value));
  });

  it('puts halves into the upper class', () => {
    expect([52.04, 52.05, 52.149, 52.15].map(classOf)).toEqual([520, 521, 521, 522]);
  });

  it('has an open class at each end', () => {
    expect([classOf(-80), classOf(300)]).toEqual([-500, 2500]);
  });
});
