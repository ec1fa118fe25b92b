const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `07:41:05` in an IANA zone. */
export function localTime(atMs: number, zone: string): string {
  return formatter(zone, { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(atMs);
}

/** `07:41` in an IANA zone. */
export function localMinute(atMs: number, zone: string): string {
  return formatter(zone, { hour: '2-digit', minute: '2-digit' }).format(atMs);
}

/** `23 Nov 2026, 07:41:05` in an IANA zone. */
export function localDateTime(atMs: number, zone: string): string {
  return formatter(zone, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(atMs);
}

/** `2026-11-23 06:41:05 UTC`: what stands in the tool tip of every local time. */
export function utcText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** How long ago in the two largest units that matter; a clock that runs ahead reads as now. */
export function formatAge(ageMs: number): string {
  if (ageMs < 2 * SECOND_MS) return 'now';
  if (ageMs < MINUTE_MS) return `${Math.floor(ageMs / SECOND_MS)} s`;
  if (ageMs < HOUR_MS) return `${Math.floor(ageMs / MINUTE_MS)} min`;
  if (ageMs < DAY_MS) return `${Math.floor(ageMs / HOUR_MS)} h ${Math.floor((ageMs % HOUR_MS) / MINUTE_MS)} min`;
  return `${Math.floor(ageMs / DAY_MS)} d ${Math.floor((ageMs % DAY_MS) / HOUR_MS)} h`;
}

/** The instant at which the day of `atMs` began in an IANA zone. Where midnight does not exist, the first instant of the day. */
export function startOfDayMs(atMs: number, zone: string): number {
  const day = dayOf(atMs, zone);
  // No zone's day is longer than 25 h; the first instant of the day lies in between and days are in order, so halving finds it.
  let before = atMs - 26 * HOUR_MS;
  let within = atMs;
  while (within - before > 1) {
    const middle = Math.floor((before + within) / 2);
    if (dayOf(middle, zone) === day) within = middle;
    else before = middle;
  }
  return within;
}

/** The instant at which the day of `atMs` ends in an IANA zone: 23 to 25 hours after it began. */
export function endOfDayMs(atMs: number, zone: string): number {
  return startOfDayMs(startOfDayMs(atMs, zone) + 26 * HOUR_MS, zone);
}

function dayOf(atMs: number, zone: string): string {
  return formatter(zone, { year: 'numeric', month: '2-digit', day: '2-digit' }).format(atMs);
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** One formatter per zone and shape: making one costs far more than using it. The zones are those of the units, so the map stays small. */
function formatter(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${Object.keys(options).join()}`;
  const known = formatters.get(key);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone, hourCycle: 'h23' });
  formatters.set(key, made);
  return made;
}
