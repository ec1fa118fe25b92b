/**
 * The days around an instant, and the full T in which it lies, by the calendar of a zone. Calendar arithmetic is slow, and at the end of a window thousands of
 * rules ask about the same days at once: so they share them. What is answered depends on zone and instant alone. Neighbours: schedule.ts, frame-metric.ts; history/time/zone.ts knows the clocks.
 */
import { addDays, localDateOf, localTimeMs, weekdayOf } from '../../history/time/zone.ts';

export interface LocalDay {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  /** 1 Monday to 7 Sunday. */
  readonly weekday: number;
  readonly startMs: number;
  /** The instant at which it is `HH:MM`. A time that does not exist is moved forward by the clock change, one that happens twice is the first. */
  timeMs(time: string): number;
}

/** Days from the day before yesterday to the one three days ahead; today stands third. */
export type DaysAround = readonly [LocalDay, LocalDay, today: LocalDay, tomorrow: LocalDay, LocalDay, LocalDay];

/** Todays that are kept of a zone: the present one, and those in which stories are being told again. */
const KEPT = 8;
const DAY_MS = 86_400_000;

const keptByZone = new Map<string, readonly DaysAround[]>();

export function daysAround(zone: string, atMs: number): DaysAround {
  const kept = keptByZone.get(zone) ?? [];
  const known = kept.find((days) => days[2].startMs <= atMs && atMs < days[3].startMs);
  if (known !== undefined) return known;
  const today = localDateOf(atMs, zone);
  const day = (from: number): LocalDay => localDay(addDays(today, from), zone);
  const days: DaysAround = [day(-2), day(-1), day(0), day(1), day(2), day(3)];
  keptByZone.set(zone, [days, ...kept].slice(0, KEPT));
  return days;
}

/** A full T of local time. `isWhole`: it is one; what is left over at a day's end is none. */
export interface LocalBlock {
  readonly startMs: number;
  /** Exclusive. */
  readonly endMs: number;
  readonly isWhole: boolean;
}

/**
 * The clock-aligned T in which an instant lies, as history has them: they begin at local midnight and every T from there. One of 24 h is the local day, so 23 or
 * 25 hours where clocks change.
 */
export function localBlock(zone: string, lengthMs: number, atMs: number): LocalBlock {
  const days = daysAround(zone, atMs);
  const [dayMs, nextDayMs] = [days[2].startMs, days[3].startMs];
  if (lengthMs === DAY_MS) return { startMs: dayMs, endMs: nextDayMs, isWhole: true };
  const startMs = dayMs + Math.floor((atMs - dayMs) / lengthMs) * lengthMs;
  const endMs = startMs + lengthMs;
  return { startMs, endMs: Math.min(endMs, nextDayMs), isWhole: endMs <= nextDayMs };
}

function localDay(date: string, zone: string): LocalDay {
  const times = new Map<string, number>();
  return {
    date,
    weekday: weekdayOf(date),
    startMs: localTimeMs(date, '00:00', zone),
    timeMs(time) {
      const known = times.get(time);
      if (known !== undefined) return known;
      const timeMs = localTimeMs(date, time, zone);
      times.set(time, timeMs);
      return timeMs;
    },
  };
}
