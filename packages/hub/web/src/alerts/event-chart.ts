/** The levels around an event as a picture: paths, limits and times in shares of its width and height. Pure. Neighbour: event-chart-panel.tsx draws it. */
import type { EventView, LevelBucket } from './alert-api.ts';

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Width and height of the picture, in units of its own. */
export const CHART = { width: 600, height: 160 } as const;
/** Least span of levels that fills the height, so that a quiet night does not look like a storm. */
const LEAST_SPAN_DB = 20;
const LEAST_AROUND_MS = 60_000;
const MOST_AROUND_MS = 3_600_000;
/** Of an event that has been on for long the newest part is shown. */
const MOST_SHOWN_MS = 12 * 3_600_000;

/** The event with a part of what was before and after it. */
export function chartSpan(event: Pick<EventView, 'onset_at' | 'clear_at'>, nowMs: number): Span {
  const onsetMs = Date.parse(event.onset_at);
  const endMs = event.clear_at === null ? nowMs : Date.parse(event.clear_at);
  const aroundMs = Math.min(MOST_AROUND_MS, Math.max(LEAST_AROUND_MS, (endMs - onsetMs) / 2));
  const toMs = Math.min(nowMs, endMs + aroundMs);
  return { fromMs: Math.max(onsetMs - aroundMs, toMs - MOST_SHOWN_MS), toMs };
}

export interface ChartPicture {
  /** One path per stretch without a gap. */
  readonly leq: readonly string[];
  readonly lmax: readonly string[];
  /** Top of the limit's line, in shares of the height; `null` where there is none to draw. */
  readonly limit: number | null;
  /** Where the event lies, in shares of the width. */
  readonly on: { readonly from: number; readonly to: number };
  readonly highestDb: number;
  readonly lowestDb: number;
}

/** `null` where there is nothing to draw. */
export function chartPicture(
  buckets: readonly LevelBucket[],
  span: Span,
  event: Pick<EventView, 'onset_at' | 'clear_at'>,
  limitDb: number | null,
): ChartPicture | null {
  const levels = buckets.flatMap(({ leq, lmax }) => [leq, lmax]).filter((level) => level !== null);
  if (levels.length === 0) return null;
  const all = limitDb === null ? levels : [...levels, limitDb];
  const middle = (Math.max(...all) + Math.min(...all)) / 2;
  const spanDb = Math.max(LEAST_SPAN_DB, (Math.max(...all) - Math.min(...all)) * 1.1);
  const share = (levelDb: number): number => 0.5 - (levelDb - middle) / spanDb;
  const place = (atMs: number): number => Math.min(1, Math.max(0, (atMs - span.fromMs) / (span.toMs - span.fromMs)));
  const pathsOf = (level: (bucket: LevelBucket) => number | null): string[] => {
    const paths: string[] = [];
    let path = '';
    for (const bucket of buckets) {
      const value = level(bucket);
      if (value === null) {
        if (path !== '') paths.push(path);
        path = '';
        continue;
      }
      const y = (share(value) * CHART.height).toFixed(1);
      const [x1, x2] = [bucket.start, bucket.end].map((at) => (place(Date.parse(at)) * CHART.width).toFixed(1));
      path += `${path === '' ? 'M' : 'L'}${x1} ${y}H${x2}`;
    }
    if (path !== '') paths.push(path);
    return paths;
  };
  return {
    leq: pathsOf(({ leq }) => leq),
    lmax: pathsOf(({ lmax }) => lmax),
    limit: limitDb === null ? null : share(limitDb),
    on: { from: place(Date.parse(event.onset_at)), to: event.clear_at === null ? 1 : place(Date.parse(event.clear_at)) },
    highestDb: middle + spanDb / 2,
    lowestDb: middle - spanDb / 2,
  };
}

/** How the levels of these buckets are known, all together; `null` where there are none. */
export function basisOf(buckets: readonly LevelBucket[]): string | null {
  const bases = new Set(buckets.flatMap(({ leq, basis }) => (leq === null || basis === null ? [] : basis.split('+'))));
  return bases.size === 0 ? null : [...bases].sort().join('+');
}
