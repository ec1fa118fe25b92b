/** How often a command's progress goes to the hub: what a person can follow, and not each piece of a file. Neighbour: hub-inbox.ts tells through it. */
import type { Clock } from '@slmm/shared';

export interface ProgressStep {
  readonly step: string;
  readonly done: number;
  readonly of: number;
}

/** Steps of an operation come in bunches; a person reads one or two a second. */
const LEAST_PAUSE_MS = 500;

/** Tells the first step at once, then the newest at most every half second. */
export class ProgressPace {
  readonly #clock: Clock;
  readonly #tell: (progress: ProgressStep) => void;
  #newest: ProgressStep | null = null;
  #cancelPause: (() => void) | null = null;
  #isEnded = false;

  constructor(clock: Clock, tell: (progress: ProgressStep) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  note(progress: ProgressStep): void {
    if (this.#isEnded) return;
    this.#newest = progress;
    if (this.#cancelPause === null) this.#tellNewest();
  }

  /** The command has ended: its reply says the rest, and nothing may come after it. */
  end(): void {
    this.#isEnded = true;
    this.#cancelPause?.();
    this.#cancelPause = null;
  }

  #tellNewest(): void {
    const newest = this.#newest;
    this.#newest = null;
    if (newest === null) return;
    this.#tell(newest);
    this.#cancelPause = this.#clock.after(LEAST_PAUSE_MS, () => {
      this.#cancelPause = null;
      this.#tellNewest();
    });
  }
}
