/**
 * A line of `DRD?`, which the meter sends every 100 ms until it gets the byte 0x1A (SUB). Two layouts are known:
 * NL-43 with 33 fields (counter and 4 channels of 8) and NL-42 with 9. `DRD?status` appends five fields about the meter itself.
 * Leq is the 100 ms Leq while Lp, Lmax and Lmin carry the time weighting, so Leq above Lmax is legal.
 */
import { type DecodeFailure, FieldReader } from './level-field.ts';
import { type MeterClock, parseMeterClock } from './meter-clock.ts';

/** One channel of a tick; levels in dB over its 100 ms, `null` where the meter shows its placeholder. */
export interface DrdChannel {
  readonly lp: number | null;
  readonly leq: number | null;
  readonly lmax: number | null;
  readonly lmin: number | null;
  readonly lpeak: number | null;
  readonly lieq: number | null;
  readonly over: boolean;
  readonly under: boolean;
}

/** The tail of `DRD?status`. Its order is unverified, so it is read by shape: what is not there is `null`, and `raw` of the tick keeps all. */
export interface DrdStatus {
  readonly clock: MeterClock | null;
  /** Internal, external or USB supply. */
  readonly power: 'I' | 'E' | 'U' | null;
  /** From full to empty: F, M, L, D, E. */
  readonly battery: 'F' | 'M' | 'L' | 'D' | 'E' | null;
  readonly sdFreeMb: number | null;
  readonly run: 'Start' | 'Stop' | null;
}

export interface DrdTick {
  readonly kind: 'drd';
  readonly layout: 'nl43' | 'nl42';
  /** 100 ms ticks of the minute, 1..600. */
  readonly counter: number;
  /** Main, Sub1, Sub2, Sub3; on an NL-42 Main and Sub, of which Sub has only Lp. */
  readonly channels: readonly [DrdChannel, ...DrdChannel[]];
  /** NL-42 only: the field whose meaning is a setting of that meter. */
  readonly additional: number | null;
  /** Only on lines of `DRD?status`. */
  readonly status: DrdStatus | null;
  readonly raw: string;
}

const NL43_FIELDS = 33;
const NL42_FIELDS = 9;
/** Date, supply, battery, megabytes and run state; a date that comes as two fields makes it one more. */
const STATUS_FIELDS = 5;
const MOST_STATUS_FIELDS = 6;
const TICKS_PER_MINUTE = 600;

/**
 * Reads one line of the stream. Total: a line of any other shape is a {@link DecodeFailure}.
 * With `octave` the line may be longer; its first 33 fields are read and the rest stays in `raw`.
 */
export function decodeDrd(line: string, options: { readonly octave?: boolean } = {}): DrdTick | DecodeFailure {
  const fields = line.split(',');
  const count = fields.length;
  if (count === NL43_FIELDS) return readNl43(fields, null, line);
  if (count > NL43_FIELDS && count <= NL43_FIELDS + MOST_STATUS_FIELDS) {
    const status = readStatus(fields.slice(NL43_FIELDS));
    if (status !== null) return readNl43(fields, status, line);
  }
  if (count > NL43_FIELDS && options.octave === true) return readNl43(fields, null, line);
  if (count === NL42_FIELDS) return readNl42(fields, null, line);
  if (count > NL42_FIELDS && count <= NL42_FIELDS + MOST_STATUS_FIELDS) {
    const status = readStatus(fields.slice(NL42_FIELDS));
    if (status !== null) return readNl42(fields, status, line);
  }
  return {
    kind: 'failure',
    reason: 'field-count',
    detail: `${count} fields instead of ${NL43_FIELDS} or ${NL42_FIELDS}, perhaps with a status behind them`,
    raw: line,
  };
}

/** Ticks from counter `from` to counter `to`, modulo one minute: 1 is the next line, 0 a repeat, more than 1 means lost lines. */
export function ticksBetween(from: number, to: number): number {
  return (((to - from) % TICKS_PER_MINUTE) + TICKS_PER_MINUTE) % TICKS_PER_MINUTE;
}

function readNl43(fields: readonly string[], status: DrdStatus | null, raw: string): DrdTick | DecodeFailure {
  const reader = new FieldReader(fields);
  const counter = reader.counter();
  const channels = [readChannel(reader), readChannel(reader), readChannel(reader), readChannel(reader)] as const;
  return reader.failure(raw) ?? { kind: 'drd', layout: 'nl43', counter, channels, additional: null, status, raw };
}

function readChannel(reader: FieldReader): DrdChannel {
  return {
    lp: reader.level(),
    leq: reader.level(),
    lmax: reader.level(),
    lmin: reader.level(),
    lpeak: reader.level(),
    lieq: reader.level(),
    over: reader.flag(),
    under: reader.flag(),
  };
}

/** counter, Main Lp, Leq, Lmax, Lmin, additional, Sub Lp, over, under (NL-42/NL-52 Interface Manual, p. 69). */
function readNl42(fields: readonly string[], status: DrdStatus | null, raw: string): DrdTick | DecodeFailure {
  const reader = new FieldReader(fields);
  const counter = reader.counter();
  const main = { lp: reader.level(), leq: reader.level(), lmax: reader.level(), lmin: reader.level(), lpeak: null, lieq: null };
  const additional = reader.level();
  const sub = { lp: reader.level(), leq: null, lmax: null, lmin: null, lpeak: null, lieq: null };
  const flags = { over: reader.flag(), under: reader.flag() };
  const channels = [
    { ...main, ...flags },
    { ...sub, over: false, under: false },
  ] as const;
  return reader.failure(raw) ?? { kind: 'drd', layout: 'nl42', counter, channels, additional, status, raw };
}

/**
 * The tail by its shapes, or `null` where it is none. Of five fields, as they are known, one has to have its shape; of another number all of them,
 * with a date or two letters among them.
 */
function readStatus(tail: readonly string[]): DrdStatus | null {
  const words = tail.map((field) => field.trim());
  const joined = words.findIndex((word, index) => parseMeterClock(`${word} ${words[index + 1] ?? ''}`) !== null);
  const merged =
    joined < 0 ? words : [...words.slice(0, joined), `${words[joined]} ${words[joined + 1]}`, ...words.slice(joined + 2)];
  const letters = merged.filter((word) => LETTER.test(word));
  const clocks = merged.flatMap((word) => parseMeterClock(word) ?? []);
  const sizes = merged.flatMap((word) => SIZE.exec(word)?.[1] ?? []);
  const known = letters.length + clocks.length + sizes.length;
  if (known === 0 || clocks.length > 1 || sizes.length > 1 || letters.length > 3) return null;
  const isWhole = known === merged.length && (clocks.length === 1 || letters.length >= 2);
  if (tail.length !== STATUS_FIELDS && !isWhole) return null;
  const run = oneOf(['M', 'S'], letters[2]);
  return {
    clock: clocks[0] ?? null,
    power: oneOf(['I', 'E', 'U'], letters[0]),
    battery: oneOf(['F', 'M', 'L', 'D', 'E'], letters[1]),
    sdFreeMb: sizes[0] === undefined ? null : Number(sizes[0]),
    run: run === null ? null : run === 'M' ? 'Start' : 'Stop',
  };
}

const LETTER = /^[A-Z]$/;
const SIZE = /^(\d{1,7}(?:\.\d+)?)(?: ?MB)?$/;

function oneOf<T extends string>(allowed: readonly T[], letter: string | undefined): T | null {
  return allowed.find((one) => one === letter) ?? null;
}
