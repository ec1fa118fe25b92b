/** So many at once and no more; the others wait, in the order in which they came. Pure but for the promises. */
export class Turns {
  readonly #most: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Does the work when its turn has come. */
  async through<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#takeAtOnce()) await this.#wait(null);
    try {
      return await work();
    } finally {
      this.#handOn();
    }
  }

  /** Resolves with how to give the turn back, or with `null` when the signal came first. `waits` is called when there is none at once. */
  async take(signal: AbortSignal, waits: () => void): Promise<(() => void) | null> {
    if (signal.aborted) return null;
    if (!this.#takeAtOnce()) {
      waits();
      if (!(await this.#wait(signal))) return null;
    }
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#handOn();
    };
  }

  #takeAtOnce(): boolean {
    if (this.#taken >= this.#most) return false;
    this.#taken += 1;
    return true;
  }

  #handOn(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken -= 1;
    else next();
  }

  /** True when the turn of one that has finished was handed on; false when the signal came first. */
  #wait(signal: AbortSignal | null): Promise<boolean> {
    return new Promise((resolve) => {
      const begin = (): void => {
        signal?.removeEventListener('abort', end);
        resolve(true);
      };
      const end = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        resolve(false);
      };
      signal?.addEventListener('abort', end, { once: true });
      this.#waiting.push(begin);
    });
  }
}
