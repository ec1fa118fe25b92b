/** Arithmetic of half-open spans of time. Neighbours: masks are spans that are taken out, cover-plan.ts cuts spans along levels. */

export interface Span {
  readonly startMs: number;
  /** Exclusive. */
  readonly endMs: number;
}

/** Sorted, without overlaps, touching ones joined; empty ones gone. */
export function unionOf(spans: readonly Span[]): Span[] {
  const joined: { startMs: number; endMs: number }[] = [];
  for (const { startMs, endMs } of spans.filter((span) => span.endMs > span.startMs).toSorted((a, b) => a.startMs - b.startMs)) {
    const last = joined.at(-1);
    if (last !== undefined && startMs <= last.endMs) last.endMs = Math.max(last.endMs, endMs);
    else joined.push({ startMs, endMs });
  }
  return joined;
}

/** What is left of `span` without `removed`, which must be a result of `unionOf`. */
export function without(span: Span, removed: readonly Span[]): Span[] {
  const left: Span[] = [];
  let { startMs } = span;
  for (const hole of removed) {
    if (hole.endMs <= startMs) continue;
    if (hole.startMs >= span.endMs) break;
    if (hole.startMs > startMs) left.push({ startMs, endMs: hole.startMs });
    startMs = hole.endMs;
  }
  if (startMs < span.endMs) left.push({ startMs, endMs: span.endMs });
  return left;
}

/** How much of `span` lies in `spans`, which must be a result of `unionOf`. */
export function overlapMs(span: Span, spans: readonly Span[]): number {
  return spans.reduce((sum, one) => sum + Math.max(0, Math.min(one.endMs, span.endMs) - Math.max(one.startMs, span.startMs)), 0);
}
