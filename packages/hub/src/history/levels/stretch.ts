/**
 * What a reading says about a stretch of time: the door through which levels enter the statistics.
 * Neighbours: rollup-of.ts adds stretches up into buckets.
 */
import type { Frame } from '@slmm/protocol';
import { type Basis } from './basis.ts';

/** One reading can stand for an hour at most; beyond that it is no measurement of that time. It also bounds how far a store must look past the end of a bucket. */
export const LONGEST_STRETCH_MS = 3_600_000;
/** An imported row stands for the time from its own on, a minute at most: how far a store must look back before the start of a bucket. */
export const LONGEST_AHEAD_MS = 60_000;

/** A measured stretch; whole milliseconds. */
export interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
  /** The time of the reading itself, by which its extremes are told: the end of what a frame measured, the start of what an imported row stands for. */
  readonly atMs: number;
  /** How much of it was really measured; the rest (lost ticks) is missing. */
  readonly measuredMs: number;
  readonly leqDb: number;
  readonly lmaxDb: number | null;
  readonly lminDb: number | null;
  readonly lpeakDb: number | null;
  /** The true levels are higher than these. */
  readonly over: boolean;
  /** Some of it was below the meter's range. */
  readonly underMs: number;
  readonly basis: Basis;
}

/** The parts of a frame that statistics look at. */
export type MeasuredFrame = Pick<Frame, 'interval' | 'run' | 'over' | 'under'>;

/**
 * The stretch that a frame stands for, or `null` where it has nothing for the statistics. It enters only if the meter was measuring, the interval has a level and a
 * length, and the level is one: meters say 0.0 after a reset, which no microphone can deliver. Runs are split by the edge, which begins a new interval at
 * every start, reset and reboot, and by `run`: a frame that is not `Start` brings no stretch, so none reaches across a stop.
 */
export function stretchOf(frame: MeasuredFrame, atMs: number, imported: boolean): Stretch | null {
  const { interval } = frame;
  if (interval === null || frame.run !== 'Start' || interval.leq === null) return null;
  if (interval.leq === 0 && !imported) return null;
  const lengthMs = Math.round(interval.s * 1000);
  if (lengthMs <= 0 || lengthMs > (imported ? LONGEST_AHEAD_MS : LONGEST_STRETCH_MS)) return null;
  const told = interval.ticks + (interval.missing ?? 0);
  const measuredMs = told > 0 ? Math.round((lengthMs * interval.ticks) / told) : lengthMs;
  if (measuredMs <= 0) return null;
  return {
    startMs: imported ? atMs : atMs - lengthMs,
    endMs: imported ? atMs + lengthMs : atMs,
    atMs,
    measuredMs,
    leqDb: interval.leq,
    lmaxDb: levelOrNull(interval.lmax),
    lminDb: levelOrNull(interval.lmin),
    lpeakDb: levelOrNull(interval.lpeak),
    over: frame.over || (interval.over_s ?? 0) > 0,
    underMs: underMsOf(frame, lengthMs),
    basis: imported ? 'import' : interval.basis,
  };
}

function levelOrNull(level: number | null): number | null {
  return level === 0 ? null : level;
}

function underMsOf(frame: MeasuredFrame, lengthMs: number): number {
  const underMs = frame.interval?.under_s === undefined ? 0 : Math.round(frame.interval.under_s * 1000);
  return Math.min(lengthMs, underMs > 0 ? underMs : frame.under ? lengthMs : 0);
}
