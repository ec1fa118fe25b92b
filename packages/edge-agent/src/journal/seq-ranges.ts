/** Sets of seqs as sorted, disjoint ranges with gaps between them. Pure; every function gives a new list. */

/** First and last seq, both included. */
export type SeqRange = readonly [first: number, last: number];
export type SeqRanges = readonly SeqRange[];

/** The set with `range` in it; touching ranges merge. Appending at the end is the quick way. */
export function addRange(ranges: SeqRanges, [first, last]: SeqRange): SeqRanges {
  const tail = ranges.at(-1);
  if (tail === undefined || first > tail[1] + 1) return [...ranges, [first, last]];
  if (first >= tail[0]) return [...ranges.slice(0, -1), [tail[0], Math.max(tail[1], last)]];
  const before = ranges.filter((range) => range[1] + 1 < first);
  const after = ranges.filter((range) => range[0] > last + 1);
  const touched = ranges.slice(before.length, ranges.length - after.length);
  const merged: SeqRange = [Math.min(first, touched[0]?.[0] ?? first), Math.max(last, touched.at(-1)?.[1] ?? last)];
  return [...before, merged, ...after];
}

/** What of `whole` is not in `ranges`, in ascending order. */
export function missingIn(whole: SeqRange, ranges: SeqRanges): SeqRanges {
  const missing: SeqRange[] = [];
  let next = whole[0];
  for (const [first, last] of ranges) {
    if (last < next) continue;
    if (first > whole[1]) break;
    if (first > next) missing.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= whole[1]) missing.push([next, whole[1]]);
  return missing;
}

/** What of `ranges` lies within `whole`. */
export function within(whole: SeqRange, ranges: SeqRanges): SeqRanges {
  return ranges.flatMap(([first, last]): SeqRange[] => {
    const cut: SeqRange = [Math.max(first, whole[0]), Math.min(last, whole[1])];
    return cut[0] <= cut[1] ? [cut] : [];
  });
}

/** What of `ranges` lies above `seq`. */
export function above(seq: number, ranges: SeqRanges): SeqRanges {
  return within([seq + 1, Number.MAX_SAFE_INTEGER], ranges);
}

export function holds(ranges: SeqRanges, seq: number): boolean {
  return ranges.some(([first, last]) => first <= seq && seq <= last);
}

export function countOf(ranges: SeqRanges): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}
