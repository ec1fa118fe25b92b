/** The tellings of one unit: one at a time, each tried until it has succeeded. A fault of a store delays them and loses nothing. Neighbours: unit-readings.ts tells, alerted-units.ts bounds how many units do. */
import type { Clock, Turns } from '@slmm/shared';

const AGAIN_AFTER_FAULT_MS = 5_000;

export class TellingLine {
  readonly #turns: Turns;
  readonly #clock: Clock;
  readonly #fault: (error: unknown) => void;
  /** Under way or waiting. */
  #length = 0;
  #work: Promise<void> = Promise.resolve();
  #endPause: (() => void) | null = null;
  #closed = false;

  /** `fault`: one has failed and will be tried again. */
  constructor(turns: Turns, clock: Clock, fault: (error: unknown) => void) {
    this.#turns = turns;
    this.#clock = clock;
    this.#fault = fault;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Tells when those before have been told, and calls `told` in the same turn. Resolves then, or when the line is closed. */
  enter(tell: () => Promise<void>, told: () => void): Promise<void> {
    this.#length += 1;
    this.#work = this.#work.then(async () => {
      let isDone = false;
      while (!isDone && !this.#closed) isDone = await this.#tried(tell);
      if (!isDone) return;
      this.#length -= 1;
      told();
    });
    return this.#work;
  }

  /** What has not begun is left out; resolves when what has begun is over. */
  close(): Promise<void> {
    this.#closed = true;
    this.#endPause?.();
    return this.#work;
  }

  async #tried(tell: () => Promise<void>): Promise<boolean> {
    try {
      await this.#turns.through(tell);
      return true;
    } catch (error) {
      this.#fault(error);
      await new Promise<void>((done) => {
        const cancel = this.#clock.after(AGAIN_AFTER_FAULT_MS, done);
        this.#endPause = () => (cancel(), done());
      });
      return false;
    }
  }
}
