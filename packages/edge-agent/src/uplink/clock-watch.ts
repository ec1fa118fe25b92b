/** Notices when the wall clock is stepped, by comparing it with monotonic time. Pure. */

/** Smaller jumps are slewing, jitter of the scheduler, or nothing anybody needs to know. */
const LEAST_STEP_MS = 250;

export class ClockWatch {
  #differenceMs: number;

  constructor(wallMs: number, monotonicMs: number) {
    this.#differenceMs = wallMs - monotonicMs;
  }

  /** How far the wall clock was stepped since the last look; 0 when it was not. To be called before each use of the wall clock that matters, and once a second. */
  look(wallMs: number, monotonicMs: number): number {
    const differenceMs = wallMs - monotonicMs;
    const stepMs = Math.round(differenceMs - this.#differenceMs);
    this.#differenceMs = differenceMs;
    return Math.abs(stepMs) >= LEAST_STEP_MS ? stepMs : 0;
  }
}
