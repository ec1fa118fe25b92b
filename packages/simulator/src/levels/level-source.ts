/** Where a simulated meter's sound comes from: a function of time, so that any instant can be computed again. */

/** The meter's own resolution: DRD ticks, Lp store records. */
export const TICK_MS = 100;

export interface LevelSource {
  /** A-weighted Leq in dB of the 100 ms tick that begins at this instant (milliseconds since 1970, UTC). */
  levelAt(tickMs: number): number;
}

/** One level for ever, as an acoustic calibrator gives it. */
export function heldLevel(levelDb: number): LevelSource {
  return { levelAt: () => levelDb };
}
