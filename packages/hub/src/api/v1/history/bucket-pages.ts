import type { Answer, History, Question } from '../../../history/history.ts';
import { bucketBounds, type ResolutionName, widthMsOf } from '../../../history/levels/resolution.ts';
import type { Span } from '../../../history/time/spans.ts';

/** The buckets of a range in order, some `size` at a time, each once. */
export async function* bucketPages(
  history: History,
  question: Question,
  { startMs, endMs }: Span,
  resolution: ResolutionName,
  size: number,
): AsyncGenerator<readonly Answer[]> {
  const pageMs = widthMsOf(resolution) * size;
  for (let fromMs = startMs; fromMs < endMs;) {
    // Pages end at bounds of buckets, so that no bucket is told twice.
    const toMs = bucketBounds(fromMs, Math.min(endMs, fromMs + pageMs), resolution, question.zone).at(-1) ?? endMs;
    yield (await history.levels(question, fromMs, toMs, resolution)).buckets;
    fromMs = toMs;
  }
}
