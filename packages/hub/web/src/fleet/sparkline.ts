import { type FrameSeries, isGap, usualStepMs } from '../live/frame-series.ts';

export interface SparklineBox {
  readonly fromMs: number;
  readonly toMs: number;
  readonly width: number;
  readonly height: number;
}

/** Least span of levels that fills the height, so that the noise of a quiet night does not look like a storm. */
const LEAST_SPAN_DB = 15;

/** The trend of Lp as SVG paths, one per stretch without a gap: no line ever crosses a gap. `null` when there is nothing to draw. */
export function sparklinePaths(series: FrameSeries, box: SparklineBox): readonly string[] | null {
  const shown = series.filter((point) => point.atMs >= box.fromMs && point.atMs <= box.toMs && point.lp !== null);
  if (shown.length < 2) return null;
  const levels = shown.map((point) => point.lp ?? 0);
  const middle = (Math.max(...levels) + Math.min(...levels)) / 2;
  const span = Math.max(LEAST_SPAN_DB, Math.max(...levels) - Math.min(...levels));
  const x = (atMs: number): string => (((atMs - box.fromMs) / (box.toMs - box.fromMs)) * box.width).toFixed(1);
  const y = (levelDb: number): string => ((0.5 - (levelDb - middle) / span) * (box.height - 2) + 1).toFixed(1);

  const stepMs = usualStepMs(series);
  const paths: string[] = [];
  let path = '';
  for (const [index, point] of shown.entries()) {
    const former = shown[index - 1];
    const at = `${x(point.atMs)} ${y(point.lp ?? 0)}`;
    if (former === undefined || isGap(former, point, stepMs)) {
      if (path !== '') paths.push(path);
      path = `M${at}`;
    } else path += `L${at}`;
  }
  paths.push(path);
  return paths;
}
