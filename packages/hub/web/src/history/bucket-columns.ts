/** Buckets as a chart library takes them. Pure. Neighbours: history-api.ts delivers, level-chart.tsx draws. */
import type { Figures, MaskView } from './history-api.ts';

/** One row per bucket at its start, and one at the end of the last; `null` breaks a curve. A curve is drawn in steps: what stands at a row holds until the next. */
export interface BucketColumns {
  readonly seconds: number[];
  readonly leq: (number | null)[];
  readonly l10: (number | null)[];
  readonly l90: (number | null)[];
  readonly lmax: (number | null)[];
}

/** A stretch to be shaded, in milliseconds. */
export interface Shade {
  readonly fromMs: number;
  readonly toMs: number;
  /** `nothing`: no level; `little`: less than the wanted share was measured; `masked`: left out, or would be. */
  readonly kind: 'nothing' | 'little' | 'masked';
}

export function bucketColumns(buckets: readonly Figures[]): BucketColumns {
  const columns: BucketColumns = { seconds: [], leq: [], l10: [], l90: [], lmax: [] };
  const add = (atMs: number, figures: Figures | null): void => {
    columns.seconds.push(atMs / 1000);
    columns.leq.push(figures?.leq ?? null);
    columns.l10.push(figures?.ln['10'] ?? null);
    columns.l90.push(figures?.ln['90'] ?? null);
    columns.lmax.push(figures?.lmax ?? null);
  };
  for (const bucket of buckets) add(Date.parse(bucket.start), bucket);
  const last = buckets.at(-1);
  // The last step has a length too.
  if (last !== undefined) add(Date.parse(last.end), last);
  return columns;
}

/** What lies in the future is not lacking. */
export function shadesOf(buckets: readonly Figures[], masks: readonly MaskView[], nowMs: number): Shade[] {
  const lacking = buckets.flatMap((bucket): Shade[] => {
    const [fromMs, toMs] = [Date.parse(bucket.start), Math.min(Date.parse(bucket.end), nowMs)];
    if (toMs <= fromMs || bucket.sufficient) return [];
    // A bucket that runs is judged by what of it has passed.
    const passedS = (toMs - fromMs) / 1000;
    if (bucket.leq !== null && bucket.valid_s + 60 >= passedS * 0.75) return [];
    return [{ fromMs, toMs, kind: bucket.leq === null ? 'nothing' : 'little' }];
  });
  const joined: Shade[] = [];
  for (const shade of lacking) {
    const before = joined.at(-1);
    if (before !== undefined && before.kind === shade.kind && before.toMs === shade.fromMs)
      joined[joined.length - 1] = { ...before, toMs: shade.toMs };
    else joined.push(shade);
  }
  return [
    ...joined,
    ...masks.map((mask): Shade => ({ fromMs: Date.parse(mask.from), toMs: Date.parse(mask.to), kind: 'masked' })),
  ];
}

const LEAST_SPAN_DB = 30;

/** Whole tens that hold every level shown, at least 30 dB apart. */
export function levelAxis(columns: BucketColumns): readonly [number, number] {
  let [least, most] = [Infinity, -Infinity];
  for (const column of [columns.leq, columns.l10, columns.l90, columns.lmax])
    for (const level of column) if (level !== null) [least, most] = [Math.min(least, level), Math.max(most, level)];
  if (least > most) return [30, 90];
  let [low, high] = [Math.floor((least - 1) / 10) * 10, Math.ceil((most + 1) / 10) * 10];
  while (high - low < LEAST_SPAN_DB) [low, high] = least - low < high - most ? [low - 10, high] : [low, high + 10];
  return [low, high];
}

/** The bucket in which an instant lies. */
export function bucketAt(buckets: readonly Figures[], atMs: number): Figures | null {
  let [low, high] = [0, buckets.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Date.parse(buckets[middle]?.end ?? '') <= atMs) low = middle + 1;
    else high = middle;
  }
  const found = buckets[low];
  return found !== undefined && Date.parse(found.start) <= atMs ? found : null;
}
