import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backOffDelayMs } from './back-off.ts';

const backOff = { firstMs: 1000, maxMs: 60_000, jitter: 0.5 };

describe('backOffDelayMs', () => {
  it('doubles to its ceiling', () => {
    expect([1, 2, 3, 7, 100].map((failures) => backOffDelayMs({ ...backOff, jitter: 0 }, failures, 0))).toEqual([
      1000, 2000, 4000, 60_000, 60_000,
    ]);
  });

  it('stays between first and max whatever the dice say', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.double({ min: 0, max: 0.999_999, noNaN: true }), (failures, random) => {
        const delayMs = backOffDelayMs(backOff, failures, random);
        expect(delayMs).toBeGreaterThanOrEqual(1000);
        expect(delayMs).toBeLessThanOrEqual(60_000);
      }),
    );
  });
});
