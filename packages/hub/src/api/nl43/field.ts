// The kinds of values that SLMM 0.4.0 takes in bodies and queries, as lenient as it was (pydantic 1.10), refusing in its words. Pure.
import { z } from 'zod';

/** An issue with the `type` that pydantic gives it, and its `ctx` where it has one. */
export interface FieldIssue {
  readonly message: string;
  readonly type: string;
  readonly ctx?: Readonly<Record<string, number | string>>;
}

type Read<T> = { readonly value: T } | FieldIssue;

const NOT_INTEGER: FieldIssue = { message: 'value is not a valid integer', type: 'type_error.integer' };
const NOT_FLOAT: FieldIssue = { message: 'value is not a valid float', type: 'type_error.float' };
const NOT_BOOLEAN: FieldIssue = { message: 'value could not be parsed to a boolean', type: 'type_error.bool' };
const NOT_STRING: FieldIssue = { message: 'str type expected', type: 'type_error.str' };
const NONE: FieldIssue = { message: 'none is not an allowed value', type: 'type_error.none.not_allowed' };
const MISSING: FieldIssue = { message: 'field required', type: 'value_error.missing' };

/** A value error of SLMM's own, like that of a port out of range. */
export const valueError = (message: string): FieldIssue => ({ message, type: 'value_error' });

/** A rule beyond the type; `null` when the value keeps it. */
export type FieldRule<T> = (value: T) => FieldIssue | null;

function field<T>(
  read: (value: unknown) => Read<T>,
  documented: Readonly<Record<string, unknown>>,
  rules: readonly FieldRule<T>[],
) {
  return z
    .unknown()
    .transform((value, context): T => {
      const result = value === undefined ? MISSING : value === null ? NONE : read(value);
      const issue =
        'value' in result ? rules.reduce<FieldIssue | null>((found, rule) => found ?? rule(result.value), null) : result;
      if (issue === null && 'value' in result) return result.value;
      const { message, ...params } = issue ?? MISSING;
      context.addIssue({ code: 'custom', message, params });
      return z.NEVER;
    })
    .meta({ ...documented });
}

/** Text; numbers and booleans become text. */
export const textField = (documented: Readonly<Record<string, unknown>> = {}, ...rules: FieldRule<string>[]) =>
  field<string>(readText, { type: 'string', ...documented }, rules);

/** A whole number; also as text, and fractions are cut. Not necessarily one that a table can hold. */
export const integerField = (documented: Readonly<Record<string, unknown>> = {}, ...rules: FieldRule<number>[]) =>
  field<number>(readInteger, { type: 'integer', ...documented }, rules);

const isFinite: FieldRule<number> = (value) => (Number.isFinite(value) ? null : NOT_FLOAT);

/** A number; also as text. */
export const floatField = (documented: Readonly<Record<string, unknown>> = {}, ...rules: FieldRule<number>[]) =>
  field<number>(readFloat, { type: 'number', ...documented }, [isFinite, ...rules]);

/** A number that is brought between two bounds, whatever it is; what is no number at all is the lower one. */
export const clampedField = (minimum: number, maximum: number, documented: Readonly<Record<string, unknown>> = {}) =>
  field<number>(readFloat, { type: 'number', ...documented }, []).transform((value) =>
    Math.max(minimum, Math.min(Number.isNaN(value) ? minimum : value, maximum)),
  );

/** True or false; also 0, 1, and the words that mean one of them. */
export const booleanField = (documented: Readonly<Record<string, unknown>> = {}) =>
  field<boolean>(readBoolean, { type: 'boolean', ...documented }, []);

/** The bound of `le` in pydantic. */
export const atMost =
  (limit: number): FieldRule<number> =>
  (value) =>
    value <= limit
      ? null
      : {
          message: `ensure this value is less than or equal to ${limit}`,
          type: 'value_error.number.not_le',
          ctx: { limit_value: limit },
        };

/** The bound of `max_length` in pydantic. */
export const lengthAtMost =
  (limit: number): FieldRule<string> =>
  (value) =>
    value.length <= limit
      ? null
      : {
          message: `ensure this value has at most ${limit} characters`,
          type: 'value_error.any_str.max_length',
          ctx: { limit_value: limit },
        };

function readText(value: unknown): Read<string> {
  if (typeof value === 'string') return { value };
  if (typeof value === 'number') return { value: String(value) };
  if (typeof value === 'boolean') return { value: value ? 'True' : 'False' };
  return NOT_STRING;
}

/** Python's way of writing whole numbers: underscores between digits, space around. Beyond 2^53 the last digits are lost; every bound is far below. */
const INTEGER = /^\s*[+-]?\d+(?:_\d+)*\s*$/;
const FLOAT = /^\s*[+-]?(?:(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?|inf(?:inity)?|nan)\s*$/i;

function readInteger(value: unknown): Read<number> {
  if (typeof value === 'boolean') return { value: value ? 1 : 0 };
  const number =
    typeof value === 'number'
      ? Math.trunc(value)
      : typeof value === 'string' && INTEGER.test(value)
        ? Number(value.replaceAll('_', ''))
        : NaN;
  return Number.isFinite(number) ? { value: number } : NOT_INTEGER;
}

/** Also `inf` and `nan`; {@link floatField} takes only what is finite. */
function readFloat(value: unknown): Read<number> {
  if (typeof value === 'boolean') return { value: value ? 1 : 0 };
  if (typeof value === 'number') return { value };
  if (typeof value !== 'string' || !FLOAT.test(value)) return NOT_FLOAT;
  const plain = value.replaceAll('_', '').trim().toLowerCase();
  const sign = plain.startsWith('-') ? -1 : 1;
  return { value: /inf/.test(plain) ? sign * Infinity : plain.endsWith('nan') ? NaN : Number(plain) };
}

const TRUE_WORDS: ReadonlySet<unknown> = new Set([true, 1, '1', 'on', 't', 'true', 'y', 'yes']);
const FALSE_WORDS: ReadonlySet<unknown> = new Set([false, 0, '0', 'off', 'f', 'false', 'n', 'no']);

function readBoolean(value: unknown): Read<boolean> {
  const word = typeof value === 'string' ? value.toLowerCase() : value;
  if (TRUE_WORDS.has(word)) return { value: true };
  return FALSE_WORDS.has(word) ? { value: false } : NOT_BOOLEAN;
}
