/** One measurement as the card remembers it: when it ran and with which settings. Its files are computed from this when somebody reads them. */
import type { TimeWeighting } from '../meter/detector.ts';
import { TICK_MS } from '../levels/level-source.ts';

/** A run between start or resume and pause or stop; `toMs` is `null` while it goes on. UTC milliseconds on tick boundaries. */
export interface Span {
  readonly fromMs: number;
  toMs: number | null;
}

/** Pauses of one measurement beyond this are not told apart any more: the last span then covers them. */
const MAX_SPANS = 64;

export interface Recording {
  readonly mode: 'Auto' | 'Manual';
  /** Four digits, as in `Auto_0042`. */
  readonly storeName: string;
  /** `Index Number` at the start, four digits. */
  readonly index: string;
  readonly spans: Span[];
  /** `null`: nothing of this kind is stored. */
  readonly lpIntervalMs: number | null;
  readonly leqIntervalMs: number | null;
  readonly weighting: TimeWeighting;
  readonly percentiles: readonly number[];
  /** Added to the A-weighted level for the main channel's own frequency weighting. */
  readonly weightingOffsetDb: number;
  /** Meter wall time minus UTC at the start. */
  readonly naiveOffsetMs: number;
}

/** Begins or resumes at a tick. */
export function openSpan(recording: Recording, fromMs: number): void {
  if (recording.spans.length < MAX_SPANS) recording.spans.push({ fromMs, toMs: null });
  else {
    const last = recording.spans.at(-1);
    if (last !== undefined) last.toMs = null;
  }
}

export function closeSpan(recording: Recording, toMs: number): void {
  const last = recording.spans.at(-1);
  if (last !== undefined && last.toMs === null) last.toMs = Math.max(last.fromMs, toMs);
}

/** Measured time until now in milliseconds, pauses left out. */
export function measuredMs(recording: Recording, nowMs: number): number {
  return recording.spans.reduce((sum, span) => sum + Math.max(0, (span.toMs ?? nowMs) - span.fromMs), 0);
}

/** The instant of the tick that begins after `offsetMs` of measured time. */
export function instantAt(recording: Recording, offsetMs: number): number {
  let left = offsetMs;
  for (const span of recording.spans) {
    const lengthMs = span.toMs === null ? Number.POSITIVE_INFINITY : span.toMs - span.fromMs;
    if (left < lengthMs) return span.fromMs + left;
    left -= lengthMs;
  }
  return (recording.spans.at(-1)?.toMs ?? 0) + left;
}

/** The last tick boundary at or before an instant. */
export function tickStart(atMs: number): number {
  return Math.floor(atMs / TICK_MS) * TICK_MS;
}
