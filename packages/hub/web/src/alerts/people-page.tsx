import { useState } from 'preact/hooks';
import { textFields } from '../shell/form-fields.ts';
import { TimeText } from '../shell/time-text.tsx';
import { useHub, useHubState } from '../shell/use-hub.ts';
import {
  deleteReceiver,
  deleteSilence,
  readReceivers,
  readSilences,
  type ReceiverView,
  writeReceiver,
  writeSilence,
} from './alert-api.ts';
import { useAsked } from '../shell/use-asked.ts';

/** Who is told, and when nobody is. */
export function PeoplePage() {
  return (
    <div class="two">
      <Receivers />
      <Silences />
    </div>
  );
}

function Receivers() {
  const { value, fault, again } = useAsked(readReceivers, 0);
  const [problem, setProblem] = useState<string | null>(null);
  const [kind, setKind] = useState('email');
  const [isMade, setMade] = useState<string | null>(null);
  const add = async (form: HTMLFormElement): Promise<void> => {
    const text = (name: string): string => textFields(form).get(name) ?? '';
    const secret = kind === 'webhook' ? newSecret() : null;
    const channel =
      kind === 'email'
        ? { kind, address: text('address') }
        : kind === 'webhook'
          ? { kind, url: text('url'), secrets: [secret] }
          : { kind };
    const answer = await writeReceiver(text('id'), { name: text('name') || text('id'), channels: [channel] });
    setProblem(answer.kind === 'failed' ? answer.reason : null);
    setMade(answer.kind === 'ok' ? secret : null);
    if (answer.kind === 'ok') form.reset();
    again();
  };
  return (
    <section class="panel" aria-labelledby="receivers-head">
      <h2 id="receivers-head">Receivers</h2>
      {value === null && <p class="hint">{fault ?? 'Reading the receivers…'}</p>}
      <ul class="told">
        {value?.receivers.map((receiver) => (
          <li key={receiver.id}>
            <strong>{receiver.name}</strong> ({receiver.id}) {channelsText(receiver)}{' '}
            {!receiver.enabled && <span class="chip warn">Switched off</span>}{' '}
            <button
              type="button"
              class="quiet"
              onClick={() => window.confirm(`Delete receiver ${receiver.name}?`) && void deleteReceiver(receiver.id).then(again)}
            >
              Delete<span class="unseen"> {receiver.name}</span>
            </button>
          </li>
        ))}
      </ul>
      {isMade !== null && (
        <p class="say wide" role="status">
          Give this signing secret to the receiving program, it is not shown again: <code>{isMade}</code>
        </p>
      )}
      <form
        class="form"
        onSubmit={(submit) => {
          submit.preventDefault();
          void add(submit.currentTarget);
        }}
      >
        <label>
          Id
          <input name="id" required pattern="[A-Za-z0-9][A-Za-z0-9._\-]{0,63}" />
        </label>
        <label>
          Name
          <input name="name" maxLength={200} />
        </label>
        <label>
          Told by
          <select value={kind} onChange={(change) => setKind(change.currentTarget.value)}>
            <option value="email">E-mail</option>
            <option value="webhook">Webhook (signed)</option>
            <option value="mqtt">MQTT</option>
            <option value="log">The hub’s log</option>
          </select>
        </label>
        {kind === 'email' && (
          <label>
            Address
            <input name="address" type="email" required />
          </label>
        )}
        {kind === 'webhook' && (
          <label>
            URL
            <input name="url" type="url" required />
          </label>
        )}
        {problem !== null && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <p>
          <button type="submit">Add receiver</button>
        </p>
      </form>
    </section>
  );
}

function channelsText({ channels }: ReceiverView): string {
  return (channels ?? [])
    .map((one) => [one.kind, one.address ?? one.url, one.disabled].filter((text) => text != null).join(' '))
    .join(', ');
}

/** 32 random bytes, as Standard Webhooks spells a secret. */
function newSecret(): string {
  return `whsec_${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))}`;
}

function Silences() {
  const hub = useHub();
  const { fleet } = useHubState();
  const { value, fault, again } = useAsked(readSilences, 30_000);
  const [problem, setProblem] = useState<string | null>(null);
  const add = async (form: HTMLFormElement): Promise<void> => {
    const text = (name: string): string => textFields(form).get(name) ?? '';
    const fromMs = hub.nowMs();
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
            <strong>{silence.unit ?? 'All units'}</strong> until <TimeText at={silence.to} full />: {silence.reason} ({silence.by}
            ){' '}
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
          For (hours from now)
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
