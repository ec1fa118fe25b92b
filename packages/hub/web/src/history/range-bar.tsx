import { useState } from 'preact/hooks';
import { SPANS, shifted, titleOf } from './span.ts';
import { type HistoryView, percentsOf, RESOLUTIONS, type Resolution } from './view.ts';
import { resolutionText } from './words.ts';

interface Props {
  readonly view: HistoryView;
  readonly date: string;
  readonly today: string;
  readonly change: (more: Partial<HistoryView>) => void;
}

/** Which days, how fine, and what counts. */
export function RangeBar({ view, date, today, change }: Props) {
  const move = (by: -1 | 1) => () => change({ date: shifted(view.span, date, by) });
  return (
    <div class="range-bar">
      <div class="range-days">
        <fieldset class="switch">
          <legend class="unseen">Length of the time shown</legend>
          {SPANS.map((span) => (
            <label key={span} class={span === view.span ? 'chosen' : ''}>
              <input type="radio" name="span" class="unseen" checked={span === view.span} onChange={() => change({ span })} />
              {span[0]?.toUpperCase()}
              {span.slice(1)}
            </label>
          ))}
        </fieldset>
        <span class="range-steps">
          <button type="button" class="quiet" onClick={move(-1)} aria-label={`Earlier ${view.span}`}>
            ‹
          </button>
          <input
            type="date"
            aria-label="Date"
            value={date}
            max={today}
            onChange={(event) => event.currentTarget.value !== '' && change({ date: event.currentTarget.value })}
          />
          <button
            type="button"
            class="quiet"
            onClick={move(1)}
            aria-label={`Later ${view.span}`}
            disabled={shifted(view.span, date, 1) > today}
          >
            ›
          </button>
          <button type="button" class="quiet" onClick={() => change({ date: null })}>
            Today
          </button>
        </span>
      </div>
      <div class="range-rules">
        <label>
          Resolution
          <select value={view.resolution} onChange={(event) => change({ resolution: event.currentTarget.value as Resolution })}>
            {RESOLUTIONS.filter((one) => !isTooFine(one, view)).map((one) => (
              <option key={one} value={one}>
                {one === 'auto' ? 'automatic' : resolutionText(one)}
              </option>
            ))}
          </select>
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={view.masked === 'in'}
            onChange={(event) => change({ masked: event.currentTarget.checked ? 'in' : 'out' })}
          />
          Count masked time
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={view.overload === 'in'}
            onChange={(event) => change({ overload: event.currentTarget.checked ? 'in' : 'out' })}
          />
          Count overloaded time
        </label>
        <PercentField view={view} change={change} />
      </div>
      <p class="unseen" role="status">
        {titleOf(view.span, date)}
      </p>
    </div>
  );
}

/** The hub draws a line at 90,000 buckets; a page at far fewer. */
function isTooFine(resolution: Resolution, { span }: HistoryView): boolean {
  const coarse: Readonly<Record<typeof span, readonly Resolution[]>> = {
    day: [],
    week: ['1s', '10s'],
    month: ['1s', '10s', '1m'],
    year: ['1s', '10s', '1m', '5m', '15m'],
  };
  return coarse[span].includes(resolution);
}

function PercentField({ view, change }: Pick<Props, 'view' | 'change'>) {
  const [text, setText] = useState(view.percents.join(', '));
  const percents = percentsOf(text);
  return (
    <label>
      <span>
        N of L<sub>N</sub>
      </span>
      <input
        class="percents"
        inputMode="decimal"
        value={text}
        aria-invalid={percents === null}
        title="Up to 20 numbers above 0 and below 100"
        onInput={(event) => setText(event.currentTarget.value)}
        onChange={() => percents !== null && change({ percents })}
      />
    </label>
  );
}
