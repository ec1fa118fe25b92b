import { type Asked, useAsked } from '../shell/use-asked.ts';
import { type EventView, readEvents } from './alert-api.ts';

/** Alerts are few and late by seconds at most: asking beats another kind of live message. */
const ASK_EVERY_MS = 5_000;

export const useEvents = (): Asked<readonly EventView[]> => useAsked(readEvents, ASK_EVERY_MS);
