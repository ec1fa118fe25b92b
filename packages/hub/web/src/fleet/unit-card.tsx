import { formatAge } from '../format/instant.ts';
import { formatLevel, formatShare } from '../format/level.ts';
import { hashOf } from '../shell/route.ts';
import { TimeText } from '../shell/time-text.tsx';
import { weightingOf } from '../unit/level-rows.ts';
import { type Attention, freshness } from './attention.ts';
import type { UnitView } from './fleet-model.ts';
import { RunChip, SeverityMark } from './marks.tsx';
import { sparklinePaths } from './sparkline.ts';

const TREND_MS = 5 * 60_000;
const BOX = { width: 160, height: 44 };

/** One unit of the fleet: the present level, how it got there, and whether anybody can rely on it. */
export function UnitCard({
  view,
  attention,
  nowMs,
}: {
  readonly view: UnitView;
  readonly attention: Attention;
  readonly nowMs: number;
}) {
  const fresh = freshness(view, nowMs);
  const isOld = fresh === null || fresh.isStale;
  const coverage = view.overview.coverage_today;
  return (
    <li class={`card ${attention.severity}`} data-unit={view.unit}>
      <div class="card-head">
        <h2>
          <a href={hashOf({ name: 'unit', unit: view.unit })}>{view.unit}</a>
        </h2>
        <RunChip view={view} />
        {view.frame?.over === true && <span class="chip alarm">Overload</span>}
        {view.frame?.under === true && <span class="chip warn">Under range</span>}
      </div>
      <div class={`card-level ${isOld ? 'old' : ''}`}>
        <p class="big" data-level="lp">
          {formatLevel(view.frame?.lp)}
          <span class="unit-of">
            dB{' '}
            <span class="weighting">
              L<sub>{weightingOf(view.overview.info) || 'p'}</sub>
            </span>
          </span>
        </p>
        <Trend view={view} nowMs={nowMs} />
      </div>
      <dl class="small-levels">
        <div>
          <dt>
            L<sub>eq</sub>
          </dt>
          <dd>{formatLevel(view.frame?.leq)}</dd>
        </div>
        <div>
          <dt>
            L<sub>max</sub>
          </dt>
          <dd>{formatLevel(view.frame?.lmax)}</dd>
        </div>
        <div>
          <dt>Frame</dt>
          <dd class={isOld ? 'late' : ''}>
            {view.frame === null ? '–' : isOld ? <>{formatAge(fresh?.ageMs ?? 0)} old</> : <TimeText at={view.frame.at} />}
          </dd>
        </div>
        <div>
          <dt>Today</dt>
          <dd
            title={coverage === null ? undefined : `${coverage.live} live, ${coverage.late} late, ${coverage.lost} lost frames`}
          >
            {formatShare(coverage?.coverage ?? null)}
          </dd>
        </div>
      </dl>
      <p class={`say ${attention.severity}`}>
        <SeverityMark severity={attention.severity} />
        <span>
          <strong>{attention.label}.</strong> {attention.sentence}
        </span>
      </p>
      {view.missed > 0 && <p class="card-foot missed">{view.missed} frames skipped on this page</p>}
    </li>
  );
}

function Trend({ view, nowMs }: { readonly view: UnitView; readonly nowMs: number }) {
  const paths = sparklinePaths(view.series, { fromMs: nowMs - TREND_MS, toMs: nowMs, ...BOX });
  return (
    <svg
      class="trend"
      viewBox={`0 0 ${BOX.width} ${BOX.height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label="Level of the last five minutes"
    >
      {paths?.map((path, index) => (
        <path key={index} d={path} />
      ))}
    </svg>
  );
}
