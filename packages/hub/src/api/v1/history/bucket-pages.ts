import type { Answer, History, Question } from '../../../history/history.ts';
import { bucketBounds, type LevelName, levelNamed } from '../../../history/levels/rollup-levels.ts';
import type { Span } from '../../../history/time/spans.ts';

const DAY_MS = 86_400_000;

/** The buckets of a range in order, some `size` at a time, each once. */
export async function* bucketPages(
  history: History,
  question: Question,
  { startMs, endMs }: Span,
  resolution: LevelName,
  size: number,
): AsyncGenerator<readonly Answer[]> {
  const level = levelNamed(resolution);
  const pageMs = (level.widthMs ?? DAY_MS) * size;
  for (let fromMs = startMs; fromMs < endMs;) {
    // Pages end at bounds of buckets, so that no bucket is told twice.
    const toMs = bucketBounds(fromMs, Math.min(endMs, fromMs + pageMs), level, question.zone).at(-1) ?? endMs;
    yield (await history.levels(question, fromMs, toMs, resolution)).buckets;
    fromMs = toMs;
  }
}
