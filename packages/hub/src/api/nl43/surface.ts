import type { z } from 'zod';
import type { Answer } from '../route.ts';
import type { Place, Surface } from '../surface.ts';
import { fault } from './faults.ts';
import { jsonMistake } from './json-mistake.ts';

/** How much of a body that is no JSON is sent back. */
const ECHO_LENGTH = 1_000;

interface Detail {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
  readonly ctx?: unknown;
}

const invalid = (details: readonly Detail[]): Answer => ({ status: 422, body: { detail: details } });

/** SLMM 0.4.0's errors, as recorded from it: `detail` is a sentence, or in a 422 a list in the shape of pydantic 1.10. */
export const nl43Surface: Surface = {
  unauthenticated: (reason) => fault(401, reason),
  forbidden: (reason) => fault(403, reason),
  noRoute: () => fault(404, 'Not Found'),
  wrongMethod: () => fault(405, 'Method Not Allowed'),
  tooLarge: (limitBytes) => fault(413, `The body is longer than ${limitBytes} bytes`),
  tooMany: (retryAfterSeconds) => ({
    ...fault(429, `Too many failed sign-ins from this address; try again in ${retryAfterSeconds} s`),
    headers: { 'retry-after': String(retryAfterSeconds) },
  }),
  broken: () => fault(500, 'Internal server error'),
  taken: (place, value) => (place === 'body' ? asDict(value) : place === 'query' ? lastValues(value) : value),
  invalid: (mistakes) => invalid(mistakes.flatMap(({ place, issues }) => issues.map((issue) => detailOf(place, issue)))),
  notJson: (text) => {
    const mistake = jsonMistake(text) ?? { msg: 'Expecting value', pos: 0, line: 1, column: 1 };
    const { msg, pos, line, column } = mistake;
    return invalid([
      {
        loc: ['body', pos],
        msg: `${msg}: line ${line} column ${column} (char ${pos})`,
        type: 'value_error.jsondecode',
        ctx: { msg, doc: text.slice(0, ECHO_LENGTH), pos, lineno: line, colno: column },
      },
    ]);
  },
  notJsonType: () => invalid([{ loc: ['body'], msg: 'value is not a valid dict', type: 'type_error.dict' }]),
  noBody: () => invalid([{ loc: ['body'], msg: 'field required', type: 'value_error.missing' }]),
};

/** Python makes a dictionary of nothing at all and of a list of pairs, and so SLMM took these for an object. */
function asDict(value: unknown): unknown {
  if (value === '') return {};
  const isPair = (one: unknown): one is [string, unknown] => Array.isArray(one) && one.length === 2 && typeof one[0] === 'string';
  return Array.isArray(value) && value.every(isPair) ? Object.fromEntries(value) : value;
}

/** Of a parameter that is there twice the last counts. */
function lastValues(query: unknown): unknown {
  if (typeof query !== 'object' || query === null) return query;
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, Array.isArray(value) ? value.at(-1) : value]));
}

function detailOf(place: Place, issue: z.core.$ZodIssue): Detail {
  const loc = [place, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
  if (issue.code === 'custom' && typeof issue.params?.['type'] === 'string') {
    const { type, ctx } = issue.params as { type: string; ctx?: unknown };
    return { loc, msg: issue.message, type, ...(ctx === undefined ? {} : { ctx }) };
  }
  if (issue.code === 'invalid_type' && issue.expected === 'object')
    return { loc, msg: 'value is not a valid dict', type: 'type_error.dict' };
  if (issue.code === 'invalid_type' && issue.expected === 'nonoptional')
    return { loc, msg: 'field required', type: 'value_error.missing' };
  return { loc, msg: issue.message, type: 'value_error' };
}
