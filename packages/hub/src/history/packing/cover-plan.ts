/**
 * Which stored rollups, and which readings, together make up a span exactly. Neighbours: rollup-levels.ts names the levels, gather.ts carries a plan out.
 */
import { type LevelName, STORED_LEVELS, type StoredLevel } from '../levels/rollup-levels.ts';
import { type Span, unionOf, without } from '../time/spans.ts';

/** A part of a span and where its rollup comes from: a whole number of buckets of a stored level, or the readings. */
export interface CoverPiece extends Span {
  readonly from: LevelName | 'readings';
}

/**
 * Cuts `span` into as few, as coarse pieces as its bounds allow: hours in the middle, quarter-hours and minutes towards the ends, readings where a bound cuts a minute.
 * `stale` spans (a result of `unionOf`) have rollups that are not up to date; what they touch is made of readings. `levels`: the stored ones that may be used, finest first.
 */
export function coverPlan(span: Span, stale: readonly Span[], levels: readonly StoredLevel[] = STORED_LEVELS): CoverPiece[] {
  return cut(span, levels.length, levels, stale).toSorted((a, b) => a.startMs - b.startMs);
}

/** Cuts along the first `count` levels, the coarsest of them first. */
function cut(span: Span, count: number, levels: readonly StoredLevel[], stale: readonly Span[]): CoverPiece[] {
  if (span.startMs >= span.endMs) return [];
  const level = levels[count - 1];
  if (level === undefined) return [{ ...span, from: 'readings' }];
  const { widthMs } = level;
  const further = (part: Span): CoverPiece[] => cut(part, count - 1, levels, stale);
  const startMs = Math.ceil(span.startMs / widthMs) * widthMs;
  const endMs = Math.floor(span.endMs / widthMs) * widthMs;
  if (startMs >= endMs) return further(span);
  const body = { startMs, endMs };
  const touched = unionOf(stale.flatMap((one) => within(body, one, widthMs)));
  return [
    ...without(body, touched).map((piece) => ({ ...piece, from: level.name })),
    ...touched.flatMap(further),
    ...further({ startMs: span.startMs, endMs: startMs }),
    ...further({ startMs: endMs, endMs: span.endMs }),
  ];
}

/** The buckets of `body` that `stale` touches. */
function within(body: Span, stale: Span, widthMs: number): Span[] {
  const startMs = Math.max(body.startMs, Math.floor(stale.startMs / widthMs) * widthMs);
  const endMs = Math.min(body.endMs, Math.ceil(stale.endMs / widthMs) * widthMs);
  return startMs < endMs ? [{ startMs, endMs }] : [];
}
