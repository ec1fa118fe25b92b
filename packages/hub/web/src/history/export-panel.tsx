import { useState } from 'preact/hooks';
import { addressOf, type Question } from './history-api.ts';

const TIERS = [
  ['readings', 'every reading, as it is stored'],
  ['1s', 'seconds'],
  ['1m', 'minutes'],
  ['15m', 'quarter-hours'],
  ['1h', 'hours'],
  ['1d', 'days'],
  ['gaps', 'what is missing, with its cause'],
] as const;

/** What is shown, as a file. */
export function ExportPanel({ question, percents }: { readonly question: Question; readonly percents: readonly number[] }) {
  const [resolution, setResolution] = useState<string>('1m');
  const address = (format: 'csv' | 'ndjson'): string =>
    addressOf('export', question, { resolution, format, n: percents.join(',') });
  return (
    <section class="panel" aria-labelledby="export-head">
      <h2 id="export-head">Export</h2>
      <p class="export">
        <label>
          <span class="unseen">Tier</span>
          <select value={resolution} onChange={(event) => setResolution(event.currentTarget.value)}>
            {TIERS.map(([tier, text]) => (
              <option key={tier} value={tier}>
                {text}
              </option>
            ))}
          </select>
        </label>
        <a href={address('csv')} download>
          CSV
        </a>
        <a href={address('ndjson')} download>
          NDJSON
        </a>
      </p>
      <p class="hint">Of the time shown, times in UTC; masked and overloaded time as chosen above, readings are marked.</p>
    </section>
  );
}
