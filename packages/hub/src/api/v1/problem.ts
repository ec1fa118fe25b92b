import { STATUS_CODES } from 'node:http';
import type { Answer } from '../route.ts';
import type { Surface } from '../surface.ts';

/** `application/problem+json` (RFC 9457): `title` names the status, `detail` says what happened and what to do. */
export function problem(status: number, detail: string, more: Readonly<Record<string, unknown>> = {}): Answer {
  const text = JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail, ...more });
  return { status, text, contentType: 'application/problem+json' };
}

/** The errors of `/api/v1` and of everything that is not SLMM's. */
export const v1Surface: Surface = {
  unauthenticated: (reason) => problem(401, reason),
  forbidden: (reason) => problem(403, reason),
  noRoute: () => problem(404, 'There is nothing under this path.'),
  wrongMethod: () => problem(405, 'This path does not take this method.'),
  tooLarge: (limitBytes) => problem(413, `The body is longer than ${limitBytes} bytes.`),
  tooMany: (retryAfterSeconds) => ({
    ...problem(429, `Too many failed sign-ins from this address; try again in ${retryAfterSeconds} s.`),
    headers: { 'retry-after': String(retryAfterSeconds) },
  }),
  broken: (id) => problem(500, `Something broke inside the hub. Its log has it under ${id}.`, { id }),
  taken: (_place, value) => value,
  invalid: (mistakes) => {
    const errors = mistakes.flatMap(({ place, issues }) =>
      issues.map((issue) => ({ in: place, name: issue.path.map(String).join('.'), message: issue.message })),
    );
    const first = errors[0];
    const detail =
      first === undefined
        ? 'The request is not valid.'
        : `${first.in}${first.name === '' ? '' : ` ${first.name}`}: ${first.message}`;
    return problem(422, detail, { errors });
  },
  notJson: () => problem(422, 'The body is not JSON.'),
  notJsonType: () => problem(422, 'Send the body as JSON, with Content-Type: application/json.'),
  noBody: () => problem(422, 'A JSON body is needed.'),
};
