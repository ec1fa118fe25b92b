/**
 * Makes sure that time counts once. Where stretches of one unit overlap (two agents, an imported series beside measured frames), time belongs to the better basis
 * (drd, lp, import), and of equals to the one that ends first. Neighbours: rollup-of.ts and cells.ts add pieces up.
 */
import { BASES } from './basis.ts';
import type { Stretch } from './stretch.ts';

/** Some part of a stretch that counts. */
export interface Piece {
  readonly stretch: Stretch;
  readonly startMs: number;
  readonly endMs: number;
}

/** The share of `totalMs` of a stretch that falls between two instants. Rounded from the stretch's start on, so that the shares of all its parts add up exactly. */
export function shareMs(totalMs: number, stretch: Stretch, startMs: number, endMs: number): number {
  const lengthMs = stretch.endMs - stretch.startMs;
  // What was measured throughout is shared as it lies.
  if (totalMs === lengthMs) return endMs - startMs;
  const before = Math.round((totalMs * (startMs - stretch.startMs)) / lengthMs);
  return Math.round((totalMs * (endMs - stretch.startMs)) / lengthMs) - before;
}

/** Cuts stretches so that no instant is in two of them. Oldest first. */
export function piecesOf(stretches: readonly Stretch[]): Piece[] {
  const sorted = stretches.toSorted(
    (a, b) => a.endMs - b.endMs || a.startMs - b.startMs || rank(a) - rank(b) || a.leqDb - b.leqDb,
  );
  const isOfOneBasis = sorted.every((stretch) => stretch.basis === sorted[0]?.basis);
  const pieces: Piece[] = [];
  let [lastStartMs, lastEndMs] = [-Infinity, -Infinity];
  for (const stretch of sorted) {
    const { startMs, endMs } = stretch;
    // Of equal basis and begun no earlier than the one before: what is free of it lies behind that one. So it is with the frames of one meter, whose times jitter.
    if (startMs < lastEndMs && (startMs < lastStartMs || !isOfOneBasis)) return cutOverlaps(sorted);
    if (endMs > lastEndMs) pieces.push({ stretch, startMs: Math.max(startMs, lastEndMs), endMs });
    [lastStartMs, lastEndMs] = [startMs, endMs];
  }
  return pieces;
}

function rank(stretch: Stretch): number {
  return BASES.indexOf(stretch.basis);
}

/** Takes stretches best first and gives each what is still free. `taken` is kept sorted and without overlaps, so a search finds the neighbours. */
function cutOverlaps(sorted: readonly Stretch[]): Piece[] {
  const taken: Piece[] = [];
  for (const stretch of sorted.toSorted((a, b) => rank(a) - rank(b))) {
    let place = firstEndingAfter(taken, stretch.startMs);
    let freeFromMs = stretch.startMs;
    const found: Piece[] = [];
    const firstPlace = place;
    while (freeFromMs < stretch.endMs) {
      const next = taken[place];
      const freeToMs = Math.min(stretch.endMs, next?.startMs ?? Infinity);
      if (freeToMs > freeFromMs) found.push({ stretch, startMs: freeFromMs, endMs: freeToMs });
      if (next === undefined) break;
      freeFromMs = next.endMs;
      place += 1;
    }
    if (found.length === 0) continue;
    const between = taken.slice(firstPlace, place).filter((piece) => piece.startMs < stretch.endMs);
    const merged = [...between, ...found].toSorted((a, b) => a.startMs - b.startMs);
    taken.splice(firstPlace, between.length, ...merged);
  }
  return taken;
}

function firstEndingAfter(pieces: readonly Piece[], atMs: number): number {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((pieces[middle]?.endMs ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
