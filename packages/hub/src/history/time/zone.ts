/**
 * Local time of a place: the only file of history and alerts that knows how a wall clock maps to UTC.
 * Everything else works on UTC milliseconds. Dates are `YYYY-MM-DD`, times of day `HH:MM` (`24:00` is the end of the day).
 */
import { IANAZone } from 'luxon';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const DATE_PATTERN = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME_PATTERN = /^(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))$/;

/** Whether `name` is a zone of the IANA time zone database. */
export function isIanaZone(name: string): boolean {
  return IANAZone.isValidZone(name);
}

export function isLocalDate(text: string): boolean {
  const dayMs = dateMs(text);
  return dayMs !== null && new Date(dayMs).toISOString().slice(0, 10) === text;
}

export function isTimeOfDay(text: string): boolean {
  return TIME_PATTERN.test(text);
}

/** The calendar date at `atMs` on the clocks of `zone`. */
export function localDateOf(atMs: number, zone: string): string {
  return new Date(atMs + offsetMs(atMs, zone)).toISOString().slice(0, 10);
}

/** `2026-02-28` plus 1 is `2026-03-01`; no zone is involved. */
export function addDays(date: string, days: number): string {
  return new Date(wallMs(date) + days * DAY_MS).toISOString().slice(0, 10);
}

/** 1 Monday to 7 Sunday (ISO 8601). */
export function weekdayOf(date: string): number {
  return new Date(wallMs(date)).getUTCDay() || 7;
}

/** Minutes since midnight on the face of the clock: 0..1440. */
export function minutesOf(time: string): number {
  const [hours = '0', minutes = '0'] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
}

/**
 * The instant at which the clocks of `zone` show `time` on `date`.
 * A time that happens twice is its first occurrence; one that does not exist is moved forward by the clock change (02:30 becomes 03:30 where 02:00 to 03:00 is missing).
 */
export function localTimeMs(date: string, time: string, zone: string): number {
  return wallClockMs(wallMs(date) + minutesOf(time) * MINUTE_MS, zone);
}

/** Every instant at which the clocks of `zone` show what UTC's show at `wall` ("local time written as if it were UTC"): one, none in a gap, two where clocks went back. */
export function instantsShowing(wall: number, zone: string): readonly number[] {
  const offsets = new Set([offsetMs(wall - DAY_MS, zone), offsetMs(wall + DAY_MS, zone)]);
  return [...offsets]
    .map((offset) => wall - offset)
    .filter((atMs) => atMs + offsetMs(atMs, zone) === wall)
    .toSorted((a, b) => a - b);
}

function wallClockMs(wall: number, zone: string): number {
  return instantsShowing(wall, zone)[0] ?? wall - offsetMs(wall - DAY_MS, zone);
}

/** Local midnight to the next local midnight: 23, 24 or 25 hours (Lord Howe: also 23.5 and 24.5). `endMs` is exclusive. */
export function dayBounds(date: string, zone: string): { readonly startMs: number; readonly endMs: number } {
  return { startMs: localTimeMs(date, '00:00', zone), endMs: localTimeMs(addDays(date, 1), '00:00', zone) };
}

/** Offsets found before, by zone and minute: asking takes microseconds, and a series of seconds asks sixty times a minute. Forgotten as a whole when it is full. */
const knownOffsets = new Map<string, number>();
const MAX_KNOWN_OFFSETS = 20_000;

function offsetMs(atMs: number, zone: string): number {
  const key = `${zone} ${Math.floor(atMs / MINUTE_MS)}`;
  const known = knownOffsets.get(key);
  if (known !== undefined) return known;
  const offset = IANAZone.create(zone).offset(atMs) * MINUTE_MS;
  if (knownOffsets.size >= MAX_KNOWN_OFFSETS) knownOffsets.clear();
  knownOffsets.set(key, offset);
  return offset;
}

function wallMs(date: string): number {
  const parsed = dateMs(date);
  if (parsed === null) throw new RangeError(`${date} is no date like 2026-11-23`);
  return parsed;
}

function dateMs(date: string): number | null {
  const parts = DATE_PATTERN.exec(date);
  if (parts === null) return null;
  return Date.UTC(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]));
}
