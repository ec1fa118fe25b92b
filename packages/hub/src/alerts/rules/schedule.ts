/** When a rule applies. Pure: the instant comes in, the calendar is the IANA zone's. Neighbours: rule.ts holds the schedule, evaluate.ts asks. */
import { DateTime } from 'luxon';
import { z } from 'zod';
import { daysAround, type LocalDay } from './local-days.ts';

const TIME_PATTERN = /^([01]\d|2[0-3]):[0-5]\d$/;

/** Whether `name` is a zone of the IANA time zone database. */
export function isZone(name: string): boolean {
  return DateTime.local({ zone: name }).isValid;
}

export const zoneSchema = z.string().max(64).refine(isZone, { error: 'expected an IANA time zone such as Europe/Berlin' });

/** Half-open: from `from` (inclusive) to `to` (exclusive) of local time; `to` at or before `from` means the next day, so 00:00 to 00:00 is a whole day. */
export const windowSchema = z.object({
  /** Weekdays on which the window STARTS: 1 Monday to 7 Sunday (ISO 8601). A window that crosses midnight belongs to its start date. */
  days: z.array(z.int().min(1).max(7)).min(1).max(7),
  from: z.string().regex(TIME_PATTERN, { error: 'expected a time of day like 07:00' }),
  to: z.string().regex(TIME_PATTERN, { error: 'expected a time of day like 19:00' }),
  /** Thresholds in this window instead of the rule's own, level by level; dB or the metric's unit. */
  thresholds: z.array(z.number()).max(4).optional(),
});

export const scheduleSchema = z.object({
  /** The first window that contains an instant counts. */
  windows: z.array(windowSchema).min(1).max(50),
  /** Local dates (YYYY-MM-DD) that are no ordinary days. */
  holidays: z.array(z.iso.date()).max(400),
  /** What a holiday is: no window starts on it, or it has Sunday's windows. */
  on_holidays: z.enum(['off', 'sunday']),
});

export type ScheduleWindow = z.infer<typeof windowSchema>;
export type Schedule = z.infer<typeof scheduleSchema>;

/** One time span in which a window is open, by the calendar. */
export interface Occurrence {
  readonly startMs: number;
  /** Exclusive. */
  readonly endMs: number;
  /** Place of the window in the schedule. */
  readonly window: number;
}

/**
 * The occurrence that counts at an instant, and the stretch around that instant in which its window does: a window that stands before it in the schedule
 * may take over before its end, and its own next occurrence may follow without a gap (00:00 to 00:00 every day).
 */
export interface OpenWindow extends Occurrence {
  /** Of a stretch that goes on for days: more than a day before the instant. */
  readonly fromMs: number;
  /** Exclusive; of a stretch that goes on for days: more than a day after the instant. */
  readonly untilMs: number;
}

/** What holds at an instant and until when it is certain to hold. */
export interface ScheduleStatus {
  readonly open: OpenWindow | null;
  /** The same answer is right for every instant from the one asked for to this one (exclusive). */
  readonly untilMs: number;
}

/**
 * The window that counts at `atMs`, or `null`. A local time that does not exist is moved forward by the clock change;
 * one that happens twice is its first occurrence. So a window of 22:00-07:00 lasts 8 h or 10 h in the nights when clocks change.
 */
export function scheduleStatus(schedule: Schedule, zone: string, atMs: number): ScheduleStatus {
  const days = daysAround(zone, atMs);
  // Yesterday's may reach into today, and stretches are followed for a day at least.
  const occurrences = days.slice(0, -1).flatMap((day, place) => occurrencesOf(schedule, day, days[place + 1] ?? day));
  const countsAt = (instantMs: number): Occurrence | null =>
    occurrences.reduce<Occurrence | null>(
      (best, one) =>
        one.startMs <= instantMs && instantMs < one.endMs && (best === null || one.window < best.window) ? one : best,
      null,
    );
  // Between two boundaries the same window counts.
  const boundaries = [...new Set(occurrences.flatMap(({ startMs, endMs }) => [startMs, endMs]))].sort((a, b) => a - b);
  const boundary = (place: number): number => boundaries[place] ?? Number.NaN;
  let next = boundaries.findIndex((boundaryMs) => boundaryMs > atMs);
  const untilMs = Math.min(next < 0 ? Number.POSITIVE_INFINITY : boundary(next), days[3].startMs);
  const here = countsAt(atMs);
  if (here === null) return { open: null, untilMs };
  let first = boundaries.findLastIndex((boundaryMs) => boundaryMs <= atMs);
  while (first > 0 && countsAt(boundary(first - 1))?.window === here.window) first -= 1;
  while (next < boundaries.length - 1 && countsAt(boundary(next))?.window === here.window) next += 1;
  return { open: { ...here, fromMs: boundary(first), untilMs: boundary(next) }, untilMs };
}

function occurrencesOf(schedule: Schedule, day: LocalDay, next: LocalDay): Occurrence[] {
  const weekday = weekdayOf(schedule, day);
  if (weekday === null) return [];
  return schedule.windows.flatMap(({ days, from, to }, window) => {
    if (!days.includes(weekday)) return [];
    const startMs = day.timeMs(from);
    const endMs = (to > from ? day : next).timeMs(to);
    return endMs > startMs ? [{ startMs, endMs, window }] : [];
  });
}

function weekdayOf(schedule: Schedule, { date, weekday }: LocalDay): number | null {
  if (!schedule.holidays.includes(date)) return weekday;
  return schedule.on_holidays === 'sunday' ? 7 : null;
}
