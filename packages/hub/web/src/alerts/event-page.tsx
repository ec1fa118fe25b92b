import { useState } from 'preact/hooks';
import { formatLevel } from '../format/level.ts';
import { hashOf } from '../shell/route.ts';
import { TimeText } from '../shell/time-text.tsx';
import { useAsked } from '../shell/use-asked.ts';
import { useHub, useHubState, useNowMs } from '../shell/use-hub.ts';
import { acknowledge, addComment, type EventView, readRule, writeSilence } from './alert-api.ts';
import { endText, figureText, gradeOf, isPresent, lastedText, matterText, stepText } from './alert-model.ts';
import { EventChart } from './event-chart-panel.tsx';
import { EventMarks } from './inbox.tsx';
import { ToldPanel } from './told-panel.tsx';
import { useEvent } from './use-alerts.ts';

const QUIET_MS = 3_600_000;

/** One event: how it is now, what to do about it, why it began and how it went on, who was told. */
export function EventPage({ id }: { readonly id: string }) {
  const { value: event, fault, again } = useEvent(id);
  if (event === null) return <p class="hint">{fault ?? 'Reading the event…'}</p>;
  const grade = gradeOf(event);
  const isAboutUnit = event.kind !== 'edge' && event.kind !== 'hub';
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
      {fault !== null && (
        <p class="banner" role="alert">
          This is not up to date: {fault}.
        </p>
      )}
      <Now event={event} again={again} />
      {isAboutUnit && event.figures_in !== null && (
        <section class="panel" aria-labelledby="chart-head">
          <h2 id="chart-head">Level</h2>
          <EventChart event={event} />
        </section>
      )}
      <div class="two">
        <Story event={event} again={again} />
        <ToldPanel event={event} again={again} />
      </div>
    </>
  );
}

/** What somebody who was just woken needs: is it still on, how bad is it, and one button. */
function Now({ event, again }: { readonly event: EventView; readonly again: () => void }) {
  const hub = useHub();
  const nowMs = useNowMs();
  const { value: rule, fault } = useAsked(
    () => (event.rule === null ? Promise.resolve({ kind: 'failed' as const, reason: '' }) : readRule(event.rule)),
    event.status === 'active' ? 3_000 : 0,
    event.rule ?? '',
  );
  const [said, setSaid] = useState<{ readonly text: string; readonly isProblem: boolean } | null>(null);
  const standing = rule?.standing?.event_id === event.event_id ? rule.standing : null;
  const isNow = fault === null && standing?.at != null && isPresent(standing.at, nowMs);
  const grade = gradeOf(event);
  const isOn = event.status === 'active';
  const lastedMs = (event.clear_at === null ? nowMs : Date.parse(event.clear_at)) - Date.parse(event.onset_at);
  const value = standing?.value ?? null;
  const matter = matterText(event, useHubState().fleet.get(event.unit), nowMs);
  const tell = (answer: { readonly kind: string; readonly reason?: string }, text: string): void =>
    setSaid(
      answer.kind === 'ok' ? { text, isProblem: false } : { text: answer.reason ?? 'You are signed out.', isProblem: true },
    );
  const acknowledgeIt = async (): Promise<void> => {
    tell(await acknowledge(event.event_id, ''), 'Acknowledged.');
    again();
    await hub.readEvents();
  };
  const quiet = async (): Promise<void> => {
    const fromMs = hub.nowMs();
    const answer = await writeSilence({
      unit: event.unit,
      from: new Date(fromMs).toISOString(),
      to: new Date(fromMs + QUIET_MS).toISOString(),
      reason: `while somebody looks after ${event.name}`.slice(0, 200),
    });
    tell(answer, `Nobody is told of ${event.unit} for an hour. Everything is still recorded.`);
  };
  return (
    <section class={`panel now-panel ${isOn ? grade.tone : 'over'}`} aria-label="How it is">
      <div class="now">
        {value !== null && event.figures_in !== null && (
          <p class="big">
            {formatLevel(value)}
            <span class="unit-of">{event.figures_in}</span>
            <span class="caption">{isNow ? 'now' : <TimeText at={standing?.at ?? null} />}</span>
          </p>
        )}
        <Figure caption="limit" text={figureText(event.threshold, event)} />
        <Figure caption="peak" text={figureText(event.peak_value, event)} />
        <p class="second-figure">
          {lastedText(lastedMs)}
          <span class="caption">{isOn ? 'so far' : 'long'}</span>
        </p>
      </div>
      <p>
        {isOn ? 'On since' : 'From'} <TimeText at={event.onset_at} full />
        {event.clear_at !== null && (
          <>
            {' '}
            to <TimeText at={event.clear_at} full />: {endText(event.end_reason)}
          </>
        )}
        {event.status === 'superseded' && ': the data that came later did not confirm it'}
        {isNow && standing.reason !== null && <span class="hint">. At this moment: {standing.reason}</span>}
      </p>
      {standing?.state === 'suspended' && <p class="missed">No readings come: the event is held until they do.</p>}
      {isOn && matter !== null && <p>{matter}</p>}
      <p class="buttons">
        {event.acknowledged_at === null && event.status !== 'superseded' && (
          <button type="button" class="main-button" onClick={() => void acknowledgeIt()}>
            Acknowledge
          </button>
        )}
        {isOn && event.kind === 'threshold' && (
          <button type="button" class="quiet" onClick={() => void quiet()}>
            Silence {event.unit} for an hour
          </button>
        )}
        {event.kind !== 'edge' && event.kind !== 'hub' && (
          <a href={hashOf({ name: 'unit', unit: event.unit })}>{event.unit}, live</a>
        )}
      </p>
      {said !== null && (
        <p class={said.isProblem ? 'problem' : 'hint'} role={said.isProblem ? 'alert' : 'status'}>
          {said.text}
        </p>
      )}
    </section>
  );
}

function Figure({ caption, text }: { readonly caption: string; readonly text: string | null }) {
  if (text === null) return null;
  return (
    <p class="second-figure">
      {text}
      <span class="caption">{caption}</span>
    </p>
  );
}

/** Step by step, with what people said to it. */
function Story({ event, again }: { readonly event: EventView; readonly again: () => void }) {
  const [comment, setComment] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const say = async (): Promise<void> => {
    const answer = await addComment(event.event_id, comment.trim());
    setProblem(answer.kind === 'failed' ? answer.reason : null);
    if (answer.kind === 'ok') setComment('');
    again();
  };
  return (
    <section class="panel" aria-labelledby="story-head">
      <h2 id="story-head">What happened</h2>
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
        <label for="comment">Comment</label>
        <textarea
          id="comment"
          rows={2}
          maxLength={1000}
          required
          value={comment}
          onInput={(input) => setComment(input.currentTarget.value)}
        />
        {problem !== null && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <p>
          <button type="submit" class="quiet">
            Add comment
          </button>
        </p>
      </form>
    </section>
  );
}
