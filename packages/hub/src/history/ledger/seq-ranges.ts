/** Arithmetic of sets of seqs. Pure; a result shares nothing that could change. Neighbours: ingest/accept.ts, ledger.ts. */
import type { SeqRanges } from '../reading-store.ts';

type SeqRange = readonly [first: number, last: number];

/** Index of the first range that ends at or behind `seq`; the number of ranges where none does. */
function indexAt(ranges: SeqRanges, seq: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle]?.[1] ?? 0) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function includes(ranges: SeqRanges, seq: number): boolean {
  const range = ranges[indexAt(ranges, seq)];
  return range !== undefined && range[0] <= seq;
}

/** The union with `first`..`last`. */
export function withRange(ranges: SeqRanges, first: number, last: number): SeqRanges {
  const start = indexAt(ranges, first - 1);
  let end = start;
  let [least, most] = [first, last];
  for (let range = ranges[end]; range !== undefined && range[0] <= last + 1; range = ranges[(end += 1)]) {
    least = Math.min(least, range[0]);
    most = Math.max(most, range[1]);
  }
  return ranges.toSpliced(start, end - start, [least, most]);
}

/** Those of `first`..`last` that are in none of the ranges. */
export function missingFrom(ranges: SeqRanges, first: number, last: number): SeqRanges {
  const missing: SeqRange[] = [];
  let next = first;
  for (let index = indexAt(ranges, first); next <= last; index += 1) {
    const range = ranges[index];
    if (range === undefined || range[0] > last) break;
    if (range[0] > next) missing.push([next, range[0] - 1]);
    next = range[1] + 1;
  }
  if (next <= last) missing.push([next, last]);
  return missing;
}

/** Highest seq up to which, from 1, all are there; 0 where 1 is not. */
export function contiguousFromOne(ranges: SeqRanges): number {
  const first = ranges[0];
  return first !== undefined && first[0] === 1 ? first[1] : 0;
}

/** Highest seq in the set; 0 where it is empty. */
export function highest(ranges: SeqRanges): number {
  return ranges.at(-1)?.[1] ?? 0;
}
