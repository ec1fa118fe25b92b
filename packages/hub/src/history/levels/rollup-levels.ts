/** The levels of rollups, as a list, and where their buckets begin. Neighbours: rollup.ts says what a bucket holds, cover-plan.ts which levels answer a question. */
import { addDays, dayBounds, localDateOf } from '../time/zone.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** One level. Buckets are half-open: `[start, end)`. */
export interface RollupLevel {
  readonly name: '1s' | '1m' | '15m' | '1h' | '1d';
  /** Width of a bucket in ms, counted from 1970 in UTC; `null` where buckets are local days, whose length the calendar decides. */
  readonly widthMs: number | null;
  /**
   * Whether buckets of this level are kept on disk. Seconds are the readings themselves; days are put together from hours, or from quarter-hours
   * in a zone whose midnight is no full hour of UTC. Every zone's midnight in use is a quarter-hour of UTC, so days are exact everywhere and a unit may change its zone.
   */
  readonly stored: boolean;
}

/** Finest first. */
export const ROLLUP_LEVELS: readonly RollupLevel[] = [
  { name: '1s', widthMs: 1000, stored: false },
  { name: '1m', widthMs: MINUTE_MS, stored: true },
  { name: '15m', widthMs: 15 * MINUTE_MS, stored: true },
  { name: '1h', widthMs: 60 * MINUTE_MS, stored: true },
  { name: '1d', widthMs: null, stored: false },
];

export type LevelName = RollupLevel['name'];

export interface StoredLevel {
  readonly name: LevelName;
  readonly widthMs: number;
}

/** Stored levels with their width, finest first; each width is a multiple of the one before. */
export const STORED_LEVELS: readonly StoredLevel[] = ROLLUP_LEVELS.flatMap((level) =>
  level.stored && level.widthMs !== null ? [{ name: level.name, widthMs: level.widthMs }] : [],
);

export function levelNamed(name: LevelName): RollupLevel {
  const level = ROLLUP_LEVELS.find((one) => one.name === name);
  if (level === undefined) throw new RangeError(`${name} is no rollup level`);
  return level;
}

/** Start of the bucket that contains `atMs`. `zone` matters for hours and days. */
export function bucketStart(atMs: number, level: RollupLevel, zone: string): number {
  return bucketBounds(atMs, atMs + 1, level, zone)[0] ?? atMs;
}

/**
 * The boundaries of all buckets that have a part in `[fromMs, toMs)`, ascending: bucket i is `[bounds[i], bounds[i + 1])`. Empty for an empty range.
 * Seconds, minutes and quarter-hours are those of UTC, which are those of every zone too. Hours begin with the hours of the zone (in India 30 minutes after UTC's); where a clock change is no full hour, the
 * last one of that day is shorter.
 */
export function bucketBounds(fromMs: number, toMs: number, level: RollupLevel, zone: string): number[] {
  if (fromMs >= toMs) return [];
  const { widthMs } = level;
  if (widthMs === null || widthMs === HOUR_MS) return boundsByDay(fromMs, toMs, widthMs, zone);
  const startMs = Math.floor(fromMs / widthMs) * widthMs;
  const count = Math.ceil((toMs - startMs) / widthMs);
  return Array.from({ length: count + 1 }, (_, index) => startMs + index * widthMs);
}

/** Days, or what they are cut into from local midnight on. A date that a zone skipped (Samoa, 2011-12-30) has no length and no bucket. */
function boundsByDay(fromMs: number, toMs: number, widthMs: number | null, zone: string): number[] {
  const bounds: number[] = [];
  for (let date = localDateOf(fromMs, zone); ; date = addDays(date, 1)) {
    const { startMs, endMs } = dayBounds(date, zone);
    for (let boundMs = startMs; boundMs < endMs; boundMs += widthMs ?? endMs - startMs) {
      // All up to the start of the first bucket are replaced by it.
      if (boundMs <= fromMs) bounds.length = 0;
      bounds.push(boundMs);
      if (boundMs >= toMs) return bounds;
    }
    if (endMs >= toMs) return [...bounds, endMs];
  }
}
