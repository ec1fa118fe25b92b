/** Rows of a series of other origin as readings. Neighbours: level-rows.ts reads them, HistoryStore.importReadings keeps them. */
import type { Frame } from '@slmm/protocol';
import { toInstant } from '@slmm/shared';
import type { LevelRow } from './level-rows.ts';
import type { Reading } from '../reading-store.ts';

/** Lengths of interval that series come in. */
export const IMPORT_SECONDS = [1, 60] as const;
export type ImportSeconds = (typeof IMPORT_SECONDS)[number];

const NONE: Frame['ln'] = [null, null, null, null, null];

/**
 * The reading of a row: its interval is the row's, and nothing else is known. Epoch and seq follow from the start of the interval, so that the same row is
 * always the same reading, however often and in how many files it comes. Lmax and Lmin are the row's own level: of the series, the highest and lowest level is all that can be said.
 */
export function importedReading(unit: string, { startMs, levelDb }: LevelRow, seconds: ImportSeconds): Reading {
  const atMs = startMs + seconds * 1000;
  return {
    atMs,
    late: true,
    imported: true,
    frame: {
      v: 1,
      unit,
      epoch: `IMPORT${String(seconds).padStart(4, '0')}`,
      seq: Math.floor(startMs / (seconds * 1000)) + 1,
      at: toInstant(atMs),
      src: 'dod',
      run: 'Start',
      lp: null,
      leq: null,
      le: null,
      lmax: null,
      lmin: null,
      lpeak: null,
      ln: NONE,
      lieq: null,
      leqmov: null,
      ltm5: null,
      over: false,
      under: false,
      interval: { s: seconds, leq: levelDb, lmax: levelDb, lmin: levelDb, lpeak: null, basis: 'lp', ticks: 0 },
      settings: null,
    },
  };
}

/** The length of the intervals, told from the starts of the first rows; `null` when it is none of those that can be imported. */
export function secondsOf(starts: readonly number[]): ImportSeconds | null {
  const steps = starts
    .slice(1)
    .map((startMs, index) => startMs - (starts[index] ?? 0))
    .toSorted((a, b) => a - b);
  const median = steps[Math.floor(steps.length / 2)];
  return IMPORT_SECONDS.find((seconds) => seconds * 1000 === median) ?? null;
}
