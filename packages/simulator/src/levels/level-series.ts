/** Levels from a recording: a CSV file with a header and rows `time,level`, one row per second. Times are not read; rows are seconds. */
import type { LevelSource } from './level-source.ts';

/** A week of seconds is 604,800; this is room for months, and a bound. */
const MAX_ROWS = 10_000_000;

export type LevelSeries =
  | { readonly kind: 'series'; readonly levelsDb: Float32Array }
  | { readonly kind: 'mistake'; readonly reason: string };

/** Reads the CSV. The first line is a header; a level must be a number from -10 to 200 dB. */
export function parseLevelSeries(csv: string): LevelSeries {
  const rows = csv.split(/\r?\n/);
  const levels: number[] = [];
  for (const [index, row] of rows.entries()) {
    if (index === 0 || row.trim() === '') continue;
    const text = row.slice(row.lastIndexOf(',') + 1).trim();
    const levelDb = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (!isLevel(levelDb))
      return { kind: 'mistake', reason: `line ${index + 1}: '${text.slice(0, 40)}' is no level from -10 to 200 dB` };
    if (levels.length === MAX_ROWS) return { kind: 'mistake', reason: `more than ${MAX_ROWS} rows` };
    levels.push(levelDb);
  }
  return seriesOf(levels);
}

/** The same from numbers, one per second. */
export function seriesOf(levels: readonly number[]): LevelSeries {
  if (levels.length === 0) return { kind: 'mistake', reason: 'a series needs at least one level' };
  const wrong = levels.findIndex((levelDb) => !isLevel(levelDb));
  if (wrong >= 0) return { kind: 'mistake', reason: `level ${wrong + 1} is not from -10 to 200 dB` };
  return { kind: 'series', levelsDb: Float32Array.from(levels) };
}

/** Plays a series: its first second begins at `startMs`, and after its last it begins again. */
export function playSeries(levelsDb: Float32Array, startMs: number): LevelSource {
  return {
    levelAt: (tickMs) => {
      const second = Math.floor((tickMs - startMs) / 1000) % levelsDb.length;
      return levelsDb[second < 0 ? second + levelsDb.length : second] ?? 0;
    },
  };
}

function isLevel(levelDb: number): boolean {
  return levelDb >= -10 && levelDb <= 200;
}
