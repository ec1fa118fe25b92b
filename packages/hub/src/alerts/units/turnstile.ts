/** Lets so many through at once; the others wait in line. Telling a story again is work for the whole process: a thousand units must not do it at the same time. */
export class Turnstile {
  readonly #most: number;
  #inside = 0;
  readonly #line: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside >= this.#most) await new Promise<void>((enter) => this.#line.push(enter));
    else this.#inside += 1;
    try {
      return await work();
    } finally {
      const next = this.#line.shift();
      if (next === undefined) this.#inside -= 1;
      else next();
    }
  }
}
