import { TimeText } from '../shell/time-text.tsx';
import { type EventView, type NotificationView, sendAgain } from './alert-api.ts';
import { deliveryText, stepText, toldText } from './alert-model.ts';

type Told = EventView & { readonly notifications: readonly NotificationView[] };

/** Everybody it concerns: what they were told and how it got there, or why they were not. */
export function ToldPanel({ event, again }: { readonly event: Told; readonly again: () => void }) {
  const receivers = [
    ...new Set([...event.told.map(({ receiver }) => receiver), ...event.notifications.map(({ receiver }) => receiver)]),
  ];
  return (
    <section class="panel" aria-labelledby="told-head">
      <h2 id="told-head">Who was told</h2>
      {receivers.length === 0 && (
        <p class="hint">
          Nobody: {event.kind === 'threshold' ? 'the rule names no receiver.' : 'no rule here names a receiver.'}
        </p>
      )}
      <ul class="told">
        {receivers.map((receiver) => {
          const told = event.told.find((one) => one.receiver === receiver);
          const word = told === undefined ? null : toldText(told);
          const messages = event.notifications.filter((one) => one.receiver === receiver).toReversed();
          return (
            <li key={receiver}>
              <strong>{receiver}</strong> {word !== null && <span class={`chip ${word.tone}`}>{word.word}</span>}
              {told !== undefined && (
                <span class="hint">
                  {' '}
                  {told.explanation}
                  {told.waits_until !== null && (
                    <>
                      , until <TimeText at={told.waits_until} full />
                    </>
                  )}
                </span>
              )}
              <ul class="deliveries">
                {messages.map((one) => (
                  <Delivery key={one.id} delivery={one} again={again} />
                ))}
              </ul>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** One message on one channel. */
export function Delivery({ delivery, again }: { readonly delivery: NotificationView; readonly again: () => void }) {
  const { step, state, attempts, detail } = delivery;
  return (
    <li>
      {stepText(step)}{' '}
      <span class={`chip ${state === 'delivered' ? 'running' : state === 'gave-up' ? 'alarm' : 'warn'}`}>
        {deliveryText(state)}
      </span>
      <span class="hint">
        {' '}
        <TimeText at={delivery.ended_at ?? delivery.due_at} full />
        {attempts > 1 && `, ${attempts} tries`}
        {detail === null ? '' : `; ${detail}`}
      </span>{' '}
      {state !== 'waiting' && (
        <button type="button" class="quiet" onClick={() => void sendAgain(delivery.id).then(again)}>
          Send again<span class="unseen"> {stepText(step)}</span>
        </button>
      )}
    </li>
  );
}
