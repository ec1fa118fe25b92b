import type { LiveFrame } from '@slmm/protocol/live';

/** What charts and trends keep of a frame. */
export interface SeriesPoint {
  readonly atMs: number;
  readonly epoch: string;
  readonly seq: number;
  readonly lp: number | null;
  /** Leq of the interval since the frame before. */
  readonly intervalLeq: number | null;
  readonly over: boolean;
}

/** Points of one unit in order of time, none twice. */
export type FrameSeries = readonly SeriesPoint[];

/** A stretch of time for which there is nothing to draw. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
}

/** However fast frames come, a shorter silence than this is no gap: a meter's own 30-s housekeeping skips one second. */
const SHORTEST_GAP_MS = 2_500;

export function toPoint(frame: LiveFrame): SeriesPoint {
  return {
    atMs: Date.parse(frame.at),
    epoch: frame.epoch,
    seq: frame.seq,
    lp: frame.lp,
    intervalLeq: frame.interval?.leq ?? null,
    over: frame.over,
  };
}

/** How a viewer names the frame it has (`after` of the live request). */
export function frameKey(frame: { readonly epoch: string; readonly seq: number }): string {
  return `${frame.epoch}:${frame.seq}`;
}

/**
 * Puts backfill and live frames into one series: ordered by time, then seq, each frame once, nothing older than `keepFromMs`, at most `limit` points
 * (the newest stay). It does not matter which came first.
 */
export function mergeSeries(series: FrameSeries, incoming: FrameSeries, keepFromMs: number, limit: number): FrameSeries {
  const known = new Set(series.map(frameKey));
  const fresh: SeriesPoint[] = [];
  for (const point of incoming) {
    const key = frameKey(point);
    if (known.has(key) || Number.isNaN(point.atMs) || point.atMs < keepFromMs) continue;
    known.add(key);
    fresh.push(point);
  }
  const kept =
    series.length > 0 && (series[0]?.atMs ?? 0) < keepFromMs ? series.filter((point) => point.atMs >= keepFromMs) : series;
  if (fresh.length === 0 && kept === series) return series;
  const merged = [...kept, ...fresh];
  const lastKept = kept.at(-1);
  const inOrder = fresh.length <= 1 && (lastKept === undefined || fresh.every((point) => inTime(lastKept, point) <= 0));
  if (!inOrder) merged.sort(inTime);
  return merged.length > limit ? merged.slice(merged.length - limit) : merged;
}

function inTime(a: SeriesPoint, b: SeriesPoint): number {
  return a.atMs - b.atMs || (a.epoch === b.epoch ? a.seq - b.seq : a.epoch < b.epoch ? -1 : 1);
}

/** The usual time from one frame to the next: the median of the newest steps. `null` with fewer than two points. */
export function usualStepMs(series: FrameSeries): number | null {
  const newest = series.slice(-61);
  const steps: number[] = [];
  for (let index = 1; index < newest.length; index += 1) {
    const [former, later] = [newest[index - 1], newest[index]];
    if (former !== undefined && later !== undefined) steps.push(later.atMs - former.atMs);
  }
  if (steps.length === 0) return null;
  steps.sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? null;
}

/** Whether something is missing between two neighbours: seqs that are not there, or more time than a few usual steps. */
export function isGap(former: SeriesPoint, later: SeriesPoint, stepMs: number | null): boolean {
  if (former.epoch === later.epoch && later.seq !== former.seq + 1) return true;
  return later.atMs - former.atMs > Math.max(SHORTEST_GAP_MS, (stepMs ?? 0) * 2.5);
}
