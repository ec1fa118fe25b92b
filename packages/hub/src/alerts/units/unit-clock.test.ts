import { describe, expect, it } from 'vitest';
import { frameAt, START_MS } from '../alert-example.ts';
import { UnitClock } from './unit-clock.ts';

describe("the clock of a unit's readings", () => {
  it('is ours while readings come as late as the way takes', () => {
    const clock = new UnitClock();
    clock.heard(frameAt(0, 50), START_MS, START_MS + 60_000);
    expect(clock.nowMs(START_MS + 60_000)).toBe(START_MS + 60_000);
  });

  it('is ahead or behind by what live readings show, and right again when they are', () => {
    const clock = new UnitClock();
    clock.heard(frameAt(0, 50), START_MS + 3_600_000, START_MS);
    expect(clock.nowMs(START_MS + 1000)).toBe(START_MS + 3_601_000);
    clock.heard(frameAt(0, 50), START_MS + 2000, START_MS + 2000);
    expect(clock.nowMs(START_MS + 3000)).toBe(START_MS + 3000);
  });

  it('is believed where the edge says by how much it is off', () => {
    const clock = new UnitClock();
    clock.heard(frameAt(0, 50, { offset_ms: -90_000 }), START_MS, START_MS + 91_000);
    expect(clock.nowMs(START_MS + 91_000)).toBe(START_MS + 1000);
  });
});
