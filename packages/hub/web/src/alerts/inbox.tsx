import { useState } from 'preact/hooks';
import { formatAge } from '../format/instant.ts';
import { formatLevel } from '../format/level.ts';
import { hashOf } from '../shell/route.ts';
import { TimeText } from '../shell/time-text.tsx';
import { useNowMs } from '../shell/use-hub.ts';
import type { EventView } from './alert-api.ts';
import { endText, gradeOf, inOrder, isUnseen, unitsOf } from './alert-model.ts';
import { useEvents } from './use-alerts.ts';

/** All events, those that want somebody first. */
export function Inbox() {
  const { value, fault } = useEvents();
  const [unit, setUnit] = useState('');
  const nowMs = useNowMs();
  if (value === null) return <p class="hint">{fault ?? 'Reading the events…'}</p>;
  const shown = inOrder(value.filter((event) => unit === '' || event.unit === unit));
  return (
    <>
      {fault !== null && (
        <p class="banner" role="alert">
          The events are not up to date: {fault}.
        </p>
      )}
      <p class="filter">
        <label for="event-unit">Unit</label>
        <select id="event-unit" value={unit} onChange={(change) => setUnit(change.currentTarget.value)}>
          <option value="">All</option>
          {unitsOf(value).map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </p>
      {shown.length === 0 ? (
        <p class="panel">Nothing has happened{unit === '' ? '' : ` at ${unit}`}.</p>
      ) : (
        <ul class="events">
          {shown.map((event) => (
            <EventLine key={event.event_id} event={event} nowMs={nowMs} />
          ))}
        </ul>
      )}
    </>
  );
}

function EventLine({ event, nowMs }: { readonly event: EventView; readonly nowMs: number }) {
  const grade = gradeOf(event);
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
          since <TimeText at={event.onset_at} full />
          {event.status === 'active' && `, for ${formatAge(nowMs - Date.parse(event.onset_at))}`}
        </span>
        {event.clear_at !== null && (
          <span>
            ended <TimeText at={event.clear_at} full /> ({endText(event.end_reason)})
          </span>
        )}
        {event.peak_value !== null && <span>peak {formatLevel(event.peak_value)}</span>}
        {event.threshold !== null && <span>threshold {event.threshold}</span>}
        {event.count > 1 && <span>{event.count} times</span>}
      </p>
    </li>
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
        <span class="chip warn" title="Found in data that came late: recorded, and nobody was woken for it">
          Late
        </span>
      )}
    </>
  );
}
