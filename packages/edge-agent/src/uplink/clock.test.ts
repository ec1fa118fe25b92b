import { describe, expect, it } from 'vitest';
import { ClockOffset } from './clock-offset.ts';
import { ClockWatch } from './clock-watch.ts';

describe('clock watch', () => {
  it('sees steps in both directions and nothing else', () => {
    const watch = new ClockWatch(1_000_000, 500);
    expect(watch.look(1_001_000, 1500)).toBe(0);
    expect(watch.look(1_001_100, 1500)).toBe(0);
    expect(watch.look(1_800_000_001_100, 2500)).toBe(1_799_999_000_000 - 1000);
    expect(watch.look(1_800_000_000_100, 2500)).toBe(-1000);
    expect(watch.look(1_800_000_001_100, 3500)).toBe(0);
  });
});

describe('clock offset', () => {
  it('is not known before it was measured', () => {
    expect(new ClockOffset().measuredMs()).toBeNull();
  });

  it('lies between the best bounds of what was sent and received', () => {
    const offset = new ClockOffset();
    // The edge is 5000 ms ahead; the way takes 40 ms there and 60 ms back, the hub up to a second to acknowledge.
    for (const busyMs of [900, 0, 500]) offset.sample(105_000, 100_000 + 40 + busyMs, 105_000 + 40 + busyMs + 60);
    expect(offset.measuredMs()).toBe(5010);
  });

  it('uses the upper bound alone where an acknowledge was held back for minutes', () => {
    const offset = new ClockOffset();
    offset.sample(1_000_000, 1_240_000, 1_240_300);
    expect(offset.measuredMs()).toBe(300);
  });

  it('uses the upper bound alone where the time of sending is not known', () => {
    const offset = new ClockOffset();
    offset.sample(null, 100_000, 100_080);
    offset.sample(null, 200_000, 200_030);
    expect(offset.measuredMs()).toBe(30);
  });

  it('follows a step of the clock', () => {
    const offset = new ClockOffset();
    offset.sample(null, 100_000, 100_030);
    offset.stepped(-50_000);
    expect([offset.measuredMs(), offset.stampMs()]).toEqual([-49_970, -49_970]);
  });

  it('stamps a steady figure while the measured one jitters', () => {
    const offset = new ClockOffset();
    offset.sample(99_990, 100_000, 100_010);
    const stamp = offset.stampMs();
    offset.sample(199_995, 200_000, 200_020);
    expect(offset.stampMs()).toBe(stamp);
    for (let index = 0; index < 20; index += 1) offset.sample(null, 300_000, 299_900);
    expect(offset.stampMs()).toBe(-100);
  });
});
