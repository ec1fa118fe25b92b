/** LN from a histogram. Neighbours: histogram.ts; statistics.ts puts LN beside the other figures. */
import { type Histogram, histogramMs, levelOfClass, OVER_CLASS, UNDER_CLASS } from './histogram.ts';

/** Room for the rounding of `percent` when it is multiplied with a time: far below a millisecond. */
const TOLERANCE_MS = 1e-6;

/**
 * LN: the highest level that is reached or exceeded during at least N percent of the time. It is the centre of its 0.1 dB class, so at most 0.05 dB from
 * the value without classes; there is no interpolation, neither within a class nor across levels that did not occur.
 * `overMs` adds overloaded time, whose level is unknown but higher than all others. `null` without time, and where the level lies in an open-ended class or in the overloaded time.
 */
export function levelExceeded(histogram: Histogram, percent: number, overMs = 0): number | null {
  const totalMs = histogramMs(histogram) + overMs;
  if (totalMs <= 0) return null;
  const wantedMs = (totalMs * percent) / 100 - TOLERANCE_MS;
  let reachedMs = overMs;
  if (overMs > 0 && reachedMs >= wantedMs) return null;
  for (let index = histogram.classes.length - 1; index >= 0; index -= 1) {
    reachedMs += histogram.ms[index] ?? 0;
    const levelClass = histogram.classes[index] ?? OVER_CLASS;
    if (reachedMs >= wantedMs) return levelClass === OVER_CLASS || levelClass === UNDER_CLASS ? null : levelOfClass(levelClass);
  }
  return null;
}
