/** A scheme laid on a date: the UTC bounds of its windows and the levels composed of them. Neighbours: scheme.ts is the data, scheme-answer.ts fills in what was measured. */
import { energyOf, levelOf } from '@slmm/shared';
import { nominalHours, type PeriodWindow, type Rating, type Scheme } from './scheme.ts';
import type { Span } from '../time/spans.ts';
import { addDays, localTimeMs, minutesOf, weekdayOf } from '../time/zone.ts';

export interface DatedWindow extends Span {
  readonly window: PeriodWindow;
}

/** Windows of the scheme that start on `date`, in the scheme's order. One that has no length, because the clock change swallowed it, is left out. */
export function windowsOn(scheme: Scheme, date: string, zone: string): DatedWindow[] {
  const weekday = weekdayOf(date);
  return scheme.windows
    .filter((window) => window.days.includes(weekday))
    .map((window) => ({ window, ...spanOf(window, date, zone) }))
    .filter((dated) => dated.endMs > dated.startMs);
}

/** Ratings of the scheme that belong to `date`, in the scheme's order. */
export function ratingsOn(scheme: Scheme, date: string): Rating[] {
  return scheme.ratings.filter(({ days }) => days === undefined || days.includes(weekdayOf(date)));
}

/** Where `[from, to)` lies on `date`; `to` at or before `from` is on the next day. */
export function spanOf(window: { readonly from: string; readonly to: string }, date: string, zone: string): Span {
  const endDate = minutesOf(window.to) > minutesOf(window.from) ? date : addDays(date, 1);
  return { startMs: localTimeMs(date, window.from, zone), endMs: localTimeMs(endDate, window.to, zone) };
}

/**
 * The composed level: 10 lg(sum(h 10^((L + penalty)/10)) / sum(h)), with h the hours on the face of the clock (Directive 2002/49/EC, Annex I, 1; the same for Ldn).
 * In the nights of 7 or 9 hours the weight stays 8, as the definition has fixed numbers; the level itself is the mean over the real hours.
 * `null` as soon as one part has no level.
 */
export function ratingLevel(rating: Rating, partLevels: readonly (number | null)[]): number | null {
  let energy = 0;
  let hours = 0;
  for (const [index, part] of rating.parts.entries()) {
    const levelDb = partLevels[index] ?? null;
    if (levelDb === null) return null;
    energy += nominalHours(part) * energyOf(levelDb + part.penalty_db);
    hours += nominalHours(part);
  }
  return hours > 0 ? levelOf(energy / hours) : null;
}
