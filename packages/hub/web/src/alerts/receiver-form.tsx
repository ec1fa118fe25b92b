import { useState } from 'preact/hooks';
import { writeReceiver } from './alert-api.ts';
import { type FormChannel, newChannel, type ReceiverForm as Form, receiverOf, withNewSecret } from './receiver-form-model.ts';

const KINDS = [
  ['email', 'E-mail'],
  ['webhook', 'Webhook (signed)'],
  ['mqtt', 'MQTT'],
  ['log', 'The hub’s log'],
] as const;

/** Somebody to be told, new or changed. `done`: with the secrets that were made and are shown this once. */
export function ReceiverForm({ begin, done }: { readonly begin: Form; readonly done: (secrets: readonly string[]) => void }) {
  const [form, setForm] = useState(begin);
  const [problem, setProblem] = useState<string | null>(null);
  const [made, setMade] = useState<readonly string[]>([]);
  const set = (more: Partial<Form>): void => setForm((before) => ({ ...before, ...more }));
  const setChannel = (place: number, channel: FormChannel): void =>
    set({ channels: form.channels.map((one, index) => (index === place ? channel : one)) });
  const secretMade = (): string => {
    const secret = newSecret();
    setMade((before) => [...before, secret]);
    return secret;
  };
  const save = async (): Promise<void> => {
    const document = receiverOf(form);
    if (document.kind === 'problem') return setProblem(document.text);
    const answer = await writeReceiver(document.id, document.body);
    if (answer.kind !== 'ok') return setProblem(answer.kind === 'failed' ? answer.reason : 'You are signed out.');
    const used = new Set(form.channels.flatMap(({ secrets }) => secrets));
    return done(made.filter((secret) => used.has(secret)));
  };
  const zones = Intl.supportedValuesOf('timeZone');
  return (
    <form
      class="form rule-form"
      noValidate
      onSubmit={(submit) => {
        submit.preventDefault();
        void save();
      }}
    >
      {form.id === null && (
        <label class="text">
          Id
          <input name="id" value={form.newId} onInput={(input) => set({ newId: input.currentTarget.value })} />
        </label>
      )}
      <label class="text">
        Name
        <input value={form.name} maxLength={200} onInput={(input) => set({ name: input.currentTarget.value })} />
      </label>
      <fieldset class="wide">
        <legend>Channels</legend>
        {form.channels.map((channel, place) => (
          <ChannelFields
            key={place}
            channel={channel}
            set={(one) => setChannel(place, one)}
            remove={() => set({ channels: form.channels.filter((_, index) => index !== place) })}
            secretMade={secretMade}
          />
        ))}
        {form.channels.length < 5 && (
          <p>
            <button type="button" class="quiet" onClick={() => set({ channels: [...form.channels, newChannel('email', '')] })}>
              Add a channel
            </button>
          </p>
        )}
      </fieldset>
      <fieldset class="wide">
        <legend>When</legend>
        <label class="check">
          <input
            type="checkbox"
            checked={form.hasQuietHours}
            onChange={(change) => set({ hasQuietHours: change.currentTarget.checked })}
          />
          Quiet hours: only “critical” comes through, the rest waits
        </label>
        {form.hasQuietHours && form.keptQuietHours !== null && (
          <p class="hint">They were written elsewhere and have more than one window: they stay as they are.</p>
        )}
        {form.hasQuietHours && form.keptQuietHours === null && (
          <>
            <label>
              From
              <input type="time" value={form.quietFrom} onInput={(input) => set({ quietFrom: input.currentTarget.value })} />
            </label>
            <label>
              To
              <input type="time" value={form.quietTo} onInput={(input) => set({ quietTo: input.currentTarget.value })} />
            </label>
          </>
        )}
        <label>
          Time zone (also of times in messages)
          <select value={form.zone} onChange={(change) => set({ zone: change.currentTarget.value })}>
            {[...new Set(['UTC', form.zone, ...zones])].map((zone) => (
              <option key={zone}>{zone}</option>
            ))}
          </select>
        </label>
      </fieldset>
      <label>
        Messages per hour, at most
        <input
          type="number"
          min="1"
          value={form.maxPerHour}
          onInput={(input) => set({ maxPerHour: input.currentTarget.value })}
        />
      </label>
      <label>
        Group messages of one site within
        <span class="with-unit">
          <input
            type="number"
            min="0"
            max="600"
            value={form.groupWait}
            onInput={(input) => set({ groupWait: input.currentTarget.value })}
          />
          s
        </span>
      </label>
      <label class="check wide">
        <input type="checkbox" checked={form.enabled} onChange={(change) => set({ enabled: change.currentTarget.checked })} />
        Receives messages
      </label>
      {problem !== null && (
        <p class="problem wide" role="alert">
          {problem}
        </p>
      )}
      <p class="buttons wide">
        <button type="submit">{form.id === null ? 'Add receiver' : 'Save'}</button>
        <button type="button" class="quiet" onClick={() => done([])}>
          Cancel
        </button>
      </p>
    </form>
  );
}

function ChannelFields({
  channel,
  set,
  remove,
  secretMade,
}: {
  readonly channel: FormChannel;
  readonly set: (channel: FormChannel) => void;
  readonly remove: () => void;
  readonly secretMade: () => string;
}) {
  return (
    <div class="window">
      <label>
        Channel
        <select
          value={channel.kind}
          onChange={(change) => {
            const kind = change.currentTarget.value as FormChannel['kind'];
            set(newChannel(kind, kind === 'webhook' ? secretMade() : ''));
          }}
        >
          {KINDS.map(([kind, text]) => (
            <option key={kind} value={kind}>
              {text}
            </option>
          ))}
        </select>
      </label>
      {channel.kind === 'email' && (
        <label>
          Address
          <input
            type="email"
            autocomplete="off"
            value={channel.address}
            onInput={(input) => set({ ...channel, address: input.currentTarget.value })}
          />
        </label>
      )}
      {channel.kind === 'webhook' && (
        <>
          <label>
            URL
            <input type="url" value={channel.url} onInput={(input) => set({ ...channel, url: input.currentTarget.value })} />
          </label>
          <span class="hint">
            {channel.secrets.length} {channel.secrets.length === 1 ? 'secret' : 'secrets'}
          </span>
          <button type="button" class="quiet" onClick={() => set(withNewSecret(channel, secretMade()))}>
            New secret beside the old
          </button>
          {channel.secrets.length > 1 && (
            <button type="button" class="quiet" onClick={() => set({ ...channel, secrets: channel.secrets.slice(0, 1) })}>
              Take the old one out
            </button>
          )}
        </>
      )}
      {channel.disabled !== null && (
        <>
          <span class="chip alarm">Switched off: {channel.disabled}</span>
          <button type="button" class="quiet" onClick={() => set({ ...channel, disabled: null })}>
            Use it again
          </button>
        </>
      )}
      <button type="button" class="quiet" onClick={remove}>
        Remove channel
      </button>
    </div>
  );
}

/** 32 random bytes, as Standard Webhooks spells a secret. */
function newSecret(): string {
  return `whsec_${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))}`;
}
