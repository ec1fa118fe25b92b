import { useEffect, useState } from 'preact/hooks';
import { ControlPanel } from '../control/control-panel.tsx';
import { attention, freshness } from '../fleet/attention.ts';
import { RunChip, SeverityMark } from '../fleet/marks.tsx';
import { formatAge } from '../format/instant.ts';
import { formatLevel } from '../format/level.ts';
import { hashOf } from '../shell/route.ts';
import { TimeText } from '../shell/time-text.tsx';
import { useHub, useHubState, useNowMs } from '../shell/use-hub.ts';
import { CoverageLine } from './coverage-line.tsx';
import { levelRows, weightingOf } from './level-rows.ts';
import { LiveChart } from './live-chart.tsx';
import { UnitFacts } from './unit-facts.tsx';

const WINDOWS = [
  { minutes: 10, label: '10 min' },
  { minutes: 60, label: '60 min' },
] as const;

/** One unit: what it hears now and heard during the last hour, what its measurement says, what it is. */
export function UnitPage({ unit }: { readonly unit: string }) {
  const hub = useHub();
  const state = useHubState();
  const nowMs = useNowMs();
  const [minutes, setMinutes] = useState<number>(10);
  const view = state.fleet.get(unit);
  const isKnown = view !== undefined;

  useEffect(() => {
    if (isKnown) void hub.backfill(unit, minutes * 60_000);
  }, [hub, unit, minutes, isKnown]);

  if (view === undefined)
    return state.isLoaded ? (
      <section class="panel">
        <h1>No unit {unit}</h1>
        <p>
          It does not exist, or it is not yours to see. <a href={hashOf({ name: 'fleet' })}>Back to the fleet</a>
        </p>
      </section>
    ) : (
      <p class="hint">Reading {unit}…</p>
    );

  const frame = view.frame;
  const info = view.overview.info;
  const judged = attention(view, nowMs);
  const fresh = freshness(view, nowMs);
  const isOld = fresh === null || fresh.isStale;
  return (
    <>
      <div class="page-head">
        <p class="crumbs">
          <a href={hashOf({ name: 'fleet' })}>Fleet</a>
        </p>
        <h1>{unit}</h1>
        <a class="room-link" href={hashOf({ name: 'history', unit, query: '' })}>
          History
        </a>
        <RunChip view={view} />
        {frame?.over === true && <span class="chip alarm">Overload</span>}
        {frame?.under === true && <span class="chip warn">Under range</span>}
      </div>
      <p class={`say wide ${judged.severity}`}>
        <SeverityMark severity={judged.severity} />
        <span>
          <strong>{judged.label}.</strong> {judged.sentence}
          {view.linkSince !== null && view.edgeOnline && view.link !== 'ok' && (
            <>
              {' '}
              Since <TimeText at={view.linkSince} full />.
            </>
          )}
        </span>
      </p>

      <section class="panel" aria-labelledby="live-head">
        <div class="panel-head">
          <h2 id="live-head">Live level</h2>
          <span class="top-space" />
          <fieldset class="switch">
            <legend class="unseen">Length of the chart</legend>
            {WINDOWS.map((one) => (
              <label key={one.minutes} class={one.minutes === minutes ? 'chosen' : ''}>
                <input
                  type="radio"
                  name="window"
                  class="unseen"
                  checked={one.minutes === minutes}
                  onChange={() => setMinutes(one.minutes)}
                />
                {one.label}
              </label>
            ))}
          </fieldset>
        </div>
        <div class={`now ${isOld ? 'old' : ''}`}>
          <p class="big" data-level="lp">
            {formatLevel(frame?.lp)}
            <span class="unit-of">dB</span>
            <span class="caption">
              L<sub>{weightingOf(info) || 'p'}</sub>, now
            </span>
          </p>
          <p class="big second" data-level="interval-leq">
            {formatLevel(frame?.interval?.leq)}
            <span class="unit-of">dB</span>
            <span class="caption">
              L<sub>eq</sub> of the last{' '}
              {frame?.interval === null || frame === null ? 'interval' : `${formatLevel(frame.interval.s)} s`}
              {frame?.interval?.basis === 'lp' && ', estimated from Lp'}
            </span>
          </p>
          <p class="when">
            {frame === null ? (
              'no frame yet'
            ) : (
              <>
                <TimeText at={frame.at} full />
                {isOld && <span class="late"> · {formatAge(fresh?.ageMs ?? 0)} old</span>}
              </>
            )}
          </p>
        </div>
        <LiveChart series={view.series} windowMs={minutes * 60_000} nowMs={nowMs} />
        <p class="chart-foot">
          {state.backfilling.has(unit) ? <span>Reading the history…</span> : <span>{view.series.length} frames</span>}
          {view.missed > 0 && (
            <span class="missed">{view.missed} live frames skipped because this page was slow; the history has them</span>
          )}
        </p>
      </section>

      <div class="two">
        <section class="panel" aria-labelledby="levels-head">
          <h2 id="levels-head">Since the start of the measurement</h2>
          <p class="hint">
            {view.overview.state?.run_since === undefined || view.overview.state.run_since === null ? (
              'The start is not known.'
            ) : (
              <>
                Started <TimeText at={view.overview.state.run_since} full />
              </>
            )}
          </p>
          <table class="levels">
            <tbody>
              {frame !== null &&
                levelRows(frame, info).map((row) => (
                  <tr key={`${row.symbol}${row.index}`}>
                    <th scope="row">
                      {row.symbol}
                      <sub>{row.index}</sub>
                    </th>
                    <td class="meaning">{row.meaning}</td>
                    <td class="value">
                      {formatLevel(row.levelDb)} <span class="unit-of">dB</span>
                    </td>
                  </tr>
                ))}
            </tbody>
          </table>
        </section>
        <div>
          <ControlPanel view={view} />
          <UnitFacts view={view} />
        </div>
      </div>
      <CoverageLine view={view} report={state.coverage.get(unit) ?? null} nowMs={nowMs} />
    </>
  );
}
