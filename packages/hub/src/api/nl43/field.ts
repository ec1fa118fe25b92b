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
const NOT_BOOLEAN: FieldIssue = { message: 'value could not be parsed to a boolean', type: 'value_error.boolean' };
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

/** A whole number; also as text, and fractions are cut. */
export const integerField = (documented: Readonly<Record<string, unknown>> = {}, ...rules: FieldRule<number>[]) =>
  field<number>(readInteger, { type: 'integer', ...documented }, rules);

/** A number; also as text. */
export const floatField = (documented: Readonly<Record<string, unknown>> = {}, ...rules: FieldRule<number>[]) =>
  field<number>(readFloat, { type: 'number', ...documented }, rules);

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
  return NOT_STRING;
}

function readInteger(value: unknown): Read<number> {
  if (typeof value === 'boolean') return { value: value ? 1 : 0 };
  const number =
    typeof value === 'number'
      ? Math.trunc(value)
      : typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value)
        ? Number(value)
        : NaN;
  return Number.isSafeInteger(number) ? { value: number } : NOT_INTEGER;
}

function readFloat(value: unknown): Read<number> {
  if (typeof value === 'boolean') return { value: value ? 1 : 0 };
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(value)
        ? Number(value)
        : NaN;
  return Number.isFinite(number) ? { value: number } : NOT_FLOAT;
}

const TRUE_WORDS: ReadonlySet<unknown> = new Set([true, 1, '1', 'on', 't', 'true', 'y', 'yes']);
const FALSE_WORDS: ReadonlySet<unknown> = new Set([false, 0, '0', 'off', 'f', 'false', 'n', 'no']);

function readBoolean(value: unknown): Read<boolean> {
  const word = typeof value === 'string' ? value.toLowerCase() : value;
  if (TRUE_WORDS.has(word)) return { value: true };
  return FALSE_WORDS.has(word) ? { value: false } : NOT_BOOLEAN;
}
