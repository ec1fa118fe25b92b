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
 * The reading of a row: its interval is the row's, and nothing else is known. Its time is the row's own, the start of the interval. Epoch and seq follow from it, so that the same
 * row is always the same reading, however often and in how many files it comes. Lmax and Lmin are the row's own level: of the series, the highest and lowest level is all that can be said.
 */
export function importedReading(unit: string, { startMs, levelDb }: LevelRow, seconds: ImportSeconds): Reading {
  return {
    atMs: startMs,
    late: true,
    imported: true,
    frame: {
      v: 1,
      unit,
      epoch: `IMPORT${String(seconds).padStart(4, '0')}`,
      seq: startMs + 1,
      at: toInstant(startMs),
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
  const stepMs = usualStepMs(starts);
  return IMPORT_SECONDS.find((seconds) => seconds * 1000 === stepMs) ?? null;
}

/** The median of the steps from row to row; `null` for a single row. */
export function usualStepMs(starts: readonly number[]): number | null {
  const steps = starts
    .slice(1)
    .map((startMs, index) => Math.abs(startMs - (starts[index] ?? 0)))
    .toSorted((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? null;
}
