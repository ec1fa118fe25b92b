/**
 * Carries cover plans out in two pure halves, between which a store reads: `planGather` says what must be read, `assemble` makes rollups of it.
 * Neighbours: cover-plan.ts cuts; adapters read; history-store.ts is the question.
 */
import { type CoverPiece, coverPlan } from './cover-plan.ts';
import type { StretchSet } from '../levels/stretch-set.ts';
import { HistogramSum } from '../levels/histogram.ts';
import { type LevelName, STORED_LEVELS, type StoredLevel } from '../levels/rollup-levels.ts';
import { mergeAll, type Rollup } from '../levels/rollup.ts';
import { rollupsOf } from '../levels/rollup-of.ts';
import { type Span, unionOf } from '../time/spans.ts';

/** A stored bucket. */
export interface StoredRollup {
  readonly startMs: number;
  readonly rollup: Rollup;
}

export interface GatherPlan {
  /** For each wanted rollup the pieces that make it up. */
  readonly pieces: readonly (readonly CoverPiece[])[];
  /** Every stored level that is needed, with the spans to read. */
  readonly levels: readonly { readonly level: LevelName; readonly spans: readonly Span[] }[];
  /** Spans for which all readings that reach into them are needed. */
  readonly readings: readonly Span[];
}

/** Each of `wanted` is one rollup over some spans. `stale` (a result of `unionOf`): where stored rollups are behind. `stored`: the levels that may be used. */
export function planGather(
  wanted: readonly (readonly Span[])[],
  stale: readonly Span[],
  stored: readonly StoredLevel[] = STORED_LEVELS,
): GatherPlan {
  const pieces = wanted.map((spans) => spans.flatMap((span) => coverPlan(span, stale, stored)));
  const byOrigin = new Map<CoverPiece['from'], Span[]>();
  for (const piece of pieces.flat()) {
    const spans = byOrigin.get(piece.from);
    if (spans === undefined) byOrigin.set(piece.from, [piece]);
    else spans.push(piece);
  }
  const readings = unionOf(byOrigin.get('readings') ?? []);
  byOrigin.delete('readings');
  const levels = [...byOrigin].flatMap(([level, spans]) => (level === 'readings' ? [] : [{ level, spans: unionOf(spans) }]));
  return { pieces, levels, readings };
}

/** What a store read for a plan. */
export interface Gathered {
  /** Buckets in ascending order. */
  readonly rollups: ReadonlyMap<LevelName, readonly StoredRollup[]>;
  readonly stretches: StretchSet;
}

/** One rollup for each that was wanted, in the same order; `null` where nothing is stored. */
export function assemble(plan: GatherPlan, { rollups, stretches }: Gathered): (Rollup | null)[] {
  const scratch = new HistogramSum();
  const parts = new Map<CoverPiece['from'], readonly StoredRollup[]>([...rollups, ['readings', fromReadings(plan, stretches)]]);
  return plan.pieces.map((pieces) => {
    const found = pieces.flatMap((piece) => within(parts.get(piece.from) ?? [], piece));
    // A bucket that is stored as it is wanted needs no merging, and its histogram stays the bytes that it is.
    return found.length > 1 ? mergeAll(found, scratch) : (found[0] ?? null);
  });
}

/** Rollups of the stretches between any two neighbouring bounds of pieces. */
function fromReadings(plan: GatherPlan, { stretches, silent }: StretchSet): StoredRollup[] {
  const edges = new Set<number>();
  for (const pieces of plan.pieces)
    for (const piece of pieces) if (piece.from === 'readings') edges.add(piece.startMs).add(piece.endMs);
  const bounds = [...edges].toSorted((a, b) => a - b);
  return rollupsOf(stretches, bounds, silent).flatMap((rollup, index) =>
    rollup === null ? [] : [{ startMs: bounds[index] ?? 0, rollup }],
  );
}

/** Those that begin in the span; they are sorted by their start. */
function within(sorted: readonly StoredRollup[], span: Span): Rollup[] {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.startMs ?? 0) < span.startMs) low = middle + 1;
    else high = middle;
  }
  const found: Rollup[] = [];
  for (let index = low; index < sorted.length; index += 1) {
    const one = sorted[index];
    if (one === undefined || one.startMs >= span.endMs) break;
    found.push(one.rollup);
  }
  return found;
}
