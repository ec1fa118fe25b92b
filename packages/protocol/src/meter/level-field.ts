/** The fields of DOD, DLC and DRD lines, read by shape alone. What fits no shape is a failure, never a guess: `Number('')` is 0. */

/** Why a line from the meter could not be read. A bad line is a value, because meters and links are allowed to fail. */
export interface DecodeFailure {
  readonly kind: 'failure';
  readonly reason: 'field-count' | 'bad-number' | 'out-of-range' | 'bad-flag' | 'bad-counter' | 'bad-answer';
  /** One sentence with the position and the text that did not fit. */
  readonly detail: string;
  /** The line as it came. */
  readonly raw: string;
}

type Field<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: DecodeFailure['reason'] };

const LEVEL = /^ *-?\d{1,3}\.\d$/;
/** `  -.-` on the NL-43, ` --.-` on the NL-42, `-` or blank for what is not there. */
const PLACEHOLDER = /^ *-+\.-$|^ *-$|^ *$/;
/** What the meter's own output range can be set to (`Output Level Range Lower`, `Upper`). */
const LEAST_DB = -20;
const GREATEST_DB = 200;

/** A level in dB, right-justified with one decimal, or `null` for the meter's placeholder. Outside -20..200 dB it is no level of a sound. */
function readLevel(field: string): Field<number | null> {
  if (PLACEHOLDER.test(field)) return { ok: true, value: null };
  if (!LEVEL.test(field)) return { ok: false, reason: 'bad-number' };
  const levelDb = Number(field.trim());
  if (levelDb < LEAST_DB || levelDb > GREATEST_DB) return { ok: false, reason: 'out-of-range' };
  // `-0.0` and `0.0` are the same level.
  return { ok: true, value: levelDb === 0 ? 0 : levelDb };
}

/** An over-load or under-range flag. A channel that is not in use shows `-`, which raises nothing. */
function readFlag(field: string): Field<boolean> {
  const flag = field.trimStart();
  if (flag === '1') return { ok: true, value: true };
  if (flag === '0' || flag === '-' || flag === '') return { ok: true, value: false };
  return { ok: false, reason: 'bad-flag' };
}

/** Walks the fields of one line and remembers the first that fits no shape, so that a decoder reads straight through and asks once. */
export class FieldReader {
  readonly #fields: readonly string[];
  #next = 0;
  #failure: { readonly reason: DecodeFailure['reason']; readonly detail: string } | null = null;

  constructor(fields: readonly string[]) {
    this.#fields = fields;
  }

  level(): number | null {
    return this.#take(readLevel, null);
  }

  flag(): boolean {
    return this.#take(readFlag, false);
  }

  /** A 100 ms tick of the minute, 1..600. */
  counter(): number {
    return this.#take(readCounter, 0);
  }

  /** The first failure, ready to be handed out, or `null` while every field so far had its shape. */
  failure(raw: string): DecodeFailure | null {
    return this.#failure === null ? null : { kind: 'failure', ...this.#failure, raw };
  }

  #take<T>(read: (field: string) => Field<T>, instead: T): T {
    const field = this.#fields[this.#next] ?? '';
    this.#next += 1;
    const result = read(field);
    if (result.ok) return result.value;
    this.#failure ??= { reason: result.reason, detail: `field ${this.#next} is ${JSON.stringify(field)}` };
    return instead;
  }
}

function readCounter(field: string): Field<number> {
  const counter = /^ *\d{1,3}$/.test(field) ? Number(field.trimStart()) : 0;
  return counter >= 1 && counter <= 600 ? { ok: true, value: counter } : { ok: false, reason: 'bad-counter' };
}
