/**
 * Time per 0.1 dB class, the ground of percentiles. Classes are centred on tenths (class 521 holds 52.05 up to 52.15 dB), so that levels printed to 0.1 dB keep
 * their value. Sparse: only classes with time are held. The lowest and the highest class are open-ended (under- and over-class).
 * Neighbours: percentiles.ts reads levels from it.
 */

/** Lowest and highest class: what the frame schema lets through at all, -50 and 250 dB. */
export const UNDER_CLASS = -500;
export const OVER_CLASS = 2500;
const CLASSES = OVER_CLASS - UNDER_CLASS + 1;

/** `classes` ascending, without doubles; `ms[i]` is the whole number of milliseconds (> 0) spent in `classes[i]`. */
export interface Histogram {
  readonly classes: readonly number[];
  readonly ms: readonly number[];
  /** Adds it to a sum without making the arrays; for histograms that are still bytes. */
  readonly addTo?: (sum: HistogramSum) => void;
}

export const EMPTY_HISTOGRAM: Histogram = { classes: [], ms: [] };

/** Class of a level: nearest tenth, halves upwards. */
export function classOf(levelDb: number): number {
  // The small term puts 52.05, which is binary 52.04999…, where its decimal digits say.
  return Math.min(OVER_CLASS, Math.max(UNDER_CLASS, Math.floor(levelDb * 10 + 0.5 + 1e-9)));
}

/** The level that a class stands for: its centre. At most 0.05 dB from every level in it. */
export function levelOfClass(levelClass: number): number {
  return levelClass / 10;
}

/** Adds up time per class; reused for many histograms without leaving garbage. */
export class HistogramSum {
  readonly #ms = new Float64Array(CLASSES);
  #lowest = CLASSES;
  #highest = -1;

  add(levelClass: number, ms: number): void {
    if (ms <= 0) return;
    const index = levelClass - UNDER_CLASS;
    this.#ms[index] = (this.#ms[index] ?? 0) + ms;
    if (index < this.#lowest) this.#lowest = index;
    if (index > this.#highest) this.#highest = index;
  }

  addAll(histogram: Histogram): void {
    if (histogram.addTo !== undefined) {
      histogram.addTo(this);
      return;
    }
    for (const [index, levelClass] of histogram.classes.entries()) this.add(levelClass, histogram.ms[index] ?? 0);
  }

  /** What was added since the last `take`, which begins anew. */
  take(): Histogram {
    const classes: number[] = [];
    const ms: number[] = [];
    for (let index = this.#lowest; index <= this.#highest; index += 1) {
      const time = this.#ms[index] ?? 0;
      if (time === 0) continue;
      classes.push(index + UNDER_CLASS);
      ms.push(time);
      this.#ms[index] = 0;
    }
    this.#lowest = CLASSES;
    this.#highest = -1;
    return { classes, ms };
  }
}
