import { useState } from 'preact/hooks';
import { formatLevel } from '../format/level.ts';
import { hashOf } from '../shell/route.ts';
import { TimeText } from '../shell/time-text.tsx';
import { acknowledge, addComment, readEvent } from './alert-api.ts';
import { deliveryText, endText, gradeOf, stepText } from './alert-model.ts';
import { EventMarks } from './inbox.tsx';
import { useAsked } from '../shell/use-asked.ts';

/** One event: why it began, how it went on, who was told; and the place to say that one has seen it. */
export function EventPage({ id }: { readonly id: string }) {
  const { value: event, fault, again } = useAsked(() => readEvent(id), 5_000, id);
  const [comment, setComment] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  if (event === null) return <p class="hint">{fault ?? 'Reading the event…'}</p>;
  const say = async (): Promise<void> => {
    const text = comment.trim();
    const answer = await (event.acknowledged_at === null ? acknowledge(id, text) : addComment(id, text));
    setProblem(answer.kind === 'failed' ? answer.reason : null);
    if (answer.kind === 'ok') setComment('');
    again();
  };
  const grade = gradeOf(event);
  const isSeen = event.acknowledged_at !== null;
  return (
    <>
      <div class="page-head">
        <p class="crumbs">
          <a href={hashOf({ name: 'alerts', room: 'inbox' })}>Alerts</a>
        </p>
        <h1>
          {event.unit}: {event.name}
        </h1>
        <span class={`chip ${grade.tone}`}>{grade.word}</span>
        <EventMarks event={event} />
      </div>
      <div class="two">
        <section class="panel" aria-labelledby="story-head">
          <h2 id="story-head">What happened</h2>
          <dl class="facts">
            <Fact name="Since" value={<TimeText at={event.onset_at} full />} />
            {event.clear_at !== null && <Fact name="Until" value={<TimeText at={event.clear_at} full />} />}
            {event.end_reason !== null && <Fact name="Ended because" value={endText(event.end_reason)} />}
            {event.onset_value !== null && <Fact name="Value at the onset" value={formatLevel(event.onset_value)} />}
            {event.peak_value !== null && <Fact name="Peak" value={formatLevel(event.peak_value)} />}
            {event.threshold !== null && <Fact name="Threshold" value={String(event.threshold)} />}
            {event.kind !== 'edge' && (
              <Fact name="Unit" value={<a href={hashOf({ name: 'unit', unit: event.unit })}>{event.unit}</a>} />
            )}
          </dl>
          <ol class="steps">
            {event.steps.map((step) => (
              <li key={`${step.at} ${step.kind} ${step.text}`}>
                <TimeText at={step.at} full /> <strong>{stepText(step.kind)}</strong> {step.text}
              </li>
            ))}
          </ol>
          <form
            class="form"
            onSubmit={(submit) => {
              submit.preventDefault();
              void say();
            }}
          >
            <label for="comment">{isSeen ? 'Comment' : 'Comment (optional)'}</label>
            <textarea
              id="comment"
              rows={2}
              maxLength={1000}
              required={isSeen}
              value={comment}
              onInput={(input) => setComment(input.currentTarget.value)}
            />
            {problem !== null && (
              <p class="problem" role="alert">
                {problem}
              </p>
            )}
            <p>
              <button type="submit">{isSeen ? 'Add comment' : 'Acknowledge'}</button>
            </p>
          </form>
        </section>
        <section class="panel" aria-labelledby="told-head">
          <h2 id="told-head">Who was told</h2>
          {event.notifications.length === 0 ? (
            <p class="hint">Nobody{event.late ? ': it was found in data that came late' : ''}.</p>
          ) : (
            <ul class="told">
              {event.notifications.map((one) => (
                <li key={one.id}>
                  <strong>{one.receiver}</strong>, {stepText(one.step).toLowerCase()}:{' '}
                  <span class={`chip ${one.state === 'delivered' ? 'running' : one.state === 'gave-up' ? 'alarm' : 'warn'}`}>
                    {deliveryText(one.state)}
                  </span>
                  <span class="hint">
                    {' '}
                    <TimeText at={one.ended_at ?? one.due_at} full />, {one.attempts} {one.attempts === 1 ? 'try' : 'tries'},{' '}
                    {one.explanation}
                    {one.detail === null ? '' : `; ${one.detail}`}
                  </span>
                </li>
              ))}
            </ul>
          )}
        </section>
      </div>
    </>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
