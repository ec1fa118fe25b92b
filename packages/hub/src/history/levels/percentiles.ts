/** LN from a histogram. Neighbours: histogram.ts; statistics.ts puts LN beside the other figures. */
import { type Histogram, levelOfClass, OVER_CLASS, UNDER_CLASS } from './histogram.ts';

/** Room for the rounding of `percent` when it is multiplied with a time: far below a millisecond. */
const TOLERANCE_MS = 1e-6;

/**
 * LN for each of `percents`, in their order: the highest level that is reached or exceeded during at least N percent of the time. It is the centre of its 0.1 dB class, so at most 0.05 dB from
 * the value without classes; there is no interpolation, neither within a class nor across levels that did not occur.
 * `overMs` adds overloaded time, whose level is unknown but higher than all others. `null` without time, and where the level lies in an open-ended class or in the overloaded time.
 */
export function levelsExceeded(histogram: Histogram, percents: readonly number[], overMs = 0): (number | null)[] {
  const { classes, ms } = histogram;
  let totalMs = overMs;
  for (const one of ms) totalMs += one;
  return percents.map((percent) => {
    if (totalMs <= 0) return null;
    const wantedMs = (totalMs * percent) / 100 - TOLERANCE_MS;
    let reachedMs = overMs;
    if (overMs > 0 && reachedMs >= wantedMs) return null;
    let index = classes.length - 1;
    for (reachedMs += ms[index] ?? 0; reachedMs < wantedMs && index > 0; reachedMs += ms[index] ?? 0) index -= 1;
    const levelClass = classes[index];
    return levelClass === undefined || levelClass === OVER_CLASS || levelClass === UNDER_CLASS ? null : levelOfClass(levelClass);
  });
}
