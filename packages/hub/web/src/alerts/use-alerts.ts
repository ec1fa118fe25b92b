import { type Asked, useAsked } from '../shell/use-asked.ts';
import { useHub, useHubState } from '../shell/use-hub.ts';
import { type EventView, type NotificationView, readEvent } from './alert-api.ts';

/** All events: the hub tells when there is something new. */
export function useEvents(): Asked<readonly EventView[]> {
  const hub = useHub();
  const { events, eventsFault } = useHubState();
  return { value: events, fault: eventsFault, again: () => void hub.readEvents() };
}

/** Deliveries are no steps of an event: they are looked at again while the event is open on the page. */
const DELIVERIES_EVERY_MS = 10_000;

/** One event with its deliveries. */
export function useEvent(id: string): Asked<EventView & { readonly notifications: readonly NotificationView[] }> {
  const { alertSteps } = useHubState();
  return useAsked(() => readEvent(id), DELIVERIES_EVERY_MS, `${id} ${alertSteps}`);
}
