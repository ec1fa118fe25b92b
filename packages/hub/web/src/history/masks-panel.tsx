import { useEffect, useState } from 'preact/hooks';
import type { Selection } from './level-chart.tsx';
import { addMask, type MaskView, withdrawMask } from './history-api.ts';
import { instantOf, localInput } from './zone-clock.ts';
import { cursorTime } from './zone-labels.ts';

interface Props {
  readonly unit: string;
  readonly zone: string;
  readonly masks: readonly MaskView[] | null;
  readonly mayChange: boolean;
  readonly selection: Selection | null;
  readonly changed: () => void;
}

/** Time that is left out, who said so and why; and how to leave out more. */
export function MasksPanel({ unit, zone, masks, mayChange, selection, changed }: Props) {
  const [problem, setProblem] = useState<string | null>(null);
  const withdraw = async (mask: MaskView): Promise<void> => {
    const answer = await withdrawMask(unit, mask.id);
    setProblem(answer.kind === 'failed' ? answer.reason : null);
    changed();
  };
  return (
    <section class="panel" aria-labelledby="masks-head">
      <h2 id="masks-head">Masks</h2>
      <p class="hint">Masked time is left out of the figures and never deleted.</p>
      {masks?.length === 0 && <p>None in the time shown.</p>}
      <ul class="listed-lines">
        {masks?.map((mask) => (
          <li
            key={mask.id}
            class={mask.withdrawn === null ? '' : 'withdrawn'}
            data-mask={mask.withdrawn === null ? 'in force' : 'withdrawn'}
          >
            <span>
              <strong>{mask.reason}</strong>, {cursorTime(Date.parse(mask.from), zone)} to {cursorTime(Date.parse(mask.to), zone)}
              <span class="hint">
                {' '}
                by {mask.author}
                {mask.withdrawn !== null &&
                  `; withdrawn by ${mask.withdrawn_by ?? 'somebody'} on ${cursorTime(Date.parse(mask.withdrawn), zone)}`}
              </span>
            </span>
            {mayChange && mask.withdrawn === null && (
              <button type="button" class="quiet" onClick={() => void withdraw(mask)}>
                Withdraw<span class="unseen"> the mask “{mask.reason}”</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {mayChange && <MaskForm unit={unit} zone={zone} selection={selection} changed={changed} />}
    </section>
  );
}

function MaskForm({ unit, zone, selection, changed }: Pick<Props, 'unit' | 'zone' | 'selection' | 'changed'>) {
  const [form, setForm] = useState({ from: '', to: '', reason: '' });
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    if (selection !== null)
      setForm((before) => ({ ...before, from: localInput(selection.fromMs, zone), to: localInput(selection.toMs, zone) }));
  }, [selection, zone]);
  const send = async (): Promise<void> => {
    const [fromMs, toMs] = [instantOf(form.from, zone), instantOf(form.to, zone)];
    if (fromMs === null || toMs === null) return setProblem('Give the time from and to.');
    if (fromMs >= toMs) return setProblem('It must begin before it ends.');
    if (form.reason.trim() === '') return setProblem('Say why: whoever signs has to answer for it.');
    const answer = await addMask(unit, fromMs, toMs, form.reason.trim());
    setProblem(answer.kind === 'failed' ? answer.reason : answer.kind === 'signed-out' ? 'You are signed out.' : null);
    if (answer.kind !== 'ok') return undefined;
    setForm({ from: '', to: '', reason: '' });
    return changed();
  };
  const time = (label: string, name: 'from' | 'to') => (
    <label>
      {label}
      <input
        type="datetime-local"
        step="1"
        value={form[name]}
        onInput={(event) => setForm({ ...form, [name]: event.currentTarget.value })}
      />
    </label>
  );
  return (
    <form
      class="form mask-form"
      noValidate
      onSubmit={(submit) => {
        submit.preventDefault();
        void send();
      }}
    >
      {time('From', 'from')}
      {time('To', 'to')}
      <label class="wide">
        Reason
        <input
          value={form.reason}
          maxLength={500}
          list="mask-reasons"
          onInput={(event) => setForm({ ...form, reason: event.currentTarget.value })}
        />
        <datalist id="mask-reasons">
          {['Rain', 'Wind above 5 m/s', 'Calibration check', 'Not the source that is assessed', 'Service at the meter'].map(
            (reason) => (
              <option key={reason} value={reason} />
            ),
          )}
        </datalist>
      </label>
      <p class="buttons wide">
        <button type="submit">Leave this time out</button>
        <span class="hint">Times in {zone}; dragging on the chart fills them in.</span>
      </p>
      {problem !== null && (
        <p class="problem wide" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}
