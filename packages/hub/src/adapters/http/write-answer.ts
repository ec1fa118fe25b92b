import type { Response } from 'express';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { SESSION_COOKIE } from '../../access/sessions.ts';
import type { Answer } from '../../api/route.ts';

/** Sends an answer; nothing of the API may be kept by a cache. */
export function writeAnswer(response: Response, answer: Answer): void {
  response.status(answer.status).set('cache-control', 'no-store');
  if (answer.status === 401) response.set('www-authenticate', 'Bearer realm="slmm"');
  if (answer.status === 413) response.set('connection', 'close');
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.set(name, value);
  if (answer.session !== undefined) setSession(response, answer.session, isSecure(response.req));
  if ('bytes' in answer) {
    response.setHeader('content-type', answer.contentType);
    // A source that breaks ends the connection, so that half a file is never taken for a whole one.
    pipeline(Readable.from(answer.bytes), response, () => undefined);
  } else if ('text' in answer) response.setHeader('content-type', answer.contentType).end(answer.text);
  else if (answer.status === 204) response.end();
  // Express's own `set` would add a charset, which SLMM's answers do not have.
  else response.setHeader('content-type', 'application/json').end(JSON.stringify(answer.body));
}

/** Whether the browser's way to us is encrypted: by our own TLS, or by that of a proxy that says so. */
export function isSecure(request: IncomingMessage): boolean {
  return request.socket instanceof TLSSocket || request.headers['x-forwarded-proto'] === 'https';
}

/** The session cookie: not for scripts, not with other sites' requests. A link from elsewhere must find the browser signed in, so it is Lax and unsafe requests are checked by origin. */
export function setSession(
  response: ServerResponse,
  opened: { session: string; expiresMs: number } | null,
  isEncrypted: boolean,
): void {
  const attributes = ['Path=/', 'HttpOnly', 'SameSite=Lax', ...(isEncrypted ? ['Secure'] : [])];
  const value =
    opened === null
      ? [`${SESSION_COOKIE}=`, 'Max-Age=0']
      : [`${SESSION_COOKIE}=${opened.session}`, `Expires=${new Date(opened.expiresMs).toUTCString()}`];
  response.appendHeader('set-cookie', [...value, ...attributes].join('; '));
}
