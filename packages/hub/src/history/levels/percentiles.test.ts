import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classOf, type Histogram, HistogramSum } from './histogram.ts';
import { levelsExceeded } from './percentiles.ts';

const levelExceeded = (of: Histogram, percent: number, overMs = 0): number | null =>
  levelsExceeded(of, [percent], overMs)[0] ?? null;

function histogram(levels: readonly number[], ms = 1000) {
  const sum = new HistogramSum();
  for (const level of levels) sum.add(classOf(level), ms);
  return sum.take();
}

describe('levelsExceeded', () => {
  it('is the level that is reached or exceeded N percent of the time', () => {
    const levels = Array.from({ length: 100 }, (_, index) => index + 1);
    expect([1, 10, 50, 90, 99].map((percent) => levelExceeded(histogram(levels), percent))).toEqual([100, 91, 51, 11, 2]);
  });

  it('does not invent levels between those that occurred', () => {
    const levels = [...Array.from({ length: 90 }, () => 50), ...Array.from({ length: 10 }, () => 70)];
    expect([5, 10, 10.001, 50].map((percent) => levelExceeded(histogram(levels), percent))).toEqual([70, 70, 50, 50]);
  });

  it('is within 0.05 dB of the level without classes, and falls as N grows', () => {
    const level = fc.double({ min: -20, max: 140, noNaN: true });
    fc.assert(
      fc.property(fc.array(level, { minLength: 1, maxLength: 300 }), fc.integer({ min: 1, max: 99 }), (levels, percent) => {
        const sorted = levels.toSorted((a, b) => b - a);
        const exact = sorted[Math.ceil((levels.length * percent) / 100 - 1e-9) - 1] ?? 0;
        const found = levelExceeded(histogram(levels), percent) ?? 0;
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(0.05 + 1e-6);
        expect(levelExceeded(histogram(levels), percent + 0.5) ?? 0).toBeLessThanOrEqual(found);
      }),
    );
  });

  it('comes from merged histograms: the mean of two L90 is another number', () => {
    const quiet = histogram(Array.from({ length: 60 }, () => 40));
    const loud = histogram(Array.from({ length: 60 }, () => 60));
    const sum = new HistogramSum();
    sum.addAll(quiet);
    sum.addAll(loud);
    expect(levelExceeded(sum.take(), 90)).toBe(40);
  });

  it('takes overloaded time as louder than anything, and names no level for it', () => {
    const levels = histogram(Array.from({ length: 90 }, () => 50));
    expect([5, 10, 11].map((percent) => levelExceeded(levels, percent, 10_000))).toEqual([null, null, 50]);
  });

  it('is nothing without time', () => {
    expect(levelExceeded(histogram([]), 50)).toBeNull();
  });
});
