import { type FrameSeries, type Gap, isGap, usualStepMs } from '../live/frame-series.ts';

/** Columns as a chart library takes them: seconds since 1970, and one column per curve in which `null` breaks the line. */
export interface ChartColumns {
  readonly seconds: number[];
  readonly lp: (number | null)[];
  readonly intervalLeq: (number | null)[];
  readonly gaps: readonly Gap[];
}

/**
 * The columns of a series. At each gap stands one row of nothing in its middle, so that no curve crosses it; the gaps themselves are told for shading.
 * `nowMs` closes the last gap: a unit that fell silent shows it at the right edge too.
 */
export function chartColumns(series: FrameSeries, nowMs: number): ChartColumns {
  const stepMs = usualStepMs(series);
  const seconds: number[] = [];
  const lp: (number | null)[] = [];
  const intervalLeq: (number | null)[] = [];
  const gaps: Gap[] = [];
  for (const [index, point] of series.entries()) {
    const former = series[index - 1];
    if (former !== undefined && isGap(former, point, stepMs)) {
      gaps.push({ fromMs: former.atMs, toMs: point.atMs });
      seconds.push((former.atMs + point.atMs) / 2000);
      lp.push(null);
      intervalLeq.push(null);
    }
    seconds.push(point.atMs / 1000);
    lp.push(point.lp);
    intervalLeq.push(point.intervalLeq);
  }
  const last = series.at(-1);
  // Four steps, as for staleness: one late frame is no gap yet.
  if (last !== undefined && nowMs - last.atMs > Math.max(10_000, (stepMs ?? 1000) * 4))
    gaps.push({ fromMs: last.atMs, toMs: nowMs });
  return { seconds, lp, intervalLeq, gaps };
}

/** Least span of the level axis in dB. */
const LEAST_SPAN_DB = 30;

/** Lower and upper end of the level axis: whole tens that hold every level, at least 30 dB apart, so that the axis seldom moves. */
export function levelRange(columns: ChartColumns): readonly [number, number] {
  let least = Infinity;
  let most = -Infinity;
  for (const column of [columns.lp, columns.intervalLeq]) {
    for (const level of column) {
      if (level === null) continue;
      least = Math.min(least, level);
      most = Math.max(most, level);
    }
  }
  if (least > most) return [30, 90];
  let low = Math.floor((least - 2) / 10) * 10;
  let high = Math.ceil((most + 2) / 10) * 10;
  while (high - low < LEAST_SPAN_DB) {
    if (least - low < high - most) low -= 10;
    else high += 10;
  }
  return [low, high];
}
