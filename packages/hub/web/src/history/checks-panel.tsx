import { useState } from 'preact/hooks';
import { addCheck, readChecks } from './history-api.ts';
import { useAnswer } from './use-answer.ts';
import { checkText } from './words.ts';
import { instantOf, localInput } from './zone-clock.ts';
import { cursorTime } from './zone-labels.ts';

/** More checks than a person reads. */
const MOST_LISTED = 12;

interface Props {
  readonly unit: string;
  readonly zone: string;
  readonly mayChange: boolean;
  readonly nowMs: number;
}

/** Checks with a sound calibrator, before and after. */
export function ChecksPanel({ unit, zone, mayChange, nowMs }: Props) {
  const { value, fault, again } = useAnswer(`checks ${unit}`, () => readChecks(unit));
  const checks = value?.checks ?? [];
  return (
    <section class="panel" aria-labelledby="checks-head">
      <h2 id="checks-head">Calibration checks</h2>
      {value === null && <p class="hint">{fault ?? 'Reading the checks…'}</p>}
      {value !== null && checks.length === 0 && <p>None recorded.</p>}
      <ul class="listed-lines">
        {checks.slice(-MOST_LISTED).map((check) => (
          <li key={check.id} data-check={check.kind}>
            <span>
              <strong>{check.kind === 'before' ? 'Before' : 'After'}</strong>, {cursorTime(Date.parse(check.at), zone)}:{' '}
              {checkText(check)}
              <span class="hint">
                {' '}
                by {check.author}
                {check.note !== null && `; ${check.note}`}
              </span>
            </span>
            {check.drift != null && Math.abs(check.drift) > 0.5 && <span class="chip alarm">more than 0.5 dB</span>}
          </li>
        ))}
      </ul>
      {checks.length > MOST_LISTED && <p class="hint">and {checks.length - MOST_LISTED} earlier ones</p>}
      {mayChange && <CheckForm unit={unit} zone={zone} nowMs={nowMs} changed={again} />}
    </section>
  );
}

function CheckForm({ unit, zone, nowMs, changed }: Omit<Props, 'mayChange'> & { readonly changed: () => void }) {
  const empty = { at: localInput(nowMs, zone).slice(0, 16), kind: 'before', reference: '94.0', measured: '', note: '' };
  const [form, setForm] = useState(empty);
  const [problem, setProblem] = useState<string | null>(null);
  const set = (more: Partial<typeof empty>): void => setForm((before) => ({ ...before, ...more }));
  const send = async (): Promise<void> => {
    const atMs = instantOf(form.at, zone);
    const [reference, measured] = [form.reference, form.measured].map((text) => (text.trim() === '' ? Number.NaN : Number(text)));
    if (atMs === null) return setProblem('Give the time of the check.');
    if (reference === undefined || measured === undefined || Number.isNaN(reference) || Number.isNaN(measured))
      return setProblem('Give what the calibrator makes and what the meter showed, in dB.');
    const kind = form.kind === 'after' ? 'after' : 'before';
    const note = form.note.trim() === '' ? {} : { note: form.note.trim() };
    const answer = await addCheck(unit, { at: new Date(atMs).toISOString(), kind, reference, measured, ...note });
    setProblem(answer.kind === 'failed' ? answer.reason : answer.kind === 'signed-out' ? 'You are signed out.' : null);
    if (answer.kind !== 'ok') return undefined;
    setForm({ ...empty, kind: kind === 'before' ? 'after' : 'before' });
    return changed();
  };
  const level = (label: string, name: 'reference' | 'measured') => (
    <label>
      {label}
      <span class="with-unit">
        <input
          type="number"
          step="0.01"
          inputMode="decimal"
          value={form[name]}
          onInput={(event) => set({ [name]: event.currentTarget.value })}
        />
        dB
      </span>
    </label>
  );
  return (
    <details class="more">
      <summary>Record a check</summary>
      <form
        class="form mask-form"
        noValidate
        onSubmit={(submit) => {
          submit.preventDefault();
          void send();
        }}
      >
        <label>
          Measurement
          <select value={form.kind} onChange={(event) => set({ kind: event.currentTarget.value })}>
            <option value="before">before it</option>
            <option value="after">after it</option>
          </select>
        </label>
        <label>
          At
          <input type="datetime-local" value={form.at} onInput={(event) => set({ at: event.currentTarget.value })} />
        </label>
        {level('The calibrator makes', 'reference')}
        {level('The meter showed', 'measured')}
        <label class="wide">
          Note (optional)
          <input value={form.note} maxLength={500} onInput={(event) => set({ note: event.currentTarget.value })} />
        </label>
        <p class="buttons wide">
          <button type="submit">Record the check</button>
        </p>
        {problem !== null && (
          <p class="problem wide" role="alert">
            {problem}
          </p>
        )}
      </form>
    </details>
  );
}
