// Whether a browser sent a request on behalf of a page of ours. Pure. Only needed where the browser adds the credential by itself.
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** `unknown`: neither header is there, so it was no browser (they send Origin with every unsafe request and every WebSocket). */
export type Origin = 'own' | 'foreign' | 'unknown';

/** Sec-Fetch-Site (W3C Fetch Metadata) decides where it is present, because a page cannot forge it and a proxy does not change it; else Origin against Host. */
export function originOf(headers: IncomingHttpHeaders): Origin {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none' ? 'own' : 'foreign';
  const { origin, host } = headers;
  if (origin === undefined) return 'unknown';
  try {
    return new URL(origin).host === host?.toLowerCase() ? 'own' : 'foreign';
  } catch {
    return 'foreign';
  }
}

/** Whether Host names this machine by address or as localhost: a name that somebody rebound to 127.0.0.1 does not. */
export function isLocalHost(host: string | undefined): boolean {
  const name = (host ?? '').toLowerCase().replace(/:\d+$/, '');
  return name === 'localhost' || name.endsWith('.localhost') || isIP(name.replace(/^\[|\]$/g, '')) !== 0;
}
