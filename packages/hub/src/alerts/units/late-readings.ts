/** Readings that came late, until the story is told again. They come in crowds: it is told when they pause, or at the latest after a while. Neighbour: unit-readings.ts. */
import type { Clock } from '@slmm/shared';

const PAUSE_MS = 1_500;
const LATEST_MS = 60_000;

export class LateReadings {
  readonly #clock: Clock;
  readonly #tell: () => void;
  #fromMs: number | null = null;
  #sinceMs = 0;
  #cancel: (() => void) | null = null;

  /** `tell`: it is time. */
  constructor(clock: Clock, tell: () => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Time of the oldest one; `null` for none. */
  get fromMs(): number | null {
    return this.#fromMs;
  }

  add(atMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#fromMs === null) this.#sinceMs = nowMs;
    this.#fromMs = Math.min(atMs, this.#fromMs ?? atMs);
    this.#cancel?.();
    this.#cancel = this.#clock.after(Math.max(0, Math.min(PAUSE_MS, this.#sinceMs + LATEST_MS - nowMs)), this.#tell);
  }

  /** All of them are in the story. */
  told(): void {
    this.#fromMs = null;
  }

  cancel(): void {
    this.#cancel?.();
  }
}
