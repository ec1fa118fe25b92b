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
  const upTo = (atMs: number): number => Math.round((totalMs * (atMs - stretch.startMs)) / lengthMs);
  return upTo(endMs) - upTo(startMs);
}

/** Cuts stretches so that no instant is in two of them. Oldest first. */
export function piecesOf(stretches: readonly Stretch[]): Piece[] {
  const sorted = stretches.toSorted(
    (a, b) => a.endMs - b.endMs || a.startMs - b.startMs || rank(a) - rank(b) || a.leqDb - b.leqDb,
  );
  const whole: Piece[] = [];
  let lastEndMs = -Infinity;
  for (const stretch of sorted) {
    if (stretch.startMs < lastEndMs) return cutOverlaps(sorted);
    whole.push({ stretch, startMs: stretch.startMs, endMs: stretch.endMs });
    lastEndMs = stretch.endMs;
  }
  return whole;
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
