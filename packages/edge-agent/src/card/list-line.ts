/**
 * Lines of the card's LIST, Unix style. Pure. Recent entries carry a time of day and no year; older ones the year and no time.
 * Names may hold spaces, also at odd places (`NL_0001_SLM_Lp _0019_0001.rnd`), and a card may hold files of a camera.
 */

/** One entry of a folder on the card. */
export interface ListedEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly sizeBytes: number;
  /** As the listing said it. */
  readonly modifiedText: string;
  /** Wall time of the meter, as if it were UTC; `null` where the line names no date that exists. */
  readonly modifiedNaiveMs: number | null;
}

const LINE = /^([-d])\S{9}\s+\d+\s+\S+\s+\S+\s+(\d{1,15}) ([A-Z][a-z]{2}) {1,2}(\d{1,2}) {1,2}(\d{1,2}:\d{2}|\d{4}) (.+)$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** A meter's clock may be ahead of ours by zone and error; what lies further ahead than this is of the year before. */
const AHEAD_MS = 36 * 3_600_000;

/** Reads one line, or `null` when it is none of an entry (`total 4`, an empty line, anything of another shape). `nowNaiveMs` is the meter's wall time, about. */
export function parseListLine(line: string, nowNaiveMs: number): ListedEntry | null {
  const match = LINE.exec(line);
  if (match === null) return null;
  const [, kind, size, month = '', day = '', when = '', name = ''] = match;
  if (name === '.' || name === '..' || name.includes('/') || name.length > 255) return null;
  return {
    name,
    isFolder: kind === 'd',
    sizeBytes: Number(size),
    modifiedText: `${month} ${day} ${when}`,
    modifiedNaiveMs: naiveMs(MONTHS.indexOf(month), Number(day), when, nowNaiveMs),
  };
}

function naiveMs(month: number, day: number, when: string, nowNaiveMs: number): number | null {
  if (month < 0) return null;
  if (!when.includes(':')) return dateMs(Number(when), month, day, 0, 0);
  const [hour = 0, minute = 0] = when.split(':').map(Number);
  const year = new Date(nowNaiveMs).getUTCFullYear();
  // The latest year in which the entry is not of the future: across New Year that is the one before.
  for (const candidate of [year + 1, year, year - 1, year - 2, year - 3, year - 4]) {
    const ms = dateMs(candidate, month, day, hour, minute);
    if (ms !== null && ms <= nowNaiveMs + AHEAD_MS) return ms;
  }
  return null;
}

function dateMs(year: number, month: number, day: number, hour: number, minute: number): number | null {
  const date = new Date(Date.UTC(year, month, day, hour, minute));
  return date.getUTCMonth() === month && date.getUTCDate() === day && hour < 24 && minute < 60 ? date.getTime() : null;
}
