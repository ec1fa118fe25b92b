/** Times on the axis of a chart, by the clock of the unit's place. Pure. */

const DAY_S = 86_400;
const formatters = new Map<string, Intl.DateTimeFormat>();

function text(atMs: number, zone: string, options: Intl.DateTimeFormatOptions): string {
  const key = `${zone} ${JSON.stringify(options)}`;
  let formatter = formatters.get(key);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone, hourCycle: 'h23' });
    formatters.set(key, formatter);
  }
  return formatter.format(atMs);
}

const CLOCK: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' };
const DATE: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short' };

/** `07:15`, at midnight the date; `24 Nov` where labels are days apart, `Nov 2026` where they are months apart. `stepS`: from one label to the next. */
export function axisTime(atMs: number, stepS: number, zone: string): string {
  if (stepS >= 28 * DAY_S) return text(atMs, zone, { month: 'short', year: 'numeric' });
  if (stepS >= DAY_S) return text(atMs, zone, DATE);
  const clock = text(atMs, zone, stepS < 60 ? { ...CLOCK, second: '2-digit' } : CLOCK);
  return /^00:00(:00)?$/.test(clock) ? text(atMs, zone, DATE) : clock;
}

/** `24 Nov 2026, 07:15:30` */
export function cursorTime(atMs: number, zone: string): string {
  return text(atMs, zone, { ...DATE, year: 'numeric', ...CLOCK, second: '2-digit' });
}

/** `07:15`, or `Wed 07:15` where the date is another than that of `date`: bounds of periods. */
export function boundText(atMs: number, date: string, zone: string): string {
  const day = new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(atMs);
  return day === date ? text(atMs, zone, CLOCK) : text(atMs, zone, { weekday: 'short', ...CLOCK }).replace(',', '');
}
