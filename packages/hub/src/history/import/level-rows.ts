/**
 * Reads a series of levels of other origin, line by line: a header, then time and level. Pure. Neighbours: imported-reading.ts makes readings of the rows.
 * Times with `Z` or an offset are taken as they are; others are local. A local time that happens twice is the first one until the series steps back, then
 * the second (in a series that is newest first, the other way round); one that does not exist is refused, as no clock showed it.
 */
import { instantsShowing } from '../time/zone.ts';

/** A level with the start of its interval. */
export interface LevelRow {
  readonly startMs: number;
  readonly levelDb: number;
}

export type RowResult =
  | { readonly kind: 'row'; readonly row: LevelRow }
  /** A blank line, or a row without a level: dashes, nothing, NaN. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'bad'; readonly reason: string };

const TIME_PATTERN =
  /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;
const NO_LEVEL = /^(|-+|-*[.]-|nan|na|null|none|n\/a)$/i;
const LEAST_DB = -50;
const MOST_DB = 250;
const OLDEST_MS = Date.UTC(1970, 0, 1);
const NEWEST_MS = Date.UTC(2200, 0, 1);
/** A row this little before the one before it is out of order, and no sign of a clock that went back. */
const DISORDER_MS = 10_000;

export class LevelRows {
  readonly #zone: string;
  readonly #separator: string;
  #previousMs: number | null = null;
  /** Told by the steps between rows whose time is beyond doubt. */
  #isNewestFirst = false;

  /** `header` tells the separator: semicolon, tab, else comma. Levels may have a decimal comma where it is not the separator, or in quotes. */
  constructor(header: string, zone: string) {
    this.#zone = zone;
    this.#separator = header.includes(';') ? ';' : header.includes('\t') ? '\t' : ',';
  }

  read(line: string): RowResult {
    if (line.trim() === '') return { kind: 'empty' };
    const [time = '', level = ''] = fieldsOf(line, this.#separator);
    if (NO_LEVEL.test(level)) return { kind: 'empty' };
    // A comma that is no separator is a decimal one.
    const levelDb = Number(level.replace(',', '.'));
    if (!Number.isFinite(levelDb)) return bad(`"${shortened(level)}" is no level`);
    if (levelDb < LEAST_DB || levelDb > MOST_DB) return bad(`${levelDb} dB is no level that was ever measured`);
    const startMs = this.#instant(time);
    if (typeof startMs === 'string') return bad(startMs);
    if (startMs < OLDEST_MS || startMs >= NEWEST_MS) return bad(`${shortened(time)} is not in the years 1970 to 2199`);
    this.#previousMs = startMs;
    return { kind: 'row', row: { startMs, levelDb } };
  }

  /** Milliseconds since 1970, or why not. */
  #instant(text: string): number | string {
    const parts = TIME_PATTERN.exec(text);
    if (parts === null) return `"${shortened(text)}" is no time like 2026-11-23 06:41:05 or 2026-11-23T06:41:05Z`;
    const [, year, month, day, hour, minute, second = '0', fraction = '0', offset] = parts;
    const wall = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
    // What is beyond its range moves what stands before it: a 31st that is a 1st, a minute 75 that is one of the next hour.
    const shown = new Date(wall);
    const isSame =
      shown.getUTCMonth() === Number(month) - 1 &&
      shown.getUTCDate() === Number(day) &&
      shown.getUTCHours() === Number(hour) &&
      shown.getUTCMinutes() === Number(minute);
    if (!isSame) return `there is no ${shortened(text)}`;
    const wallMs = wall + Math.round(Number(`0.${fraction}`) * 1000);
    if (offset !== undefined) return wallMs - offsetMs(offset);
    const instants = instantsShowing(wallMs, this.#zone);
    if (instants.length === 0) return `no clock in ${this.#zone} showed ${text}: the hour was skipped`;
    return this.#likeliest(instants);
  }

  /** The one of `instants` (ascending, at least one) that goes on in the direction of the series. */
  #likeliest(instants: readonly number[]): number {
    const [first = 0, second] = instants;
    const previousMs = this.#previousMs;
    if (second === undefined) {
      if (previousMs !== null && first !== previousMs) this.#isNewestFirst = first < previousMs;
      return first;
    }
    if (previousMs === null) return first;
    if (this.#isNewestFirst) return second <= previousMs + DISORDER_MS ? second : first;
    return first >= previousMs - DISORDER_MS ? first : second;
  }
}

/** The first two fields, without the quotes around them. */
function fieldsOf(line: string, separator: string): string[] {
  const fields: string[] = [];
  let from = 0;
  let isQuoted = false;
  for (let index = 0; index <= line.length && fields.length < 2; index += 1) {
    if (line[index] === '"') isQuoted = !isQuoted;
    else if (index === line.length || (line[index] === separator && !isQuoted)) {
      fields.push(line.slice(from, index).trim());
      from = index + 1;
    }
  }
  return fields.map((field) => field.replace(/^"(.*)"$/, '$1').trim());
}

function offsetMs(text: string): number {
  if (text.toUpperCase() === 'Z') return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(-2));
  return (text.startsWith('-') ? -minutes : minutes) * 60_000;
}

function bad(reason: string): RowResult {
  return { kind: 'bad', reason };
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
