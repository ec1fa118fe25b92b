/** The levels of rollups, as a list. Neighbours: rollup.ts says what a bucket holds, cover-plan.ts which levels answer a question, resolution.ts what people may ask for. */

const MINUTE_MS = 60_000;

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
