import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SeriesPoint } from '../live/frame-series.ts';
import { chartColumns, levelRange } from './chart-columns.ts';

const point = (seq: number, atMs = seq * 1000, lp: number | null = 60): SeriesPoint => ({
  atMs,
  epoch: 'e',
  seq,
  lp,
  intervalLeq: lp,
  over: false,
});

describe('chartColumns', () => {
  it('breaks the line in the middle of a gap and tells where the gap is', () => {
    const columns = chartColumns([point(1), point(2), point(6), point(7)], 7000);
    expect(columns.seconds).toEqual([1, 2, 4, 6, 7]);
    expect(columns.lp).toEqual([60, 60, null, 60, 60]);
    expect(columns.gaps).toEqual([{ fromMs: 2000, toMs: 6000 }]);
  });

  it('sees a gap that is still open', () => {
    expect(chartColumns([point(1), point(2)], 30_000).gaps).toEqual([{ fromMs: 2000, toMs: 30_000 }]);
    expect(chartColumns([point(1), point(2)], 5000).gaps).toEqual([]);
  });

  it('gives the chart times that only grow, and a break between any two points that have a hole between them', () => {
    const holes = fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { minLength: 2 });
    fc.assert(
      fc.property(holes, (found) => {
        const series = found.sort((a, b) => a - b).map((seq) => point(seq));
        const columns = chartColumns(series, 200_000);
        for (let index = 1; index < columns.seconds.length; index += 1) {
          const step = (columns.seconds[index] ?? 0) - (columns.seconds[index - 1] ?? 0);
          expect(step).toBeGreaterThan(0);
          if (columns.lp[index] !== null && columns.lp[index - 1] !== null) expect(step).toBe(1);
        }
      }),
    );
  });
});

describe('levelRange', () => {
  it.each([
    ['nothing', [], [30, 90]],
    ['a quiet night', [41, 43], [30, 60]],
    ['a loud one', [38, 97], [30, 100]],
    ['a level on the line', [60, 60], [50, 80]],
  ])('gives %s whole tens with room', (_name, levels, range) => {
    expect(levelRange({ seconds: [], lp: levels, intervalLeq: [null], gaps: [] })).toEqual(range);
  });
});
