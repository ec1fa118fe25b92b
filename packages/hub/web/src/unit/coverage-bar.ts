import type { CoverageGap, CoverageReport, GapCause } from '@slmm/protocol/live';

/** One mark on the bar of a day, in parts of its width (0..1). */
export interface CoverageMark {
  readonly left: number;
  readonly width: number;
  readonly gap: CoverageGap;
  readonly kind: GapKind;
}

/** Narrowest mark that can still be seen. */
const LEAST_WIDTH = 0.004;

/** `coming`: frames that exist and are on their way. `idle`: nobody wanted frames, or the clock was set. `lost`: everything else. */
export type GapKind = 'coming' | 'idle' | 'lost';

/** The causes of the hub's ledger in words for people. */
const CAUSES: Readonly<Record<GapCause, readonly [kind: GapKind, text: string]>> = {
  pending: ['coming', 'still to come from the edge'],
  standby: ['idle', 'the edge stood by'],
  disabled: ['idle', 'control was switched off'],
  stopped: ['idle', 'no measurement was running'],
  clock: ['idle', 'the clock of the edge was set'],
  'link-refused': ['lost', 'the meter refused the connection'],
  'link-timeout': ['lost', 'the meter did not answer'],
  'link-garbled': ['lost', 'the meter’s answers were garbled'],
  'link-asleep': ['lost', 'the meter slept'],
  'link-wedged': ['lost', 'the meter’s control port was stuck'],
  'no-frames': ['lost', 'the edge was not running'],
  'journal-full': ['lost', 'the edge’s journal was full'],
  'journal-age': ['lost', 'too old for the edge’s journal'],
  corrupt: ['lost', 'damaged on the edge’s disk'],
  disk: ['lost', 'the edge’s disk could not take them'],
  trimmed: ['lost', 'deleted on the edge after the hub had them'],
  poison: ['lost', 'could not be read by the hub'],
};

/** A hub that is newer than this page may know further causes: they are shown as it says them. */
const causeOf = (cause: string): readonly [kind: GapKind, text: string] =>
  Object.hasOwn(CAUSES, cause) ? CAUSES[cause as GapCause] : ['lost', cause];
export const gapText = (cause: string): string => causeOf(cause)[1];

/** Where frames were expected until now, on a bar from `fromMs` to `toMs`, as `[left, width]` in parts of its width. */
export function expectedSpan(
  report: CoverageReport | null,
  fromMs: number,
  toMs: number,
  nowMs: number,
): readonly [number, number] {
  if (report?.expected_from == null || toMs <= fromMs) return [0, 0];
  const part = (atMs: number): number => Math.min(1, Math.max(0, (atMs - fromMs) / (toMs - fromMs)));
  const left = Math.min(part(Date.parse(report.expected_from)), 1 - LEAST_WIDTH);
  return [left, Math.max(LEAST_WIDTH, part(nowMs) - left)];
}

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
    return [{ left, width, gap, kind: causeOf(gap.cause)[0] }];
  });
}
