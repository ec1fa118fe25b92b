import { describe, expect, it } from 'vitest';
import { reconnectDelayMs } from './reconnect.ts';

describe('reconnectDelayMs', () => {
  it('doubles from half a second to a quarter of a minute', () => {
    expect([1, 2, 3, 4, 5, 6, 60].map((failures) => reconnectDelayMs(failures, 0.999_99))).toEqual([
      500, 1000, 2000, 4000, 8000, 15_000, 15_000,
    ]);
  });

  it('spreads pages over half of the wait', () => {
    expect(reconnectDelayMs(4, 0)).toBe(2000);
    expect(reconnectDelayMs(4, 0.5)).toBe(3000);
  });
});
