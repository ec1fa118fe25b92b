import type { Request, Response } from 'express';
import type { ApiServices } from '../../api/services.ts';
import type { Authentication } from './authentication.ts';
import { isSecure, setSession } from './write-answer.ts';

/**
 * `GET /sign-in?token=…`: the link that the hub prints. A good token becomes a session cookie and the browser goes on to the page; anything else gets a form.
 * The token does not stay in the address bar, and Referrer-Policy keeps it from other sites.
 */
export function serveSignIn(services: ApiServices, authentication: Authentication) {
  return async (request: Request, response: Response): Promise<void> => {
    const { token } = request.query;
    response.set('cache-control', 'no-store');
    if (typeof token !== 'string' || token === '') {
      response.type('html').end(form(null));
      return;
    }
    const address = request.socket.remoteAddress ?? '';
    const waitSeconds = authentication.waitSeconds(address);
    if (waitSeconds > 0) {
      response.status(429).set('retry-after', String(waitSeconds)).type('html');
      response.end(form(`Too many failed attempts. Try again in ${waitSeconds} s.`));
      return;
    }
    const opened = token.length > 512 ? null : await services.access.openSession(token.trim());
    if (opened === null) {
      authentication.failed(address);
      response.status(401).type('html').end(form('This token is unknown or revoked.'));
      return;
    }
    setSession(response, opened, isSecure(request));
    response.redirect(303, '/');
  };
}

/** `mistake` is our own text and needs no escaping. */
function form(mistake: string | null): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>SLMM: sign in</title></head>
<body>
<main>
<h1>Sign in</h1>
${mistake === null ? '' : `<p role="alert">${mistake}</p>`}
<p>The hub prints a sign-in link when it starts. Open that link, or paste the token from it here.</p>
<form action="/sign-in" method="get">
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button type="submit">Sign in</button>
</form>
</main>
</body>
</html>
`;
}
