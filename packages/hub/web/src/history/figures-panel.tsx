import { formatLevel, formatShare } from '../format/level.ts';
import type { Selection } from './level-chart.tsx';
import { type Question, readLoudest, readWhole } from './history-api.ts';
import { useAnswer } from './use-answer.ts';
import { type HistoryView, WINDOWS_S } from './view.ts';
import { basisText, caveats, lengthText, levelFacts, windowText } from './words.ts';
import { cursorTime } from './zone-labels.ts';

interface Props {
  readonly question: Question;
  readonly view: HistoryView;
  readonly zone: string;
  readonly selection: Selection | null;
  readonly clear: () => void;
  readonly change: (more: Partial<HistoryView>) => void;
}

/** The levels of all that is shown, or of the span that was selected, with how much they rest on. */
export function FiguresPanel({ question, view, zone, selection, clear, change }: Props) {
  const asked = selection === null ? question : { ...question, ...selection };
  const key = JSON.stringify([asked, view.percents]);
  const { value, fault, isStale } = useAnswer(key, () => readWhole(asked, view.percents));
  return (
    <section class="panel" aria-labelledby="figures-head">
      <div class="panel-head">
        <h2 id="figures-head">{selection === null ? 'The whole span' : 'The selected span'}</h2>
        <span class="top-space" />
        {selection !== null && (
          <button type="button" class="quiet" onClick={clear}>
            Show the whole span
          </button>
        )}
      </div>
      {selection !== null && (
        <p class="hint">
          {cursorTime(selection.fromMs, zone)} to {cursorTime(selection.toMs, zone)}
        </p>
      )}
      {value === null ? (
        <p class="hint">{fault ?? 'Adding up…'}</p>
      ) : (
        <div class={isStale ? 'stale' : ''} data-figures={isStale ? 'stale' : 'ready'}>
          <dl class="level-facts">
            {levelFacts(value).map((fact) => (
              <div key={`${fact.name}${fact.index}`}>
                <dt>
                  {fact.name}
                  <sub>{fact.index}</sub>
                </dt>
                <dd>
                  {fact.value} <span class="unit-of">dB</span>
                  {fact.at !== null && <span class="fact-at">{cursorTime(Date.parse(fact.at), zone)}</span>}
                </dd>
              </div>
            ))}
          </dl>
          <p class="hint">
            {formatShare(value.coverage)} of {lengthText(value.expected_s)} measured; {basisText(value.basis)}
            {value.sample_s !== null && `; percentiles from readings of ${sampleText(value.sample_s)}`}.
          </p>
          <Caveats texts={caveats(value, value.coverage_wanted, value)} />
          {fault !== null && <p class="problem">{fault}</p>}
        </div>
      )}
      <Loudest question={asked} view={view} zone={zone} change={change} />
    </section>
  );
}

const sampleText = (seconds: number): string => `${Number(seconds.toFixed(1))} s`;

export function Caveats({ texts }: { readonly texts: readonly string[] }) {
  if (texts.length === 0) return null;
  return (
    <ul class="caveats">
      {texts.map((text) => (
        <li key={text}>{text}</li>
      ))}
    </ul>
  );
}

/** Longest span for which every second is looked at. */
const MOST_MOVING_MS = 36 * 86_400_000;

function Loudest({ question, view, zone, change }: Omit<Props, 'selection' | 'clear'>) {
  const isTooLong = view.mode === 'moving' && question.toMs - question.fromMs > MOST_MOVING_MS;
  const key = JSON.stringify([question, view.windowS, view.mode]);
  const { value, fault, isStale } = useAnswer(key, () =>
    isTooLong
      ? Promise.resolve({ kind: 'failed' as const, reason: 'moving windows are looked for in a month at most' })
      : readLoudest(question, view.windowS, view.mode),
  );
  const max = value?.max ?? null;
  return (
    <div class="loudest">
      <p class="loudest-choice">
        <label>
          Loudest
          <select value={view.windowS} onChange={(event) => change({ windowS: Number(event.currentTarget.value) })}>
            {WINDOWS_S.map((seconds) => (
              <option key={seconds} value={seconds}>
                {windowText(seconds)}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span class="unseen">Windows</span>
          <select
            value={view.mode}
            onChange={(event) => change({ mode: event.currentTarget.value === 'moving' ? 'moving' : 'clock' })}
          >
            <option value="clock">by the clock</option>
            <option value="moving">moving by 1 s</option>
          </select>
        </label>
      </p>
      <p class={isStale ? 'stale' : ''} data-loudest={isStale ? 'stale' : 'ready'}>
        {fault !== null && <span class="problem">{fault}</span>}
        {fault === null && value !== null && max === null && <span class="hint">No window has enough coverage.</span>}
        {fault === null && max !== null && (
          <>
            <strong>{formatLevel(max.leq)} dB</strong> from {cursorTime(Date.parse(max.start), zone)} to{' '}
            {cursorTime(Date.parse(max.end), zone)}
            {max.coverage < 1 && `, ${formatShare(max.coverage)} measured`}
          </>
        )}
      </p>
    </div>
  );
}
