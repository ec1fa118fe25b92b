/** What clocks of a zone show, by Intl alone. Neighbours: figures.journey.test.ts. */
import type { Span } from './oracle.ts';

const HOUR_MS = 3_600_000;

/** Date and hour and minute on the clocks of a zone, by Intl. */
export function clockAt(atMs: number, zone: string): string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  return format.format(atMs);
}

export const nextDate = (date: string): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);

/** Every local midnight from before the span to behind it: where the date on the clock changes, told minute by minute. */
export function midnightsOf({ startMs, endMs }: Span, zone: string): number[] {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' });
  const found: number[] = [];
  const firstMs = Math.floor((startMs - 26 * HOUR_MS) / 900_000) * 900_000;
  let before = format.format(firstMs);
  for (let atMs = firstMs; atMs <= endMs + 26 * HOUR_MS; atMs += 900_000) {
    const date = format.format(atMs);
    if (date !== before) found.push(atMs);
    before = date;
  }
  return found;
}
