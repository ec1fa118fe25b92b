/**
 * The meter's clock against the edge's, over days. Pure. The meter has no zone and no time server, so its offset is what it is; what is told is
 * a clock that drifts, and one that somebody set. Neighbour: unit-report.ts feeds it each reading of `Clock?`.
 */

/** The offset as it was when it was last told, or first seen. */
export interface ClockReference {
  readonly offsetS: number;
  /** Wall time of the edge. */
  readonly atMs: number;
}

/** One reading: meter clock minus edge clock. */
export interface ClockReading extends ClockReference {
  readonly monotonicMs: number;
}

export interface ClockWatchState {
  /** From which drift is counted; outlives the program. */
  readonly reference: ClockReference | null;
  readonly last: ClockReading | null;
}

export type ClockNews =
  | { readonly kind: 'drifted'; readonly offsetS: number; readonly byS: number; readonly perDayS: number }
  | { readonly kind: 'set'; readonly offsetS: number; readonly byS: number };

export const CLOCK_UNWATCHED: ClockWatchState = { reference: null, last: null };

/** A reading is good to a second or so: the meter shows whole ones, and the answer takes its time. */
const NOISE_S = 2;
/** A meter in the field lost 2 s a day; no quartz is ten times as bad. */
const WORST_DRIFT_PER_DAY_S = 20;
/** So much drift is told, and then again each time it has come to as much. */
const DRIFT_TOLD_S = 10;
const DAY_MS = 86_400_000;

/** Takes a reading in. `ordered`: the clock was set through this edge since the last one, so its jump is no news. */
export function foldClock(
  state: ClockWatchState,
  reading: ClockReading,
  ordered: boolean,
): { readonly state: ClockWatchState; readonly news: ClockNews | null } {
  const { offsetS, atMs, monotonicMs } = reading;
  const begin = { reference: { offsetS, atMs }, last: reading };
  if (state.reference === null || ordered) return { state: begin, news: null };
  const { reference, last } = state;
  // Before the first reading of this life the edge's clock is older than it was: a machine that has no time yet. Nothing follows from that.
  if (last === null && atMs < reference.atMs) return { state: begin, news: null };
  // Where the edge's own clock was stepped meanwhile, the offset moved with it and the meter did nothing.
  const steppedMs = last === null ? 0 : atMs - last.atMs - (monotonicMs - last.monotonicMs);
  const stepS = Math.abs(steppedMs) > 1000 ? -steppedMs / 1000 : 0;
  const from: ClockReference = { offsetS: reference.offsetS + stepS, atMs: reference.atMs + (stepS === 0 ? 0 : steppedMs) };
  const before = last === null ? from : { offsetS: last.offsetS + stepS, atMs: last.atMs + (stepS === 0 ? 0 : steppedMs) };
  const jumpS = offsetS - before.offsetS;
  const spanMs = Math.max(0, atMs - before.atMs);
  if (Math.abs(jumpS) > NOISE_S + DRIFT_TOLD_S / 2 + (WORST_DRIFT_PER_DAY_S * spanMs) / DAY_MS)
    return { state: begin, news: { kind: 'set', offsetS, byS: round(jumpS) } };
  const byS = offsetS - from.offsetS;
  if (Math.abs(byS) < DRIFT_TOLD_S) return { state: { reference: from, last: reading }, news: null };
  const days = Math.max(atMs - from.atMs, 60_000) / DAY_MS;
  return { state: begin, news: { kind: 'drifted', offsetS, byS: round(byS), perDayS: round(byS / days) } };
}

const round = (seconds: number): number => Math.round(seconds * 10) / 10;
