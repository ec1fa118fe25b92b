import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeHistogram, encodeHistogram } from './histogram-bytes.ts';
import { type Histogram, HistogramSum } from '../levels/histogram.ts';

const histogram = fc
  .array(fc.tuple(fc.integer({ min: -500, max: 2500 }), fc.integer({ min: 1, max: 40_000_000_000 })), { maxLength: 80 })
  .map((rows): Histogram => {
    const sum = new HistogramSum();
    for (const [levelClass, ms] of rows) sum.add(levelClass, ms);
    return sum.take();
  });

describe('histogram bytes', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(histogram, (one) => {
        const { classes, ms } = decodeHistogram(encodeHistogram(one));
        expect({ classes, ms }).toEqual(one);
        const sum = new HistogramSum();
        sum.addAll(decodeHistogram(encodeHistogram(one)));
        expect(sum.take()).toEqual(one);
      }),
    );
  });

  it('are two or three per class of a minute of seconds', () => {
    const sum = new HistogramSum();
    for (let second = 0; second < 60; second += 1) sum.add(450 + ((second * 7) % 25), 1000);
    expect(encodeHistogram(sum.take()).length).toBeLessThanOrEqual(3 + 25 * 2 + 3);
  });

  it('that are damaged or of another version are refused', () => {
    const bytes = encodeHistogram({ classes: [600], ms: [129_000] });
    expect(() => decodeHistogram(bytes.slice(0, -1)).classes).toThrow(/damaged/);
    expect(() => decodeHistogram(Uint8Array.from([9, ...bytes.slice(1)])).classes).toThrow(/version 9/);
  });
});
