import type { Answer } from '../api/hub-api.ts';
import { formatLevel, formatShare } from '../format/level.ts';
import { type PeriodView, type Question, readPeriods, readSchemes } from './history-api.ts';
import { dateText, weekdayText } from './span.ts';
import { useAnswer } from './use-answer.ts';
import type { HistoryView } from './view.ts';
import { calibrationText, headroomText, limitText } from './words.ts';
import { boundText } from './zone-labels.ts';

interface Props {
  readonly question: Question;
  readonly view: HistoryView;
  readonly zone: string;
  readonly dates: readonly string[];
  readonly today: string;
  readonly change: (more: Partial<HistoryView>) => void;
}

/** A running day is rated again so often. */
const ASK_EVERY_MS = 30_000;
/** Dates that are asked for at a time. */
const AT_ONCE = 4;

/** The periods of a scheme: of one day with their limits, or day by day. */
export function PeriodsPanel(props: Props) {
  const { view, dates, change } = props;
  const schemes = useAnswer('schemes', readSchemes).value?.schemes ?? [];
  const [date = ''] = dates;
  return (
    <section class="panel" aria-labelledby="periods-head">
      <div class="panel-head">
        <h2 id="periods-head">{dates.length === 1 ? 'Periods' : 'Day by day'}</h2>
        <span class="top-space" />
        <label class="scheme">
          <span class="unseen">Scheme</span>
          <select value={view.scheme} onChange={(event) => change({ scheme: event.currentTarget.value })}>
            {[...new Set([view.scheme, ...schemes.map(({ id }) => id)])].map((id) => (
              <option key={id} value={id}>
                {schemes.find((scheme) => scheme.id === id)?.title ?? id}
              </option>
            ))}
          </select>
        </label>
      </div>
      {dates.length === 1 ? <OneDay {...props} date={date} /> : <ManyDays {...props} />}
      <p class="hint">
        Times in {props.zone}; a period belongs to the date on which it starts.
        {dates.length === 1 && ' Brackets: too little was measured.'}
      </p>
    </section>
  );
}

function OneDay({ question, view, zone, date, today }: Props & { readonly date: string }) {
  const { unit, masked, overload } = question;
  const key = JSON.stringify([unit, date, view.scheme, masked, overload]);
  const { value, fault, isStale } = useAnswer(
    key,
    () => readPeriods(unit, date, view.scheme, question),
    date === today ? ASK_EVERY_MS : 0,
  );
  if (value === null) return <p class="hint">{fault ?? 'Rating the day…'}</p>;
  if (value.periods.length === 0) return <p>This scheme has no period on a {weekdayText(date)}.</p>;
  return (
    <div class={`table-scroll ${isStale ? 'stale' : ''}`} data-periods={isStale ? 'stale' : 'ready'}>
      <table class="periods">
        <thead>
          <tr>
            <th scope="col">Period</th>
            <th scope="col">From, to</th>
            <th scope="col">Level</th>
            <th scope="col">Measured</th>
            <th scope="col">Limits</th>
          </tr>
        </thead>
        <tbody>
          {value.periods.map((period) => (
            <PeriodRow key={`${period.kind} ${period.name}`} period={period} date={date} zone={zone} />
          ))}
        </tbody>
      </table>
      {fault !== null && <p class="problem">{fault}</p>}
    </div>
  );
}

function PeriodRow({ period, date, zone }: { readonly period: PeriodView; readonly date: string; readonly zone: string }) {
  const calibration = calibrationText(period.calibration);
  return (
    <tr data-period={period.name}>
      <th scope="row">{period.name}</th>
      <td>
        {boundText(Date.parse(period.start), date, zone)} to {boundText(Date.parse(period.end), date, zone)}
      </td>
      <td class="value">
        <Level period={period} /> <span class="unit-of">dB</span>
      </td>
      <td>{formatShare(period.coverage)}</td>
      <td class="limits">
        {period.limits.map((limit) => {
          const said = limitText(limit);
          return (
            <p key={said.text} class={said.tone}>
              {said.text}
              {limit.note !== null && <span class="hint"> {limit.note}</span>}
              {limit.headroom !== null && (
                <span class={`headroom ${headroomText(limit.headroom).tone}`}>{headroomText(limit.headroom).text}</span>
              )}
            </p>
          );
        })}
        {calibration !== null && <p class={calibration.tone}>{calibration.text}</p>}
      </td>
    </tr>
  );
}

/** A level that rests on too little is in brackets. */
function Level({ period }: { readonly period: PeriodView }) {
  const level = formatLevel(period.leq);
  if (period.leq === null || period.sufficient) return <>{level}</>;
  return <span title={`only ${formatShare(period.coverage)} measured`}>({level})</span>;
}

interface Day {
  readonly date: string;
  readonly periods: readonly PeriodView[];
}

async function readDays(dates: readonly string[], scheme: string, question: Question): Promise<Answer<readonly Day[]>> {
  const days: Day[] = [];
  for (let first = 0; first < dates.length; first += AT_ONCE) {
    const part = dates.slice(first, first + AT_ONCE);
    const answers = await Promise.all(part.map((date) => readPeriods(question.unit, date, scheme, question)));
    for (const [index, answer] of answers.entries()) {
      if (answer.kind !== 'ok') return answer;
      days.push({ date: part[index] ?? '', periods: answer.value.periods });
    }
  }
  return { kind: 'ok', value: days, hubAheadMs: 0 };
}

function ManyDays({ question, view, dates, today, change }: Props) {
  const passed = dates.filter((date) => date <= today);
  const { unit, masked, overload } = question;
  const key = JSON.stringify([unit, passed, view.scheme, masked, overload]);
  const { value, fault, isStale } = useAnswer(key, () => readDays(passed, view.scheme, question));
  if (value === null) return <p class="hint">{fault ?? 'Rating the days…'}</p>;
  const names = [...new Set(value.flatMap(({ periods }) => periods.map(({ name }) => name)))];
  return (
    <div class={`table-scroll ${isStale ? 'stale' : ''}`} data-periods={isStale ? 'stale' : 'ready'}>
      <table class="periods by-day">
        <thead>
          <tr>
            <th scope="col">Day</th>
            {names.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {value.map(({ date, periods }) => (
            <tr key={date}>
              <th scope="row">
                <button type="button" class="link" onClick={() => change({ span: 'day', date })}>
                  {dateText(date)}
                </button>
              </th>
              {names.map((name) => {
                const period = periods.find((one) => one.name === name);
                const isExceeded = period?.limits.some((limit) => limit.exceeded === true) ?? false;
                return (
                  <td key={name} class={`value ${isExceeded ? 'alarm' : ''}`}>
                    {period === undefined ? '' : <Level period={period} />}
                    {isExceeded && <span class="unseen"> exceeded</span>}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="hint">Levels in dB; in brackets where too little was measured, in red where a limit is exceeded.</p>
      {fault !== null && <p class="problem">{fault}</p>}
    </div>
  );
}
