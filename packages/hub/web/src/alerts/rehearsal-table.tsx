import { formatLevel } from '../format/level.ts';
import { TimeText } from '../shell/time-text.tsx';
import type { RehearsalView } from './alert-api.ts';
import { standingWord } from './alert-model.ts';

/** Lines of the story that a person reads; a longer one is in the API. */
const SHOWN_DECISIONS = 60;

/** What a draft would have done, day by day, and why. `unit`: of its value, `null` where it either holds or does not. */
export function RehearsalTable({ rehearsal, unit }: { readonly rehearsal: RehearsalView; readonly unit: string | null }) {
  const { decisions, extreme } = rehearsal;
  const told = Object.entries(rehearsal.told);
  const onsets = rehearsal.days.reduce((sum, day) => sum + day.onsets, 0);
  return (
    <div class="rehearsal" role="status">
      <h3>
        It would have fired {onsets} {onsets === 1 ? 'time' : 'times'} in the last 7 days
      </h3>
      <p class="hint">
        From {rehearsal.readings} readings.
        {extreme !== null && unit !== null && (
          <>
            {' '}
            The furthest it went: {formatLevel(extreme.value)} {unit}, <TimeText at={extreme.at} full />.
          </>
        )}
      </p>
      <table class="levels">
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col">Onsets</th>
            <th scope="col">Minutes in alarm</th>
          </tr>
        </thead>
        <tbody>
          {rehearsal.days.map((day) => (
            <tr key={day.date}>
              <th scope="row">{day.date}</th>
              <td>{day.readings === 0 ? 'no readings' : day.onsets}</td>
              <td>{day.readings === 0 ? '' : day.alarm_minutes}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        {told.length === 0
          ? 'Nobody would have been told.'
          : `Messages: ${told.map(([receiver, count]) => `${receiver} ${count}`).join(', ')}.`}
      </p>
      {decisions.length > 0 && (
        <details>
          <summary>Why it fired, and why not</summary>
          <ol class="steps">
            {decisions.slice(0, SHOWN_DECISIONS).map(({ at, state, reason }) => (
              <li key={at}>
                <TimeText at={at} full /> <strong>{standingWord(state)}</strong> {reason}
              </li>
            ))}
          </ol>
          {decisions.length > SHOWN_DECISIONS && <p class="hint">These are the first {SHOWN_DECISIONS} changes.</p>}
        </details>
      )}
    </div>
  );
}
