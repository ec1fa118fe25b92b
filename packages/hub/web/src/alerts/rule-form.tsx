import { useEffect, useState } from 'preact/hooks';
import { useHub } from '../shell/use-hub.ts';
import { type Preset, readPresets, readReceivers, rehearse, type RehearsalView, writeRule } from './alert-api.ts';
import {
  asksOf,
  EVERY_DAY,
  formOf,
  isYesNo,
  METRIC_CHOICES,
  type MetricChoice,
  ruleOf,
  type RuleForm as Form,
  usualSide,
} from './rule-form-model.ts';
import { RehearsalTable } from './rehearsal-table.tsx';
import { useAsked } from '../shell/use-asked.ts';
import { WindowFields } from './window-fields.tsx';

const REHEARSED_MS = 7 * 86_400_000;

/** A rule to write or to change, which can be tried on the last seven days before anybody is bothered by it. */
export function RuleForm({
  begin,
  units,
  done,
}: {
  readonly begin: Form;
  readonly units: readonly string[];
  readonly done: () => void;
}) {
  const hub = useHub();
  const [form, setForm] = useState(begin);
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [rehearsal, setRehearsal] = useState<RehearsalView | null>(null);
  const presets = useAsked(readPresets, 0).value?.presets ?? [];
  const receivers = useAsked(readReceivers, 0).value?.receivers ?? [];
  const set = (more: Partial<Form>): void => setForm((before) => ({ ...before, ...more }));
  useEffect(() => setRehearsal(null), [form]);

  const send = async (task: 'save' | 'rehearse'): Promise<void> => {
    const made = ruleOf(form);
    if (made.kind === 'problem') return setProblem(made.text);
    setBusy(true);
    const nowMs = hub.nowMs();
    const answer = task === 'save' ? await writeRule(made.rule) : await rehearse(made.rule, nowMs - REHEARSED_MS, nowMs);
    setBusy(false);
    setProblem(answer.kind === 'failed' ? answer.reason : answer.kind === 'signed-out' ? 'You are signed out.' : null);
    if (answer.kind !== 'ok') return undefined;
    if (task === 'save') return done();
    return setRehearsal(answer.value as RehearsalView);
  };
  const take = (preset: Preset | undefined): void => {
    if (preset !== undefined) setForm({ ...formOf(preset.rule, form.unit), id: form.id, notify: form.notify });
  };
  const number = (label: string, name: NumberField, unit: string, hint = '') => (
    <label key={name}>
      {label}
      <span class="with-unit">
        <input
          inputMode="decimal"
          type="number"
          step="any"
          value={form[name]}
          aria-description={hint === '' ? undefined : hint}
          onInput={(input) => set({ [name]: input.currentTarget.value })}
        />
        {unit}
      </span>
      {hint !== '' && (
        <span class="field-hint" aria-hidden="true">
          {hint}
        </span>
      )}
    </label>
  );
  const asks = asksOf(form.metric);
  const levelUnit =
    form.metric === 'coverage' ? '%' : form.metric === 'sd-free-mb' ? 'MB' : form.metric === 'clock-offset-s' ? 's' : 'dB';
  return (
    <section class="panel">
      <h2>{form.id === null ? 'New rule' : `Change ${begin.name}`}</h2>
      <form
        class="form rule-form"
        noValidate
        onSubmit={(submit) => {
          submit.preventDefault();
          void send('save');
        }}
      >
        {form.id === null && presets.length > 0 && (
          <label class="wide">
            Begin from
            <select onChange={(change) => take(presets.find((one) => one.id === change.currentTarget.value))}>
              <option value="">an empty form</option>
              {presets.map((preset) => (
                <option key={preset.id} value={preset.id} title={preset.description}>
                  {preset.name}
                </option>
              ))}
            </select>
          </label>
        )}
        <label class="text">
          Unit
          <select value={form.unit} onChange={(change) => set({ unit: change.currentTarget.value })}>
            {[...new Set([...units, form.unit])].map((unit) => (
              <option key={unit}>{unit}</option>
            ))}
          </select>
        </label>
        <label class="text">
          Name
          <input value={form.name} maxLength={200} onInput={(input) => set({ name: input.currentTarget.value })} />
        </label>
        <label class="wide">
          What is watched
          <select
            value={form.metric}
            onChange={(change) => {
              const metric = change.currentTarget.value as MetricChoice;
              set({ metric, comparison: usualSide(metric) });
            }}
          >
            {METRIC_CHOICES.map(({ id, text }) => (
              <option key={id} value={id}>
                {text}
              </option>
            ))}
            {form.kept !== null && <option value={form.metric}>As it was written</option>}
          </select>
        </label>
        {asks.includes('seconds') && number('T', 'minutes', 'min')}
        {asks.includes('percent') && number('N', 'percent', '%')}
        {asks.includes('limit') && number('Limit', 'limit', 'dB')}
        {!isYesNo(form.metric) && (
          <fieldset class="wide">
            <legend>
              Levels:{' '}
              <select
                aria-label="Side"
                value={form.comparison}
                onChange={(change) => set({ comparison: change.currentTarget.value as 'above' | 'below' })}
              >
                <option value="above">above</option>
                <option value="below">below</option>
              </select>
            </legend>
            {number('Warning', 'warn', levelUnit)}
            {number('Alarm', 'alarm', levelUnit)}
            {number('Critical', 'critical', levelUnit)}
            {number('Clear margin', 'margin', levelUnit)}
          </fieldset>
        )}
        {number('Hold for', 'hold', 's', 'over the limit for so long before it is an event')}
        {number('Clear for', 'clearHold', 's', 'back for so long before it is over')}
        {number('Cooldown', 'cooldownMinutes', 'min', 'between two messages of the mildest level')}
        {number('Merge within', 'mergeMinutes', 'min', 'beginning again so soon is the same event')}
        <WindowFields form={form} set={set} everyDay={EVERY_DAY} unit={isYesNo(form.metric) ? null : levelUnit} />
        <details class="wide">
          <summary>Missing readings</summary>
          <div class="form rule-form">
            {asks.includes('seconds') && number('Enough readings: share of T', 'coverage', '%')}
            {number('No data after (empty: never)', 'silenceSeconds', 's')}
          </div>
        </details>
        <fieldset class="wide">
          <legend>Who is told</legend>
          {receivers.length === 0 && <p class="hint">There are no receivers yet: events are recorded and shown here.</p>}
          {receivers.map(({ id, name, enabled }) => (
            <label key={id} class="check">
              <input
                type="checkbox"
                checked={form.notify.includes(id)}
                onChange={(change) =>
                  set({ notify: change.currentTarget.checked ? [...form.notify, id] : form.notify.filter((one) => one !== id) })
                }
              />
              {name}
              {enabled ? '' : ' (switched off)'}
            </label>
          ))}
        </fieldset>
        <label class="check wide">
          <input type="checkbox" checked={form.enabled} onChange={(change) => set({ enabled: change.currentTarget.checked })} />
          The rule is on
        </label>
        {problem !== null && (
          <p class="problem wide" role="alert">
            {problem}
          </p>
        )}
        <p class="buttons wide">
          <button type="submit" disabled={isBusy}>
            Save
          </button>
          <button type="button" class="quiet" disabled={isBusy} onClick={() => void send('rehearse')}>
            Rehearse on the last 7 days
          </button>
          <button type="button" class="quiet" onClick={done}>
            Cancel
          </button>
          {isBusy && (
            <span class="hint" role="status">
              Asking the hub…
            </span>
          )}
        </p>
      </form>
      {rehearsal !== null && <RehearsalTable rehearsal={rehearsal} unit={isYesNo(form.metric) ? null : levelUnit} />}
    </section>
  );
}

type NumberField =
  | 'minutes'
  | 'percent'
  | 'limit'
  | 'warn'
  | 'alarm'
  | 'critical'
  | 'margin'
  | 'hold'
  | 'clearHold'
  | 'cooldownMinutes'
  | 'mergeMinutes'
  | 'coverage'
  | 'silenceSeconds';
