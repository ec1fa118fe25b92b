/** How wide buckets may be asked for, and where they begin. Any width is merged from the levels that are stored. Neighbours: rollup-levels.ts, history.ts. */
import { addDays, dayBounds, localDateOf, localTimeMs } from '../time/zone.ts';
import { ROLLUP_LEVELS } from './rollup-levels.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Finest first. Every width divides a day, so that buckets begin anew at every local midnight. */
export const RESOLUTION_NAMES = [
  '1s',
  '5s',
  '10s',
  '30s',
  '1m',
  '5m',
  '10m',
  '15m',
  '30m',
  '1h',
  '2h',
  '3h',
  '4h',
  '6h',
  '12h',
  '1d',
] as const;

export type ResolutionName = (typeof RESOLUTION_NAMES)[number];

const UNITS: Readonly<Record<string, number>> = { s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };

/** Width on the face of the clock; a local day may be an hour longer or shorter. */
export function widthMsOf(name: ResolutionName): number {
  return Number(name.slice(0, -1)) * (UNITS[name.slice(-1)] ?? 0);
}

/**
 * The finest of the stored levels that shows `[fromMs, toMs)` in at most `points` buckets; the coarsest where none does. With `anyWidth` of all widths, so that the number of
 * buckets comes near to the points wanted.
 */
export function resolutionFor(fromMs: number, toMs: number, points: number, anyWidth = false): ResolutionName {
  const names = anyWidth ? RESOLUTION_NAMES : ROLLUP_LEVELS.map(({ name }) => name);
  return names.find((name) => bucketCount(fromMs, toMs, name) <= points) ?? '1d';
}

/** Number of buckets in a range, for bounds on answers; a day when clocks change may have one more or less. */
export function bucketCount(fromMs: number, toMs: number, name: ResolutionName): number {
  const widthMs = widthMsOf(name);
  return Math.ceil(toMs / widthMs) - Math.floor(fromMs / widthMs);
}

/** Start of the bucket that contains `atMs`. */
export function bucketStart(atMs: number, name: ResolutionName, zone: string): number {
  return bucketBounds(atMs, atMs + 1, name, zone)[0] ?? atMs;
}

/**
 * The boundaries of all buckets that have a part in `[fromMs, toMs)`, ascending: bucket i is `[bounds[i], bounds[i + 1])`. Empty for an empty range.
 * What divides a quarter-hour begins at the same instants in every zone. Wider ones follow the zone: hours begin with its hours (in India 30 minutes after UTC's), and where a clock
 * change is no full hour, the last one of that day is shorter. Several hours begin at the times the clock shows, so that one of them is longer or shorter on a day when clocks change.
 */
export function bucketBounds(fromMs: number, toMs: number, name: ResolutionName, zone: string): number[] {
  if (fromMs >= toMs) return [];
  const widthMs = widthMsOf(name);
  if (QUARTER_MS % widthMs !== 0) return boundsByDay(fromMs, toMs, widthMs, zone);
  const startMs = Math.floor(fromMs / widthMs) * widthMs;
  const count = Math.ceil((toMs - startMs) / widthMs);
  return Array.from({ length: count + 1 }, (_, index) => startMs + index * widthMs);
}

/** A date that a zone skipped (Samoa, 2011-12-30) has no length and no bucket. */
function boundsByDay(fromMs: number, toMs: number, widthMs: number, zone: string): number[] {
  const bounds: number[] = [];
  for (let date = localDateOf(fromMs, zone); ; date = addDays(date, 1)) {
    for (const boundMs of startsOfDay(date, widthMs, zone)) {
      // All up to the start of the first bucket are replaced by it.
      if (boundMs <= fromMs) bounds.length = 0;
      bounds.push(boundMs);
      if (boundMs >= toMs) return bounds;
    }
    const { endMs } = dayBounds(date, zone);
    if (endMs >= toMs) return [...bounds, endMs];
  }
}

/** Where buckets begin on a date, ascending. */
function startsOfDay(date: string, widthMs: number, zone: string): number[] {
  const { startMs, endMs } = dayBounds(date, zone);
  const starts: number[] = [];
  if (widthMs <= HOUR_MS) for (let atMs = startMs; atMs < endMs; atMs += widthMs) starts.push(atMs);
  else
    for (let minutes = 0; minutes < DAY_MS / MINUTE_MS; minutes += widthMs / MINUTE_MS) {
      const atMs = localTimeMs(date, clockText(minutes), zone);
      if (atMs < endMs && atMs > (starts.at(-1) ?? startMs - 1)) starts.push(atMs);
    }
  return starts;
}

const clockText = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
