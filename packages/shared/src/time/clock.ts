/** The time a shell hands to its cores. Cores never read a clock themselves. */
export interface Clock {
  /** Wall time, milliseconds since 1970-01-01T00:00:00Z. May be stepped at any moment. */
  nowMs(): number;
  /** Monotonic time, milliseconds from an arbitrary origin; never stepped, never goes back. */
  monotonicMs(): number;
  /** Calls `task` once, `delayMs` from now. The returned function cancels it. */
  after(delayMs: number, task: () => void): () => void;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};
