/**
 * Local dates and times of a place and the instants they stand for, by the rules of the hub (docs/history.md): a time that happens twice is the first one, one that does not
 * exist is moved forward by the clock change. Dates are `2026-11-24`, times as inputs have them: `2026-11-24T07:15`.
 */
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  formatters.set(zone, made);
  return made;
}

/** What the clock of the zone shows, as if it were UTC. */
function wallMs(atMs: number, zone: string): number {
  const parts = Object.fromEntries(
    formatterOf(zone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, value]),
  );
  const seconds = `${parts['hour']}:${parts['minute']}:${parts['second']}`;
  return Date.parse(`${parts['year']}-${parts['month']}-${parts['day']}T${seconds}Z`);
}

/** `2026-11-24` */
export function localDate(atMs: number, zone: string): string {
  return new Date(wallMs(atMs, zone)).toISOString().slice(0, 10);
}

/** `2026-11-24T07:15:30`, as an input of date and time takes it. */
export function localInput(atMs: number, zone: string): string {
  return new Date(wallMs(atMs, zone)).toISOString().slice(0, 19);
}

/** The instant of a local time `2026-11-24T07:15` (seconds may follow); `null` for a text that is none. */
export function instantOf(local: string, zone: string): number | null {
  const wanted = Date.parse(`${local}Z`);
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(local) || Number.isNaN(wanted)) return null;
  const offsetAt = (atMs: number): number => wallMs(atMs, zone) - Math.floor(atMs / 1000) * 1000;
  const [before, after] = [offsetAt(wanted - DAY_MS), offsetAt(wanted + DAY_MS)];
  const candidates = [wanted - before, wanted - after].toSorted((a, b) => a - b);
  return candidates.find((atMs) => wallMs(atMs, zone) === wanted) ?? wanted - before;
}

/** The first instant of a local date. */
export function startOfDateMs(date: string, zone: string): number {
  return instantOf(`${date}T00:00`, zone) ?? Number.NaN;
}
