import { useState } from 'preact/hooks';
import { formatLevel } from '../format/level.ts';
import { hashOf } from '../shell/route.ts';
import { TimeText } from '../shell/time-text.tsx';
import { useHub, useHubState, useNowMs } from '../shell/use-hub.ts';
import { acknowledge, EVENTS_PER_PAGE, type EventView, readEventsUntil } from './alert-api.ts';
import {
  endText,
  figureText,
  gradeOf,
  isUnseen,
  lastedText,
  levelNow,
  matterText,
  oldestOf,
  onAndOver,
  summaryText,
  unitsOf,
  withOlder,
} from './alert-model.ts';
import { useEvents } from './use-alerts.ts';

/** What wants somebody now, and what has been. */
export function Inbox() {
  const { value, fault } = useEvents();
  const [unit, setUnit] = useState('');
  const [older, setOlder] = useState<readonly EventView[]>([]);
  const [isAtEnd, setAtEnd] = useState(false);
  if (value === null) return <p class="hint">{fault ?? 'Reading the events…'}</p>;
  const all = withOlder(value, older);
  const shown = all.filter((event) => unit === '' || event.unit === unit);
  const showOlder = async (): Promise<void> => {
    const answer = await readEventsUntil(oldestOf(all.filter(({ status }) => status !== 'active')) ?? new Date().toISOString());
    if (answer.kind !== 'ok') return;
    setOlder(withOlder(older, answer.value.events));
    setAtEnd(answer.value.events.length < EVENTS_PER_PAGE);
  };
  const { on, over } = onAndOver(shown);
  return (
    <>
      {fault !== null && (
        <p class="banner" role="alert">
          The events are not up to date: {fault}.
        </p>
      )}
      <div class="inbox-head">
        <p class={`summary ${on.some(isUnseen) ? 'trouble' : on.length > 0 ? 'notice' : ''}`} role="status">
          {summaryText(shown)}
        </p>
        {unitsOf(all).length > 1 && (
          <label class="filter">
            Unit
            <select value={unit} onChange={(change) => setUnit(change.currentTarget.value)}>
              <option value="">All</option>
              {unitsOf(all).map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </label>
        )}
      </div>
      {on.length > 0 && (
        <ul class="events" aria-label="On now">
          {on.map((event) => (
            <LiveEvent key={event.event_id} event={event} />
          ))}
        </ul>
      )}
      {over.length > 0 && (
        <>
          <h2 class="earlier">Earlier</h2>
          <ul class="events" aria-label="Earlier">
            {over.map((event) => (
              <PastEvent key={event.event_id} event={event} />
            ))}
          </ul>
        </>
      )}
      {value.length >= EVENTS_PER_PAGE && !isAtEnd && (
        <p class="buttons">
          <button type="button" class="quiet" onClick={() => void showOlder()}>
            Show older ones
          </button>
        </p>
      )}
      {shown.length === 0 && <p class="panel">No events yet{unit === '' ? '' : ` at ${unit}`}.</p>}
    </>
  );
}

/** One that is on: how it is at this moment, and the way to say that one has seen it. */
function LiveEvent({ event }: { readonly event: EventView }) {
  const hub = useHub();
  const nowMs = useNowMs();
  const view = useHubState().fleet.get(event.unit);
  const level = levelNow(view, nowMs);
  const matter = matterText(event, view, nowMs);
  const [problem, setProblem] = useState<string | null>(null);
  const grade = gradeOf(event);
  const say = async (): Promise<void> => {
    const answer = await acknowledge(event.event_id, '');
    setProblem(answer.kind === 'failed' ? answer.reason : answer.kind === 'signed-out' ? 'You are signed out.' : null);
    await hub.readEvents();
  };
  return (
    <li class={`event ${grade.tone} ${isUnseen(event) ? 'new' : ''}`} data-event={event.event_id}>
      <p class="event-head">
        <span class={`chip ${grade.tone}`}>{grade.word}</span>
        <a href={hashOf({ name: 'event', event: event.event_id })}>
          {event.unit}: {event.name}
        </a>
        <EventMarks event={event} />
      </p>
      <p class="event-facts">
        <span>
          for <strong>{lastedText(nowMs - Date.parse(event.onset_at))}</strong>, since <TimeText at={event.onset_at} full />
        </span>
        <Figures event={event} />
        {level !== null && (
          <span>
            now <strong>{formatLevel(level)} dB</strong> at the meter
          </span>
        )}
      </p>
      {matter !== null && <p>{matter}</p>}
      {isUnseen(event) && (
        <p class="buttons">
          <button type="button" onClick={() => void say()}>
            Acknowledge
            <span class="unseen">
              {' '}
              {event.unit}: {event.name}
            </span>
          </button>
        </p>
      )}
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </li>
  );
}

function PastEvent({ event }: { readonly event: EventView }) {
  const grade = gradeOf(event);
  const endMs = event.clear_at === null ? null : Date.parse(event.clear_at);
  return (
    <li class="event over" data-event={event.event_id}>
      <p class="event-head">
        <span class="chip">{grade.word}</span>
        <a href={hashOf({ name: 'event', event: event.event_id })}>
          {event.unit}: {event.name}
        </a>
        <EventMarks event={event} />
      </p>
      <p class="event-facts">
        <span>
          <TimeText at={event.onset_at} full />
          {endMs !== null && `, for ${lastedText(endMs - Date.parse(event.onset_at))}`}
        </span>
        {event.end_reason !== null && event.end_reason !== 'recovered' && <span>{endText(event.end_reason)}</span>}
        <Figures event={event} />
      </p>
    </li>
  );
}

function Figures({ event }: { readonly event: EventView }) {
  const peak = figureText(event.peak_value, event);
  const limit = figureText(event.threshold, event);
  return (
    <>
      {peak !== null && <span>peak {peak}</span>}
      {limit !== null && <span>limit {limit}</span>}
      {event.count > 1 && <span>{event.count} times</span>}
    </>
  );
}

/** Marks that matter as much as the grade. */
export function EventMarks({ event }: { readonly event: EventView }) {
  return (
    <>
      {isUnseen(event) && <span class="chip alarm">Not acknowledged</span>}
      {event.acknowledged_at !== null && <span class="chip">Acknowledged by {event.acknowledged_by}</span>}
      {event.status === 'cleared' && <span class="chip running">Over</span>}
      {event.status === 'superseded' && <span class="chip">Not confirmed by later data</span>}
      {event.late && (
        <span class="chip warn" title="Found in data that came late, when it was over: recorded, and nobody was woken for it">
          Late
        </span>
      )}
    </>
  );
}
