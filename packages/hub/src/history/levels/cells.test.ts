import { energyOf } from '@slmm/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyCells, fillCells } from './cells.ts';
import { rollupsOf } from './rollup-of.ts';
import { without } from '../time/spans.ts';
import type { Stretch } from './stretch.ts';

const stretch = (startMs: number, lengthMs: number, leqDb: number, over = false): Stretch => ({
  startMs,
  endMs: startMs + lengthMs,
  atMs: startMs + lengthMs,
  measuredMs: lengthMs,
  leqDb,
  lmaxDb: null,
  lminDb: null,
  lpeakDb: null,
  over,
  underMs: 0,
  basis: 'drd',
});

describe('fillCells', () => {
  it('says what rollups over the same cells say, also when filled piece by piece', () => {
    const series = fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 50_000 }),
        fc.integer({ min: 1, max: 9000 }),
        fc.integer({ min: 20, max: 120 }),
        fc.boolean(),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(series, (rows) => {
        const stretches = rows.map(([startMs, lengthMs, leqDb, over]) => stretch(startMs, lengthMs, leqDb, over));
        const cells = emptyCells({ startMs: 10_000, endMs: 40_000 }, 1000);
        for (const [startMs, endMs] of [
          [10_000, 22_500],
          [22_500, 40_000],
        ] as const)
          fillCells(
            cells,
            { startMs, endMs },
            stretches.filter((one) => one.startMs < endMs && one.endMs > startMs),
            'out',
          );
        const bounds = Array.from({ length: 31 }, (_, index) => 10_000 + index * 1000);
        for (const [index, rollup] of rollupsOf(stretches, bounds).entries()) {
          expect(cells.validMs[index]).toBe(rollup?.validMs ?? 0);
          expect(cells.energy[index]).toBeCloseTo(rollup?.energy ?? 0, 3);
        }
      }),
    );
  });

  it('are filled part by part where masked time is left out', () => {
    const cells = emptyCells({ startMs: 0, endMs: 3000 }, 1000);
    for (const part of without({ startMs: 0, endMs: 3000 }, [{ startMs: 500, endMs: 2000 }]))
      fillCells(cells, part, [stretch(0, 3000, 60)], 'out');
    expect([...cells.validMs]).toEqual([500, 0, 1000]);
    expect(cells.energy[0]).toBeCloseTo(energyOf(60) / 2, 6);
  });

  it('takes overload in only when asked', () => {
    for (const [overload, expected] of [
      ['out', 0],
      ['in', 1000],
    ] as const) {
      const cells = emptyCells({ startMs: 0, endMs: 1000 }, 1000);
      fillCells(cells, { startMs: 0, endMs: 1000 }, [stretch(0, 1000, 110, true)], overload);
      expect(cells.validMs[0]).toBe(expected);
    }
  });
});
