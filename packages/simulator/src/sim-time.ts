/** Simulated time: wall time at the start, carried on by the monotonic clock, so that a stepped wall clock does not disturb 100 ms ticks. */
import type { Clock } from '@slmm/shared';

export interface SimTime {
  nowMs(): number;
  after(delayMs: number, task: () => void): () => void;
}

export function simTime(clock: Clock): SimTime {
  const offsetMs = clock.nowMs() - clock.monotonicMs();
  return {
    nowMs: () => clock.monotonicMs() + offsetMs,
    after: (delayMs, task) => clock.after(delayMs, task),
  };
}
