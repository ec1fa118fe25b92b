import type { LiveFrame, UnitOverview } from '@slmm/protocol/live';

/** One value of the measurement as a table shows it. */
export interface LevelRow {
  /** `L`, and what stands below it: `Aeq`, `AF max`, `10`. */
  readonly symbol: string;
  readonly index: string;
  readonly meaning: string;
  readonly levelDb: number | null;
}

type Info = Pick<NonNullable<UnitOverview['info']>, 'frequency_weighting' | 'time_weighting' | 'percentiles'> | null;

/** `AF` of a meter set to A and Fast; empty where the meter has not said. */
export function weightingOf(info: Info): string {
  return `${info?.frequency_weighting ?? ''}${info?.time_weighting ?? ''}`;
}

/**
 * The cumulative values of a frame (since Measure,Start), percentiles under the percentages that the meter really has set.
 * A percentile that nobody knows the meaning of is shown by its number on the meter (`LN3`), never as a guessed percentage.
 */
export function levelRows(frame: LiveFrame, info: Info): readonly LevelRow[] {
  const frequency = info?.frequency_weighting ?? '';
  const weighting = weightingOf(info);
  return [
    { symbol: 'L', index: `${frequency}eq`, meaning: 'Equivalent level since the start', levelDb: frame.leq },
    { symbol: 'L', index: `${frequency}E`, meaning: 'Sound exposure level', levelDb: frame.le },
    { symbol: 'L', index: `${weighting}max`, meaning: 'Highest level', levelDb: frame.lmax },
    { symbol: 'L', index: `${weighting}min`, meaning: 'Lowest level', levelDb: frame.lmin },
    { symbol: 'L', index: 'peak', meaning: 'Highest peak', levelDb: frame.lpeak },
    ...frame.ln.map((levelDb, index) => {
      const percent = info?.percentiles[index] ?? null;
      return percent === null
        ? { symbol: 'LN', index: String(index + 1), meaning: 'Percentile, not read from the meter yet', levelDb }
        : { symbol: 'L', index: String(percent), meaning: `Exceeded for ${percent} % of the time`, levelDb };
    }),
  ];
}
