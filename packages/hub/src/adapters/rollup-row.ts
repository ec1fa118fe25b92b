/** A rollup as a row of the table `rollups`. Neighbours: sqlite/, postgres/. */
import { decodeHistogram, encodeHistogram } from '../history/histogram-bytes.ts';
import { type LevelName, STORED_LEVELS } from '../history/rollup-levels.ts';
import type { Extreme, Rollup } from '../history/rollup.ts';

/** Columns after `unit`, `level` and `start_ms`, in the order of `rollupValues`. */
export const ROLLUP_COLUMNS = [
  'count',
  'bases',
  'energy',
  'valid_ms',
  'over_energy',
  'over_ms',
  'under_ms',
  'missing_ms',
  'lmax',
  'lmax_after_ms',
  'lmin',
  'lmin_after_ms',
  'lpeak',
  'lpeak_after_ms',
  'over_lmax',
  'over_lmax_after_ms',
  'over_lpeak',
  'over_lpeak_after_ms',
  'histogram',
] as const;

/** What a database gives back; big numbers come as text from PostgreSQL. */
export type RollupRow = Readonly<
  Record<'start_ms' | Exclude<(typeof ROLLUP_COLUMNS)[number], 'histogram'>, number | string | null>
> & {
  readonly histogram: Uint8Array;
};

/** The number by which a level is stored: its width in seconds. */
export function levelNumber(name: LevelName): number {
  const level = STORED_LEVELS.find((one) => one.name === name);
  if (level === undefined) throw new RangeError(`rollups of ${name} are not stored`);
  return level.widthMs / 1000;
}

export function rollupValues(rollup: Rollup, startMs: number): (number | Uint8Array | null)[] {
  const extreme = (one: Extreme | null): [number | null, number | null] =>
    one === null ? [null, null] : [one.levelDb, one.atMs - startMs];
  return [
    rollup.count,
    rollup.bases,
    rollup.energy,
    rollup.validMs,
    rollup.overEnergy,
    rollup.overMs,
    rollup.underMs,
    rollup.missingMs,
    ...extreme(rollup.lmax),
    ...extreme(rollup.lmin),
    ...extreme(rollup.lpeak),
    ...extreme(rollup.overLmax),
    ...extreme(rollup.overLpeak),
    encodeHistogram(rollup.histogram),
  ];
}

export function rollupOfRow(row: RollupRow): Rollup {
  const startMs = Number(row.start_ms);
  const extreme = (level: number | string | null, afterMs: number | string | null): Extreme | null =>
    level === null ? null : { levelDb: Number(level), atMs: startMs + Number(afterMs) };
  return {
    energy: Number(row.energy),
    validMs: Number(row.valid_ms),
    overEnergy: Number(row.over_energy),
    overMs: Number(row.over_ms),
    underMs: Number(row.under_ms),
    missingMs: Number(row.missing_ms),
    lmax: extreme(row.lmax, row.lmax_after_ms),
    lmin: extreme(row.lmin, row.lmin_after_ms),
    lpeak: extreme(row.lpeak, row.lpeak_after_ms),
    overLmax: extreme(row.over_lmax, row.over_lmax_after_ms),
    overLpeak: extreme(row.over_lpeak, row.over_lpeak_after_ms),
    count: Number(row.count),
    bases: Number(row.bases),
    histogram: decodeHistogram(row.histogram),
  };
}
