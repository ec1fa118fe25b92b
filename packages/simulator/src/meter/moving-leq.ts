import { levelOf } from '@slmm/shared';

/** The moving Leq over a whole number of seconds, stepped every second; `null` until its window has been filled once. */
export class MovingLeq {
  readonly #seconds: Float64Array;
  #next = 0;
  #filled = 0;
  #ticks = 0;
  #energy = 0;

  constructor(seconds: number) {
    this.#seconds = new Float64Array(seconds);
  }

  /** Takes the energy of the next 100 ms tick. */
  add(energy: number): void {
    this.#energy += energy / 10;
    this.#ticks += 1;
    if (this.#ticks < 10) return;
    this.#seconds[this.#next] = this.#energy;
    this.#next = (this.#next + 1) % this.#seconds.length;
    this.#filled = Math.min(this.#filled + 1, this.#seconds.length);
    this.#ticks = 0;
    this.#energy = 0;
  }

  get levelDb(): number | null {
    if (this.#filled < this.#seconds.length) return null;
    let sum = 0;
    for (const energy of this.#seconds) sum += energy;
    return levelOf(sum / this.#seconds.length);
  }
}
