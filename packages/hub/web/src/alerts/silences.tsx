import { useState } from 'preact/hooks';
import { textFields } from '../shell/form-fields.ts';
import { TimeText } from '../shell/time-text.tsx';
import { useAsked } from '../shell/use-asked.ts';
import { useHub, useHubState } from '../shell/use-hub.ts';
import { deleteSilence, readSilences, writeSilence } from './alert-api.ts';

/** Times in which nobody is told. */
export function Silences() {
  const hub = useHub();
  const { fleet } = useHubState();
  const { value, fault, again } = useAsked(readSilences, 30_000);
  const [problem, setProblem] = useState<string | null>(null);
  const add = async (form: HTMLFormElement): Promise<void> => {
    const fields = textFields(form);
    const text = (name: string): string => fields.get(name) ?? '';
    const fromMs = text('from') === '' ? hub.nowMs() : new Date(text('from')).getTime();
    const answer = await writeSilence({
      unit: text('unit') === '' ? null : text('unit'),
      from: new Date(fromMs).toISOString(),
      to: new Date(fromMs + Number(text('hours')) * 3_600_000).toISOString(),
      reason: text('reason'),
    });
    setProblem(answer.kind === 'failed' ? answer.reason : null);
    if (answer.kind === 'ok') form.reset();
    again();
  };
  const present = value?.silences.filter((silence) => Date.parse(silence.to) > hub.nowMs()) ?? [];
  return (
    <section class="panel" aria-labelledby="silences-head">
      <h2 id="silences-head">Silences</h2>
      <p class="hint">Everything is still recorded; nobody is told. What is still on at the end is told then.</p>
      {value === null && <p class="hint">{fault ?? 'Reading the silences…'}</p>}
      <ul class="told">
        {present.map((silence) => (
          <li key={silence.id}>
            <strong>{silence.unit ?? 'All units'}</strong>{' '}
            {Date.parse(silence.from) > hub.nowMs() && (
              <>
                from <TimeText at={silence.from} full />{' '}
              </>
            )}
            until <TimeText at={silence.to} full />: {silence.reason} ({silence.by}){' '}
            <button type="button" class="quiet" onClick={() => void deleteSilence(silence.id).then(again)}>
              End now
            </button>
          </li>
        ))}
      </ul>
      <form
        class="form"
        onSubmit={(submit) => {
          submit.preventDefault();
          void add(submit.currentTarget);
        }}
      >
        <label>
          Unit
          <select name="unit">
            <option value="">All units</option>
            {[...fleet.keys()].map((unit) => (
              <option key={unit}>{unit}</option>
            ))}
          </select>
        </label>
        <label>
          From (empty: now)
          <input name="from" type="datetime-local" />
        </label>
        <label>
          For (hours)
          <input name="hours" type="number" min="0.25" max="8760" step="0.25" defaultValue="1" required />
        </label>
        <label>
          Reason
          <input name="reason" required maxLength={200} />
        </label>
        {problem !== null && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <p>
          <button type="submit">Silence</button>
        </p>
      </form>
    </section>
  );
}
