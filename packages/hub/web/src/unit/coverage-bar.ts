import type { CoverageGap } from '@slmm/protocol/live';

/** One mark on the bar of a day, in parts of its width (0..1). */
export interface CoverageMark {
  readonly left: number;
  readonly width: number;
  readonly gap: CoverageGap;
  readonly isLost: boolean;
}

/** Narrowest mark that can still be seen. */
const LEAST_WIDTH = 0.004;

/** Causes for which frames may still come; every other cause means that they are lost. */
const STILL_COMING: ReadonlySet<string> = new Set(['pending', 'open', 'missing', 'backfill', 'edge-offline', 'not-yet']);

/** Where gaps stand on a bar from `fromMs` to `toMs`. A gap too short to see is drawn as wide as can be seen, inside the bar. */
export function coverageMarks(gaps: readonly CoverageGap[], fromMs: number, toMs: number): readonly CoverageMark[] {
  const span = toMs - fromMs;
  if (span <= 0) return [];
  return gaps.flatMap((gap) => {
    const start = Math.max(Date.parse(gap.from), fromMs);
    const end = Math.min(Date.parse(gap.to), toMs);
    if (Number.isNaN(start) || Number.isNaN(end) || end <= start) return [];
    const width = Math.min(1, Math.max(LEAST_WIDTH, (end - start) / span));
    const left = Math.min((start - fromMs) / span, 1 - width);
    return [{ left, width, gap, isLost: !STILL_COMING.has(gap.cause) }];
  });
}
