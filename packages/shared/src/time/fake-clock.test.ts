import { describe, expect, it } from 'vitest';
import { FakeClock } from './fake-clock.ts';

describe('FakeClock', () => {
  it('runs tasks at their own instants, in order, also those that tasks set', () => {
    const clock = new FakeClock(0);
    const seen: string[] = [];
    clock.after(20, () => seen.push(`b at ${clock.nowMs()}`));
    clock.after(10, () => {
      seen.push(`a at ${clock.nowMs()}`);
      clock.after(5, () => seen.push(`c at ${clock.nowMs()}`));
    });
    clock.advance(30);
    expect(seen).toEqual(['a at 10', 'c at 15', 'b at 20']);
    expect(clock.nowMs()).toBe(30);
  });

  it('forgets a cancelled task', () => {
    const clock = new FakeClock(0);
    const cancel = clock.after(10, () => expect.unreachable());
    cancel();
    clock.advance(20);
    expect(clock.nextDueMs()).toBeNull();
  });

  it('steps the wall clock without touching monotonic time', () => {
    const clock = new FakeClock(0);
    clock.advance(5);
    clock.stepWall(1000);
    expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1005, 5]);
  });
});
