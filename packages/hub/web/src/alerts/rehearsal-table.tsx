import type { RehearsalView } from './alert-api.ts';

/** What a draft would have done, day by day. */
export function RehearsalTable({ rehearsal }: { readonly rehearsal: RehearsalView }) {
  const told = Object.entries(rehearsal.told);
  const onsets = rehearsal.days.reduce((sum, day) => sum + day.onsets, 0);
  return (
    <div class="rehearsal" role="status">
      <h3>
        It would have fired {onsets} {onsets === 1 ? 'time' : 'times'} in the last 7 days
      </h3>
      <p class="hint">From {rehearsal.readings} readings.</p>
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
    </div>
  );
}
