/**
 * The value of a bucket and how two of them become one. Energy is added, never decibels; times are whole milliseconds.
 * `merge` is commutative and associative: exact in everything but the energy sums, which are so within the rounding of doubles (a relative 1e-12).
 * Neighbours: rollup-of.ts makes rollups from stretches, statistics.ts reads numbers from them.
 */
import type { BasisSet } from './basis.ts';
import { EMPTY_HISTOGRAM, type Histogram, HistogramSum } from './histogram.ts';

/** An extreme level with the time of its reading: a frame's is the end of the interval in which it happened, an imported row's the start. */
export interface Extreme {
  readonly levelDb: number;
  readonly atMs: number;
}

/**
 * `energy` is the sum of 10^(L/10) times seconds over `validMs`. Overloaded stretches are kept apart (`over…`): they are lower bounds, left out of statistics unless asked for.
 * Time without any reading is not in here; it is the length of the bucket less `validMs` and `overMs`.
 */
export interface Rollup {
  readonly energy: number;
  readonly validMs: number;
  readonly overEnergy: number;
  readonly overMs: number;
  /** Part of `validMs` flagged under-range: Lmin and high LN are upper bounds there. */
  readonly underMs: number;
  /** Time inside readings that was not measured, because ticks of the stream were lost. */
  readonly missingMs: number;
  readonly lmax: Extreme | null;
  readonly lmin: Extreme | null;
  readonly lpeak: Extreme | null;
  readonly overLmax: Extreme | null;
  readonly overLpeak: Extreme | null;
  /** Readings whose own time lies in the bucket, with or without a level. */
  readonly count: number;
  readonly bases: BasisSet;
  /** Over `validMs`, by the Leq of each stretch. */
  readonly histogram: Histogram;
}

export const EMPTY_ROLLUP: Rollup = {
  energy: 0,
  validMs: 0,
  overEnergy: 0,
  overMs: 0,
  underMs: 0,
  missingMs: 0,
  lmax: null,
  lmin: null,
  lpeak: null,
  overLmax: null,
  overLpeak: null,
  count: 0,
  bases: 0,
  histogram: EMPTY_HISTOGRAM,
};

export function merge(a: Rollup, b: Rollup): Rollup {
  return mergeAll([a, b]);
}

/** The merge of any number of rollups, `EMPTY_ROLLUP` for none. Summed in one go: a year is made of thousands. */
export function mergeAll(rollups: Iterable<Rollup>, scratch = new HistogramSum()): Rollup {
  const sum: { -readonly [Key in keyof Rollup]: Rollup[Key] } = { ...EMPTY_ROLLUP };
  for (const rollup of rollups) {
    sum.energy += rollup.energy;
    sum.validMs += rollup.validMs;
    sum.overEnergy += rollup.overEnergy;
    sum.overMs += rollup.overMs;
    sum.underMs += rollup.underMs;
    sum.missingMs += rollup.missingMs;
    sum.lmax = higher(sum.lmax, rollup.lmax);
    sum.lmin = lower(sum.lmin, rollup.lmin);
    sum.lpeak = higher(sum.lpeak, rollup.lpeak);
    sum.overLmax = higher(sum.overLmax, rollup.overLmax);
    sum.overLpeak = higher(sum.overLpeak, rollup.overLpeak);
    sum.count += rollup.count;
    sum.bases |= rollup.bases;
    scratch.addAll(rollup.histogram);
  }
  sum.histogram = scratch.take();
  return sum;
}

/** The higher one; of equal ones the earlier. */
export function higher(a: Extreme | null, b: Extreme | null): Extreme | null {
  if (a === null || b === null) return a ?? b;
  if (a.levelDb !== b.levelDb) return a.levelDb > b.levelDb ? a : b;
  return a.atMs <= b.atMs ? a : b;
}

/** The lower one; of equal ones the earlier. */
export function lower(a: Extreme | null, b: Extreme | null): Extreme | null {
  if (a === null || b === null) return a ?? b;
  if (a.levelDb !== b.levelDb) return a.levelDb < b.levelDb ? a : b;
  return a.atMs <= b.atMs ? a : b;
}
