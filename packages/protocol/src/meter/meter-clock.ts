/** The meter's clock text, `YYYY/MM/DD HH:MM:SS`: a wall time without zone, as wrong as whoever set it. Never used for ordering. */

/** A wall time as the meter shows it. */
export interface MeterClock {
  readonly year: number;
  /** 1..12 */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const SHAPE = /^(\d{4})\/(\d{2})\/(\d{2}) (\d{2}):(\d{2}):(\d{2})$/;

/** Reads the text strictly, or `null`: the 31st of April and the 25th hour are no times. */
export function parseMeterClock(text: string): MeterClock | null {
  const match = SHAPE.exec(text);
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const clock = { year, month, day, hour, minute, second };
  return isMeterClock(clock) ? clock : null;
}

/** The text that the meter shows and takes. The components must be a real wall time, see {@link isMeterClock}. */
export function formatMeterClock(clock: MeterClock): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${String(clock.year).padStart(4, '0')}/${two(clock.month)}/${two(clock.day)}`;
  return `${date} ${two(clock.hour)}:${two(clock.minute)}:${two(clock.second)}`;
}

/** Whether the components name a wall time that exists, from the year 1970 to 2099. */
export function isMeterClock(clock: MeterClock): boolean {
  if (clock.year < 1970 || clock.year > 2099) return false;
  const again = meterClockFromNaiveMs(naiveMsOfMeterClock(clock));
  return (Object.keys(again) as (keyof MeterClock)[]).every((part) => again[part] === clock[part]);
}

/** Milliseconds of the wall time as if it were UTC; the difference to a true instant is zone plus clock error. */
export function naiveMsOfMeterClock(clock: MeterClock): number {
  return Date.UTC(clock.year, clock.month - 1, clock.day, clock.hour, clock.minute, clock.second);
}

/** The reverse of {@link naiveMsOfMeterClock}; parts of a second are dropped, as the meter drops them. */
export function meterClockFromNaiveMs(naiveMs: number): MeterClock {
  const date = new Date(naiveMs);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  };
}
