/** JSON over HTTP in the small: a bounded body, one answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** A day of one-second levels with six characters each is half of this. */
const MAX_BODY_BYTES = 1_048_576;

export interface JsonAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** The body as JSON, `undefined` when empty; or why it is not. */
export type JsonBody =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'mistake'; readonly status: 400 | 413; readonly reason: string };

export async function readJson(request: IncomingMessage): Promise<JsonBody> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MAX_BODY_BYTES)
      return { kind: 'mistake', status: 413, reason: `the body is longer than ${MAX_BODY_BYTES} bytes` };
    pieces.push(piece);
  }
  const text = Buffer.concat(pieces).toString('utf8');
  if (text.trim() === '') return { kind: 'json', value: undefined };
  try {
    return { kind: 'json', value: JSON.parse(text) as unknown };
  } catch {
    return { kind: 'mistake', status: 400, reason: 'the body is not JSON' };
  }
}

export function sendJson(response: ServerResponse, answer: JsonAnswer): void {
  const text = `${JSON.stringify(answer.body)}\n`;
  response.writeHead(answer.status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

export function ok(body: unknown): JsonAnswer {
  return { status: 200, body };
}

export function mistake(status: 400 | 404 | 405 | 409 | 413 | 422, reason: string): JsonAnswer {
  return { status, body: { error: reason } };
}
