/** What of a unit's history is shown, and how it stands in the address, so that a link shows a colleague the same. Pure. */
import { isDate, SPANS, type SpanName } from './span.ts';

export const RESOLUTIONS = ['auto', '1s', '10s', '1m', '5m', '15m', '30m', '1h', '6h', '1d'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];
export const WINDOWS_S = [60, 300, 900, 1800, 3600, 28_800] as const;

export interface HistoryView {
  readonly span: SpanName;
  /** A date in the span; `null`: today at the unit's place. */
  readonly date: string | null;
  readonly resolution: Resolution;
  /** Whether masked, and overloaded, time counts. */
  readonly masked: 'out' | 'in';
  readonly overload: 'out' | 'in';
  /** N of LN. */
  readonly percents: readonly number[];
  /** T of the loudest LAeq,T, in seconds. */
  readonly windowS: number;
  readonly mode: 'clock' | 'moving';
  readonly scheme: string;
}

export const USUAL_VIEW: HistoryView = {
  span: 'day',
  date: null,
  resolution: 'auto',
  masked: 'out',
  overload: 'out',
  percents: [1, 5, 10, 50, 90, 95],
  windowS: 900,
  mode: 'clock',
  scheme: 'general',
};

/** The text behind `?`; what is not right in it is left at what is usual. */
export function readView(query: string): HistoryView {
  const given = new URLSearchParams(query);
  const one = <T extends string>(name: string, choices: readonly T[], usual: T): T =>
    choices.find((choice) => choice === given.get(name)) ?? usual;
  const date = given.get('date');
  const windowS = Number(given.get('t'));
  return {
    span: one('span', SPANS, USUAL_VIEW.span),
    date: date !== null && isDate(date) ? date : null,
    resolution: one('resolution', RESOLUTIONS, USUAL_VIEW.resolution),
    masked: one('masked', ['out', 'in'], USUAL_VIEW.masked),
    overload: one('overload', ['out', 'in'], USUAL_VIEW.overload),
    percents: percentsOf(given.get('n') ?? '') ?? USUAL_VIEW.percents,
    windowS: WINDOWS_S.find((seconds) => seconds === windowS) ?? USUAL_VIEW.windowS,
    mode: one('mode', ['clock', 'moving'], USUAL_VIEW.mode),
    scheme: /^[a-z0-9][a-z0-9-]{0,31}$/.test(given.get('scheme') ?? '') ? (given.get('scheme') ?? '') : USUAL_VIEW.scheme,
  };
}

/** Only what is not usual. */
export function writeView(view: HistoryView): string {
  const said: [string, string, string][] = [
    ['span', view.span, USUAL_VIEW.span],
    ['date', view.date ?? '', ''],
    ['resolution', view.resolution, USUAL_VIEW.resolution],
    ['masked', view.masked, USUAL_VIEW.masked],
    ['overload', view.overload, USUAL_VIEW.overload],
    ['n', view.percents.join(','), USUAL_VIEW.percents.join(',')],
    ['t', String(view.windowS), String(USUAL_VIEW.windowS)],
    ['mode', view.mode, USUAL_VIEW.mode],
    ['scheme', view.scheme, USUAL_VIEW.scheme],
  ];
  const unusual = said.filter(([, value, usual]) => value !== usual).map(([name, value]) => [name, value]);
  return new URLSearchParams(unusual).toString();
}

/** `10, 50, 90`: up to 20 numbers above 0 and below 100; `null` for anything else. */
export function percentsOf(text: string): readonly number[] | null {
  const words = text.split(/[\s,;]+/).filter((word) => word !== '');
  const numbers = words.map(Number);
  const isRight = words.every((word) => /^\d{1,2}(\.\d{1,3})?$/.test(word)) && numbers.every((one) => one > 0 && one < 100);
  return isRight && numbers.length > 0 && numbers.length <= 20 ? [...new Set(numbers)].toSorted((a, b) => a - b) : null;
}
