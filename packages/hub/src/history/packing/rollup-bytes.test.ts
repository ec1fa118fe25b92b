import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HistogramSum } from '../levels/histogram.ts';
import { decodeRollup, encodeRollup } from './rollup-bytes.ts';
import type { Rollup } from '../levels/rollup.ts';

const START_MS = Date.UTC(2026, 5, 1);
const ms = fc.integer({ min: 0, max: 3_600_000 });
const energy = fc.double({ min: 0, max: 1e20, noNaN: true });
const extreme = fc.option(
  fc.record({ levelDb: fc.double({ min: -50, max: 250, noNaN: true }), atMs: ms.map((after) => START_MS + after) }),
);
const histogram = fc.array(fc.tuple(fc.integer({ min: -500, max: 2500 }), fc.integer({ min: 1, max: 3_600_000 }))).map((rows) => {
  const sum = new HistogramSum();
  for (const [levelClass, time] of rows) sum.add(levelClass, time);
  return sum.take();
});
const anyRollup = fc
  .record({ overMs: ms, underMs: ms, missingMs: ms, overEnergy: energy, flagged: fc.boolean() })
  .chain(({ flagged, ...rest }): fc.Arbitrary<Rollup> =>
    fc.record({
      energy,
      validMs: ms,
      overEnergy: fc.constant(flagged ? rest.overEnergy : 0),
      overMs: fc.constant(flagged ? rest.overMs + 1 : 0),
      underMs: fc.constant(flagged ? rest.underMs : 0),
      missingMs: fc.constant(flagged ? rest.missingMs : 0),
      lmax: extreme,
      lmin: extreme,
      lpeak: extreme,
      overLmax: extreme,
      overLpeak: extreme,
      count: fc.nat(),
      bases: fc.integer({ min: 0, max: 7 }),
      histogram,
    }),
  );

describe('rollup bytes', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(anyRollup, (rollup) => {
        const decoded = decodeRollup(encodeRollup(rollup, START_MS), START_MS);
        const { classes, ms: times } = decoded.histogram;
        expect({ ...decoded, histogram: { classes, ms: times } }).toEqual(rollup);
      }),
    );
  });

  it('of another version are refused', () => {
    expect(() => decodeRollup(Uint8Array.from([9, 0, 0]), START_MS)).toThrow(/version 9/);
  });
});
