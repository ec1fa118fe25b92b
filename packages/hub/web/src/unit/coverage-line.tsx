import type { CoverageReport } from '@slmm/protocol/live';
import type { UnitView } from '../fleet/fleet-model.ts';
import { endOfDayMs, localMinute, startOfDayMs } from '../format/instant.ts';
import { formatShare } from '../format/level.ts';
import { TimeText } from '../shell/time-text.tsx';
import { coverageMarks, expectedSpan, gapText } from './coverage-bar.ts';

/** More gaps than a person reads; the bar shows them all. */
const MOST_LISTED = 8;

/** The day of the unit's own zone, and what of it is missing. */
export function CoverageLine({
  view,
  report,
  nowMs,
}: {
  readonly view: UnitView;
  readonly report: CoverageReport | null;
  readonly nowMs: number;
}) {
  const zone = view.overview.timezone;
  const fromMs = startOfDayMs(nowMs, zone);
  const toMs = endOfDayMs(nowMs, zone);
  const marks = coverageMarks(report?.gaps ?? [], fromMs, toMs);
  const [left, width] = expectedSpan(report, fromMs, toMs, nowMs);
  return (
    <section class="panel" aria-labelledby="coverage-head">
      <div class="panel-head">
        <h2 id="coverage-head">Today</h2>
        <span class="top-space" />
        <p class="hint">
          {report === null
            ? 'not known yet'
            : `${formatShare(report.coverage)} coverage · ${report.live} live, ${report.late} late, ${report.lost} lost frames`}
        </p>
      </div>
      <svg
        class="coverage"
        viewBox="0 0 1000 18"
        preserveAspectRatio="none"
        role="img"
        aria-label={`Coverage today: ${formatShare(report?.coverage ?? null)}`}
      >
        <rect class="day" width="1000" height="18" />
        <rect class="passed" x={left * 1000} width={width * 1000} height="18" />
        {marks.map((mark) => (
          <rect key={mark.gap.from} class={mark.kind} x={mark.left * 1000} width={mark.width * 1000} height="18">
            <title>{`${mark.gap.frames} frames: ${gapText(mark.gap.cause)}`}</title>
          </rect>
        ))}
      </svg>
      <p class="coverage-ends">
        <span>{localMinute(fromMs, zone)}</span>
        <span>times in {zone}</span>
        <span>{localMinute(toMs, zone)}</span>
      </p>
      {report !== null && report.gaps.length > 0 && (
        <ul class="gaps">
          {report.gaps.slice(-MOST_LISTED).map((gap) => (
            <li key={gap.from}>
              <TimeText at={gap.from} zone={zone} /> to <TimeText at={gap.to} zone={zone} />: {gap.frames}{' '}
              {gap.frames === 1 ? 'frame' : 'frames'}, {gapText(gap.cause)}
            </li>
          ))}
          {report.gaps.length > MOST_LISTED && <li>and {report.gaps.length - MOST_LISTED} earlier gaps</li>}
        </ul>
      )}
    </section>
  );
}
