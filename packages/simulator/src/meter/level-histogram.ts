/** Counts of levels in classes of 0.1 dB, from which percentile levels come (never from averages of percentiles). */
const LEAST_TENTHS = -100;
const GREATEST_TENTHS = 2_000;

export class LevelHistogram {
  readonly #counts = new Uint32Array(GREATEST_TENTHS - LEAST_TENTHS + 1);
  #total = 0;

  add(levelDb: number): void {
    const tenths = Math.min(GREATEST_TENTHS, Math.max(LEAST_TENTHS, Math.round(levelDb * 10)));
    const index = tenths - LEAST_TENTHS;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#total += 1;
  }

  /** LN: the level that is reached or exceeded in `percent` of the samples; `null` without samples. */
  exceeded(percent: number): number | null {
    if (this.#total === 0) return null;
    const wanted = (this.#total * percent) / 100;
    let seen = 0;
    for (let index = this.#counts.length - 1; index >= 0; index -= 1) {
      seen += this.#counts[index] ?? 0;
      if (seen > 0 && seen >= wanted) return (index + LEAST_TENTHS) / 10;
    }
    return null;
  }
}
