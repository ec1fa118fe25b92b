/** A rollup as a row of the table `rollups`. Neighbours: sqlite/, postgres/. */
import type { StoredRollup } from '../../history/packing/gather.ts';
import { decodeRollup } from '../../history/packing/rollup-bytes.ts';
import { type LevelName, STORED_LEVELS } from '../../history/levels/rollup-levels.ts';

/** Big numbers come as text from PostgreSQL. */
export interface RollupRow {
  readonly start_ms: number | string;
  readonly body: Uint8Array;
}

/** The number by which a level is stored: its width in seconds. */
export function levelNumber(name: LevelName): number {
  const level = STORED_LEVELS.find((one) => one.name === name);
  if (level === undefined) throw new RangeError(`rollups of ${name} are not stored`);
  return level.widthMs / 1000;
}

export function storedRollup(row: RollupRow): StoredRollup {
  const startMs = Number(row.start_ms);
  return { startMs, rollup: decodeRollup(row.body, startMs) };
}
