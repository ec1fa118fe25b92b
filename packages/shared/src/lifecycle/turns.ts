/** So many at once and no more; the others wait, in the order in which they came. Pure but for the promises. Neighbour: card-transfers.ts. */
export class Turns {
  readonly #most: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Resolves with how to give the turn back, or with `null` when the signal came first. `waits` is called when there is none at once. */
  async take(signal: AbortSignal, waits: () => void): Promise<(() => void) | null> {
    if (signal.aborted) return null;
    if (this.#taken < this.#most) this.#taken += 1;
    else {
      waits();
      if (!(await this.#wait(signal))) return null;
    }
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const next = this.#waiting.shift();
      if (next === undefined) this.#taken -= 1;
      else next();
    };
  }

  /** True when the turn of one that has finished was handed on. */
  #wait(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const begin = (): void => {
        signal.removeEventListener('abort', end);
        resolve(true);
      };
      const end = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        resolve(false);
      };
      signal.addEventListener('abort', end, { once: true });
      this.#waiting.push(begin);
    });
  }
}
