/** The stretch of days that is looked at: a day, a week, a month or a year, told by a date in it. Pure; zones come in where instants are asked for. */
import { startOfDateMs } from './zone-clock.ts';

export const SPANS = ['day', 'week', 'month', 'year'] as const;
export type SpanName = (typeof SPANS)[number];

/** `first` up to, but without, `end`. */
export interface Dates {
  readonly first: string;
  readonly end: string;
}

const DAY_MS = 86_400_000;
const dayMs = (date: string): number => Date.parse(`${date}T00:00:00Z`);
const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

export function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(dayMs(text)) && dateOf(dayMs(text)) === text;
}

export function addDays(date: string, days: number): string {
  return dateOf(dayMs(date) + days * DAY_MS);
}

/** Weeks begin on Monday (ISO 8601). */
export function datesOf(span: SpanName, date: string): Dates {
  const [year = '', month = ''] = date.split('-');
  if (span === 'day') return { first: date, end: addDays(date, 1) };
  if (span === 'year') return { first: `${year}-01-01`, end: `${String(Number(year) + 1).padStart(4, '0')}-01-01` };
  if (span === 'week') {
    const first = addDays(date, -((new Date(dayMs(date)).getUTCDay() + 6) % 7));
    return { first, end: addDays(first, 7) };
  }
  return { first: `${year}-${month}-01`, end: dateOf(Date.UTC(Number(year), Number(month), 1)) };
}

/** A date in the span before (-1) or after (1). */
export function shifted(span: SpanName, date: string, by: -1 | 1): string {
  const { first, end } = datesOf(span, date);
  return by === 1 ? end : datesOf(span, addDays(first, -1)).first;
}

/** Every date of it. */
export function everyDate({ first, end }: Dates): string[] {
  return Array.from({ length: Math.round((dayMs(end) - dayMs(first)) / DAY_MS) }, (_, index) => addDays(first, index));
}

export function boundsOf({ first, end }: Dates, zone: string): { readonly fromMs: number; readonly toMs: number } {
  return { fromMs: startOfDateMs(first, zone), toMs: startOfDateMs(end, zone) };
}

const text = (date: string, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' }).format(dayMs(date));

/** `Tue, 24 November 2026`, `23 to 29 November 2026`, `November 2026`, `2026`. */
export function titleOf(span: SpanName, date: string): string {
  const { first, end } = datesOf(span, date);
  if (span === 'day') return text(date, { weekday: 'short', day: 'numeric', month: 'long', year: 'numeric' });
  if (span === 'month') return text(first, { month: 'long', year: 'numeric' });
  if (span === 'year') return first.slice(0, 4);
  const last = addDays(end, -1);
  const begin = text(first, first.slice(0, 7) === last.slice(0, 7) ? { day: 'numeric' } : { day: 'numeric', month: 'long' });
  return `${begin} to ${text(last, { day: 'numeric', month: 'long', year: 'numeric' })}`;
}

/** `Tuesday`. */
export const weekdayText = (date: string): string => text(date, { weekday: 'long' });

/** `Tue 24 Nov`: a row of a table. */
export function dateText(date: string): string {
  return text(date, { weekday: 'short', day: 'numeric', month: 'short' }).replace(',', '');
}
