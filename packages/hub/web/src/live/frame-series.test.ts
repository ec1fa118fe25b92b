import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameKey, type FrameSeries, isGap, mergeSeries, type SeriesPoint, usualStepMs } from './frame-series.ts';

const point = (seq: number, atMs = seq * 1000, epoch = 'e1'): SeriesPoint => ({
  atMs,
  epoch,
  seq,
  lp: 50 + seq,
  intervalLeq: 50 + seq,
  over: false,
});
const points = (...seqs: number[]): FrameSeries => seqs.map((seq) => point(seq));
const seqs = (series: FrameSeries): number[] => series.map((one) => one.seq);

describe('mergeSeries', () => {
  it('appends what is new', () => {
    expect(seqs(mergeSeries(points(1, 2), points(3), 0, 100))).toEqual([1, 2, 3]);
  });

  it('takes a frame once, whether history or live brought it first', () => {
    expect(seqs(mergeSeries(points(4, 5), points(1, 2, 3, 4), 0, 100))).toEqual([1, 2, 3, 4, 5]);
    expect(seqs(mergeSeries(points(1, 2, 3), points(3, 3, 4), 0, 100))).toEqual([1, 2, 3, 4]);
  });

  it('tells the same seq of two epochs apart', () => {
    const merged = mergeSeries([point(1, 1000, 'e1')], [point(1, 2000, 'e2')], 0, 100);
    expect(merged.map((one) => one.epoch)).toEqual(['e1', 'e2']);
  });

  it('forgets what is older than the window, and the oldest beyond the limit', () => {
    expect(seqs(mergeSeries(points(1, 2, 3), points(4), 2500, 100))).toEqual([3, 4]);
    expect(seqs(mergeSeries(points(1, 2, 3), points(4), 0, 2))).toEqual([3, 4]);
    expect(seqs(mergeSeries(points(3), points(1), 2500, 100))).toEqual([3]);
  });

  it('leaves a series as it is when nothing comes of it, so that nothing is drawn again', () => {
    const series = points(1, 2);
    expect(mergeSeries(series, points(2), 0, 100)).toBe(series);
  });

  it('sets aside a frame whose time is no time', () => {
    expect(mergeSeries([], [point(1, Number.NaN)], 0, 100)).toEqual([]);
  });

  it('comes to the same series in whatever pieces and order the frames arrive', () => {
    const arrivals = fc.array(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 20 }), { maxLength: 10 });
    fc.assert(
      fc.property(arrivals, (pieces) => {
        const merged = pieces.reduce<FrameSeries>((series, piece) => mergeSeries(series, points(...piece), 0, 1000), []);
        expect(seqs(merged)).toEqual([...new Set(pieces.flat())].sort((a, b) => a - b));
        expect(new Set(merged.map(frameKey)).size).toBe(merged.length);
      }),
    );
  });
});

describe('isGap', () => {
  it('sees a seq that is missing, however short', () => {
    expect(isGap(point(1), point(3, 2000), 1000)).toBe(true);
  });

  it('sees a silence although no seq is missing', () => {
    expect(isGap(point(1, 1000), point(2, 31_000), 1000)).toBe(true);
  });

  it('lets pass the second that a meter takes for itself', () => {
    expect(isGap(point(1, 1000), point(2, 3000), 1000)).toBe(false);
  });

  it('goes by the usual step of slow units', () => {
    expect(isGap(point(1, 0), point(2, 70_000), 60_000)).toBe(false);
    expect(isGap(point(1, 0), point(2, 200_000), 60_000)).toBe(true);
  });

  it('does not take a new epoch alone for a gap', () => {
    expect(isGap(point(9, 1000, 'e1'), point(1, 2000, 'e2'), 1000)).toBe(false);
  });
});

describe('usualStepMs', () => {
  it('is the median, so that one outage does not hide the next', () => {
    expect(usualStepMs([point(1, 0), point(2, 1000), point(3, 2000), point(4, 60_000), point(5, 61_000)])).toBe(1000);
    expect(usualStepMs([point(1)])).toBeNull();
  });
});
