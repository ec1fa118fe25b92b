import type { CoverageReport } from '@slmm/protocol/live';
import { useEffect, useState } from 'preact/hooks';
import { readCoverage } from '../api/hub-api.ts';
import { formatShare } from '../format/level.ts';
import { hashOf } from '../shell/route.ts';
import { useHub, useHubState, useNowMs } from '../shell/use-hub.ts';
import { gapText } from '../unit/coverage-bar.ts';
import { shadesOf } from './bucket-columns.ts';
import { ChecksPanel } from './checks-panel.tsx';
import { ExportPanel } from './export-panel.tsx';
import { FiguresPanel } from './figures-panel.tsx';
import { type Question, readLevels, readMasks, readZone } from './history-api.ts';
import { LevelChart, type Selection } from './level-chart.tsx';
import { MasksPanel } from './masks-panel.tsx';
import { PeriodsPanel } from './periods-panel.tsx';
import { RangeBar } from './range-bar.tsx';
import { boundsOf, datesOf, everyDate, titleOf } from './span.ts';
import { useAnswer } from './use-answer.ts';
import { type HistoryView, readView, writeView } from './view.ts';
import { lengthText, resolutionText } from './words.ts';
import { localDate } from './zone-clock.ts';
import { cursorTime } from './zone-labels.ts';

/** More points than a screen has pixels say no more. */
const POINTS = 1_500;
const ASK_EVERY_MS = 15_000;
/** The ledger of gaps answers for 400 days at most. */
const MOST_LEDGER_MS = 400 * 86_400_000;
const MOST_GAPS = 12;

/** A unit's past: any stretch of days, its levels and periods, what is missing of it, and what is left out. */
export function HistoryPage({ unit, query }: { readonly unit: string; readonly query: string }) {
  const known = useHubState().fleet.get(unit)?.overview.timezone ?? null;
  const isLoaded = useHubState().isLoaded;
  const asked = useAnswer(`zone ${unit} ${known === null && isLoaded}`, async () =>
    known === null && isLoaded ? readZone(unit) : { kind: 'failed' as const, reason: '' },
  );
  const zone = known ?? asked.value?.timezone ?? null;
  return (
    <>
      <div class="page-head">
        <p class="crumbs">
          <a href={hashOf({ name: 'fleet' })}>Fleet</a> › <a href={hashOf({ name: 'unit', unit })}>{unit}</a>
        </p>
        <h1>History of {unit}</h1>
      </div>
      {zone === null ? (
        <p class="hint">{asked.fault === null || asked.fault === '' ? `Reading ${unit}…` : asked.fault}</p>
      ) : (
        <Past unit={unit} zone={zone} query={query} />
      )}
    </>
  );
}

