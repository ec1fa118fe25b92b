/**
 * From stretches to buckets. A stretch that lies in several buckets shares its energy and time among them in proportion to time, as its level is the mean of all of it;
 * its extremes and its count belong to the bucket in which its own time lies, because that is the time they carry: a frame's is the end of what it measured, so a bucket's
 * end belongs to it; an imported row's is its start. So the merge of two neighbouring buckets is what one bucket over both would have been.
 * Neighbours: stretch.ts and pieces.ts deliver, rollup.ts is the value.
 */
import { energyOf } from '@slmm/shared';
import { basisBit } from './basis.ts';
import { classOf, HistogramSum } from './histogram.ts';
import { type Piece, piecesOf, shareMs } from './pieces.ts';
import { EMPTY_ROLLUP, type Extreme, higher, lower, type Rollup } from './rollup.ts';
import type { Stretch } from './stretch.ts';

/** Readings that are nothing but counted: their ends. */
export interface Counted {
  readonly atMs: number;
}

/**
 * Rollups of the buckets `[bounds[i], bounds[i + 1])`; `null` where nothing lies. Stretches may come in any order and reach beyond the bounds.
 * Where they overlap, time counts once (pieces.ts).
 */
export function rollupsOf(
  stretches: readonly Stretch[],
  bounds: readonly number[],
  silent: readonly Counted[] = [],
): (Rollup | null)[] {
  const buckets: (Sum | undefined)[] = Array.from({ length: Math.max(0, bounds.length - 1) });
  const scratch = new HistogramSum();
  const sumAt = (index: number): Sum => (buckets[index] ??= new Sum());
  for (const piece of piecesOf(stretches)) addPiece(piece, bounds, sumAt);
  for (const { atMs } of silent) {
    const index = bucketOfEnd(atMs, bounds);
    if (index !== null) sumAt(index).rollup.count += 1;
  }
  return buckets.map((sum) => sum?.done(scratch) ?? null);
}

function addPiece(piece: Piece, bounds: readonly number[], sumAt: (index: number) => Sum): void {
  const { stretch } = piece;
  for (let index = Math.max(0, bucketOfStart(piece.startMs, bounds)); index < bounds.length - 1; index += 1) {
    const startMs = Math.max(piece.startMs, bounds[index] ?? 0);
    const endMs = Math.min(piece.endMs, bounds[index + 1] ?? 0);
    if ((bounds[index] ?? 0) >= piece.endMs) break;
    if (endMs > startMs) sumAt(index).add(stretch, startMs, endMs);
  }
  const index = bucketOfTime(piece, bounds);
  if (index !== null) sumAt(index).addExtremes(stretch);
}

/** Index of the bucket that contains `atMs`; -1 before the first. */
function bucketOfStart(atMs: number, bounds: readonly number[]): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bounds[middle] ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Index of the bucket in which the reading's own time lies; `null` where that part of it counts for another reading. */
function bucketOfTime({ stretch, startMs, endMs }: Piece, bounds: readonly number[]): number | null {
  if (stretch.atMs === stretch.endMs) return endMs === stretch.endMs ? bucketOfEnd(endMs, bounds) : null;
  if (startMs !== stretch.startMs) return null;
  const index = bucketOfStart(startMs, bounds);
  return index >= 0 && index < bounds.length - 1 ? index : null;
}

/** Index of the bucket in which something ends that ends at `atMs`: a bucket's end belongs to it, its start does not. */
function bucketOfEnd(atMs: number, bounds: readonly number[]): number | null {
  const first = bounds[0];
  const last = bounds.at(-1);
  if (first === undefined || last === undefined || atMs <= first || atMs > last) return null;
  const index = bucketOfStart(atMs, bounds);
  return bounds[index] === atMs ? index - 1 : index;
}

class Sum {
  readonly rollup: { -readonly [Key in keyof Rollup]: Rollup[Key] } = { ...EMPTY_ROLLUP };
  readonly #classes: number[] = [];
  readonly #ms: number[] = [];

  add(stretch: Stretch, startMs: number, endMs: number): void {
    const measuredMs = shareMs(stretch.measuredMs, stretch, startMs, endMs);
    const energy = (energyOf(stretch.leqDb) * measuredMs) / 1000;
    const { rollup } = this;
    rollup.bases |= basisBit(stretch.basis);
    rollup.missingMs += endMs - startMs - measuredMs;
    if (stretch.over) {
      rollup.overEnergy += energy;
      rollup.overMs += measuredMs;
      return;
    }
    rollup.energy += energy;
    rollup.validMs += measuredMs;
    rollup.underMs += shareMs(Math.min(stretch.underMs, stretch.measuredMs), stretch, startMs, endMs);
    this.#classes.push(classOf(stretch.leqDb));
    this.#ms.push(measuredMs);
  }

  addExtremes(stretch: Stretch): void {
    const { rollup } = this;
    const extreme = (levelDb: number | null): Extreme | null => (levelDb === null ? null : { levelDb, atMs: stretch.atMs });
    rollup.count += 1;
    if (stretch.over) {
      rollup.overLmax = higher(rollup.overLmax, extreme(stretch.lmaxDb));
      rollup.overLpeak = higher(rollup.overLpeak, extreme(stretch.lpeakDb));
      return;
    }
    rollup.lmax = higher(rollup.lmax, extreme(stretch.lmaxDb));
    rollup.lmin = lower(rollup.lmin, extreme(stretch.lminDb));
    rollup.lpeak = higher(rollup.lpeak, extreme(stretch.lpeakDb));
  }

  done(scratch: HistogramSum): Rollup {
    for (const [index, levelClass] of this.#classes.entries()) scratch.add(levelClass, this.#ms[index] ?? 0);
    return { ...this.rollup, histogram: scratch.take() };
  }
}
