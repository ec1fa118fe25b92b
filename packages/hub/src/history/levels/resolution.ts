import { bucketBounds, type LevelName, ROLLUP_LEVELS, type RollupLevel } from './rollup-levels.ts';

/** The finest level that shows `[fromMs, toMs)` in at most `points` buckets; the coarsest where none does. */
export function resolutionFor(fromMs: number, toMs: number, points: number): LevelName {
  const fitting = ROLLUP_LEVELS.find((level) => bucketCount(fromMs, toMs, level) <= points);
  return (fitting ?? ROLLUP_LEVELS.at(-1))?.name ?? '1d';
}

function bucketCount(fromMs: number, toMs: number, level: RollupLevel): number {
  // A day more or less does not change which level is taken.
  return level.widthMs === null ? Math.ceil((toMs - fromMs) / 86_400_000) : bucketCountOfWidth(fromMs, toMs, level.widthMs);
}

function bucketCountOfWidth(fromMs: number, toMs: number, widthMs: number): number {
  return Math.ceil(toMs / widthMs) - Math.floor(fromMs / widthMs);
}

/** Number of buckets of a level in a range, for bounds on answers. */
export function countBuckets(fromMs: number, toMs: number, level: RollupLevel, zone: string): number {
  return level.widthMs === null
    ? Math.max(0, bucketBounds(fromMs, toMs, level, zone).length - 1)
    : bucketCountOfWidth(fromMs, toMs, level.widthMs);
}