function Past({ unit, zone, query }: { readonly unit: string; readonly zone: string; readonly query: string }) {
  const hub = useHub();
  const { session } = useHubState();
  const nowMs = useNowMs();
  const [view, setView] = useState(() => readView(query));
  const [selection, setSelection] = useState<Selection | null>(null);
  /** Grows with every change of masks: figures and periods are asked for anew. */
  const [turn, setTurn] = useState(0);
  useEffect(() => setView(readView(query)), [query]);

  const today = localDate(hub.nowMs(), zone);
  const date = view.date ?? today;
  const dates = datesOf(view.span, date);
  const { fromMs, toMs } = boundsOf(dates, zone);
  const question: Question = { unit, fromMs, toMs, masked: view.masked, overload: view.overload };
  const change = (more: Partial<HistoryView>): void => {
    if (more.span !== undefined || more.date !== undefined) setSelection(null);
    const text = writeView({ ...view, ...more });
    setView({ ...view, ...more });
    window.history.replaceState(null, '', hashOf({ name: 'history', unit, query: text }));
  };

  const isRunning = fromMs <= nowMs && nowMs < toMs;
  const every = isRunning ? ASK_EVERY_MS : 0;
  const fine: Record<string, string> = view.resolution === 'auto' ? { points: String(POINTS) } : { resolution: view.resolution };
  const levels = useAnswer(JSON.stringify([question, fine]), () => readLevels(question, { ...fine, n: '10,90' }), every);
  const masks = useAnswer(JSON.stringify([unit, fromMs, toMs]), () => readMasks(unit, fromMs, toMs), every);
  const ledger = useAnswer(JSON.stringify(['coverage', unit, fromMs, toMs]), () => readCoverage(unit, fromMs, toMs), every);
  const mayChange = session.name === 'signed-in' && session.view?.role !== 'viewer';
  const inForce = masks.value?.masks.filter((mask) => mask.withdrawn === null) ?? [];
  const masksChanged = (): void => {
    masks.again();
    levels.again();
    setTurn((count) => count + 1);
  };
  const buckets = levels.value?.buckets ?? [];
  return (
    <>
      <section class="panel" aria-labelledby="past-head">
        <div class="panel-head">
          <h2 id="past-head">{titleOf(view.span, date)}</h2>
          <span class="top-space" />
          <p class="hint">times in {zone}</p>
        </div>
        <RangeBar view={view} date={date} today={today} change={change} />
        <div class={levels.isStale ? 'stale' : ''} data-levels={levels.isStale ? 'stale' : 'ready'} data-buckets={buckets.length}>
          <LevelChart
            buckets={buckets}
            shades={shadesOf(buckets, inForce, nowMs - (nowMs % 60_000))}
            fromMs={fromMs}
            toMs={toMs}
            zone={zone}
            select={setSelection}
          />
        </div>
        <p class="chart-foot">
          <Legend />
          <span>
            {levels.value === null
              ? 'Reading the levels…'
              : `${buckets.length} buckets of ${resolutionText(levels.value.resolution)}`}
            {buckets.length > 0 && buckets.every((bucket) => bucket.leq === null) && ', nothing measured'}
          </span>
          {levels.fault !== null && <span class="problem">{levels.fault}</span>}
        </p>
      </section>
      <div class="two">
        <FiguresPanel
          key={turn}
          question={question}
          view={view}
          zone={zone}
          selection={selection}
          clear={() => setSelection(null)}
          change={change}
        />
        <div>
          {toMs - fromMs <= MOST_LEDGER_MS && <LedgerPanel report={ledger.value} zone={zone} />}
          <ExportPanel question={question} percents={view.percents} />
        </div>
      </div>
      {view.span !== 'year' && (
        <PeriodsPanel
          key={`periods ${turn}`}
          question={question}
          view={view}
          zone={zone}
          dates={everyDate(dates)}
          today={today}
          change={change}
        />
      )}
      <div class="two">
        <MasksPanel
          unit={unit}
          zone={zone}
          masks={masks.value?.masks ?? null}
          mayChange={mayChange}
          selection={selection}
          changed={masksChanged}
        />
        <ChecksPanel unit={unit} zone={zone} mayChange={mayChange} nowMs={hub.nowMs()} />
      </div>
    </>
  );
}

function Legend() {
  return (
    <span class="legend">
      <span class="key leq">
        L<sub>eq</sub>
      </span>
      <span class="key band">
        L<sub>10</sub> to L<sub>90</sub>
      </span>
      <span class="key lmax">
        L<sub>max</sub>
      </span>
      <span class="key nothing">nothing measured</span>
      <span class="key little">too little</span>
      <span class="key masked">masked</span>
    </span>
  );
}

/** What should be there and is not, and why. */
function LedgerPanel({ report, zone }: { readonly report: CoverageReport | null; readonly zone: string }) {
  const gaps = report?.gaps ?? [];
  const longest = gaps.toSorted((a, b) => b.frames - a.frames).slice(0, MOST_GAPS);
  return (
    <section class="panel" aria-labelledby="ledger-head">
      <h2 id="ledger-head">Coverage</h2>
      <p class="hint">
        {report === null
          ? 'Reading the ledger…'
          : report.expected === 0
            ? 'No frames were expected in this time.'
            : `${formatShare(report.coverage)} of the frames: ${report.live} live, ${report.late} late, ${report.lost} lost of ${report.expected}`}
      </p>
      <ul class="gaps">
        {longest
          .toSorted((a, b) => Date.parse(a.from) - Date.parse(b.from))
          .map((gap) => (
            <li key={gap.from}>
              {cursorTime(Date.parse(gap.from), zone)}, {lengthText((Date.parse(gap.to) - Date.parse(gap.from)) / 1000)}:{' '}
              {gapText(gap.cause)}
            </li>
          ))}
        {gaps.length > longest.length && <li>and {gaps.length - longest.length} shorter gaps</li>}
      </ul>
    </section>
  );
}
