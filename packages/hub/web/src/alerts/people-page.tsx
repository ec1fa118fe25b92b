import { useState } from 'preact/hooks';
import { useAsked } from '../shell/use-asked.ts';
import { useHubState, VIEWER_ZONE } from '../shell/use-hub.ts';
import { deleteReceiver, readNotifications, readReceivers, type ReceiverView, testReceiver } from './alert-api.ts';
import { ReceiverForm } from './receiver-form.tsx';
import { emptyReceiver, type ReceiverForm as Form, receiverFormOf } from './receiver-form-model.ts';
import { Silences } from './silences.tsx';
import { Delivery } from './told-panel.tsx';

/** Who is told, when nobody is, and what became of it. */
export function PeoplePage() {
  return (
    <>
      <div class="two">
        <Receivers />
        <Silences />
      </div>
      <DeliveryLog />
    </>
  );
}

function Receivers() {
  const { value, fault, again } = useAsked(readReceivers, 0);
  const { session } = useHubState();
  const [form, setForm] = useState<Form | null>(null);
  const [secrets, setSecrets] = useState<readonly string[]>([]);
  const mayWrite = session.name === 'signed-in' && (session.view === null || session.view.role === 'admin');
  return (
    <section class="panel" aria-labelledby="receivers-head">
      <h2 id="receivers-head">Receivers</h2>
      {value === null && <p class="hint">{fault ?? 'Reading the receivers…'}</p>}
      {value?.receivers.length === 0 && form === null && (
        <p class="hint">No receivers yet: events are recorded and shown, and nobody is told.</p>
      )}
      {form === null && (
        <ul class="told">
          {value?.receivers.map((receiver) => (
            <li key={receiver.id}>
              <strong>{receiver.name}</strong> ({receiver.id}) {channelsText(receiver)}{' '}
              {!receiver.enabled && <span class="chip warn">Switched off</span>}
              {receiver.channels?.some(({ disabled }) => disabled != null) === true && (
                <span class="chip alarm">A channel is switched off</span>
              )}
              <QuietText receiver={receiver} />
              {receiver.warning != null && <p class="missed">{receiver.warning}</p>}
              {mayWrite && (
                <span class="buttons">
                  <button type="button" class="quiet" onClick={() => setForm(receiverFormOf(receiver))}>
                    Change<span class="unseen"> {receiver.name}</span>
                  </button>
                  <button
                    type="button"
                    class="quiet"
                    onClick={() =>
                      window.confirm(`Delete receiver ${receiver.name}?`) && void deleteReceiver(receiver.id).then(again)
                    }
                  >
                    Delete<span class="unseen"> {receiver.name}</span>
                  </button>
                  <TestButton receiver={receiver} />
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
      {secrets.map((secret) => (
        <p key={secret} class="say wide" role="status">
          Give this signing secret to the receiving program, it is not shown again: <code>{secret}</code>
        </p>
      ))}
      {form === null && mayWrite && (
        <p class="buttons">
          <button type="button" onClick={() => setForm(emptyReceiver(VIEWER_ZONE))}>
            New receiver
          </button>
        </p>
      )}
      {form !== null && (
        <ReceiverForm
          key={form.id ?? 'new'}
          begin={form}
          done={(made) => {
            setForm(null);
            setSecrets(made);
            again();
          }}
        />
      )}
    </section>
  );
}

/** Whether a message gets there is better known before the night. */
function TestButton({ receiver }: { readonly receiver: ReceiverView }) {
  const [said, setSaid] = useState<string | null>(null);
  const test = async (): Promise<void> => {
    setSaid('Sending…');
    const answer = await testReceiver(receiver.id);
    if (answer.kind !== 'ok') return setSaid(answer.kind === 'failed' ? answer.reason : 'You are signed out.');
    const lines = answer.value.channels.map(
      ({ kind, delivered, detail }) => `${kind} ${delivered ? 'took it' : 'failed'}: ${detail}`,
    );
    return setSaid(`${lines.join('; ')}.`);
  };
  return (
    <>
      <button type="button" class="quiet" onClick={() => void test()}>
        Send a test<span class="unseen"> to {receiver.name}</span>
      </button>
      {said !== null && (
        <span class="hint" role="status">
          {said}
        </span>
      )}
    </>
  );
}

function QuietText({ receiver: { quiet_hours: quiet } }: { readonly receiver: ReceiverView }) {
  const window = quiet?.windows[0];
  if (quiet == null || window === undefined) return null;
  return <span class="hint"> quiet {quiet.windows.length > 1 ? 'at times' : `${window.from} to ${window.to}`}</span>;
}

function channelsText({ channels }: ReceiverView): string {
  return (channels ?? []).map((one) => [one.kind, one.address ?? one.url].filter((text) => text != null).join(' ')).join(', ');
}

/** The newest messages and what became of them. */
function DeliveryLog() {
  const { value, fault, again } = useAsked(readNotifications, 10_000);
  if (value === null || value.notifications.length === 0) return fault === null ? null : <p class="hint">{fault}</p>;
  return (
    <section class="panel" aria-labelledby="log-head">
      <h2 id="log-head">Newest messages</h2>
      <ul class="told">
        {value.notifications.map((one) => (
          <li key={one.id}>
            <strong>{one.receiver}</strong> <a href={`#/event/${one.event_id}`}>{one.unit}</a>
            <ul class="deliveries">
              <Delivery delivery={one} again={again} />
            </ul>
          </li>
        ))}
      </ul>
    </section>
  );
}
