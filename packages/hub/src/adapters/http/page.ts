import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Express } from 'express';

const NOT_BUILT = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>SLMM</title></head>
<body><h1>SLMM hub</h1><p>The hub runs, but its page was not built: run the workspace's build. The API is under /api/v1 and /api/nl43.</p></body></html>
`;

/** Where SLMM 0.4.0 had pages: whoever asks for them gets ours. */
const SLMM_PAGES: ReadonlySet<string> = new Set(['/', '/roster']);

/** Paths that are never a page, so that a wrong address of an API is a 404 and no page. */
const NO_PAGE = /^\/(?:api|assets|health|ready|metrics|docs|openapi\.json)(?:\/|$)/;

/**
 * Serves the built page: its files (no secrets in them, so to everybody), and for every address that a browser navigates to the page itself,
 * which finds out by /api/v1/session whether somebody is signed in.
 */
export function servePage(app: Express, webRoot: string | null): void {
  const isBuilt = webRoot !== null && existsSync(join(webRoot, 'index.html'));
  if (isBuilt) {
    // Vite puts a hash of the content into these names.
    app.use('/assets', express.static(join(webRoot, 'assets'), { index: false, redirect: false, immutable: true, maxAge: '1y' }));
    app.use(express.static(webRoot, { index: false, redirect: false }));
  }
  app.get('/{*path}', (request, response, next) => {
    const isNavigation = request.headers.accept?.includes('text/html') === true || SLMM_PAGES.has(request.path);
    if (!isNavigation || NO_PAGE.test(request.path)) next();
    else if (isBuilt) response.set('cache-control', 'no-cache').sendFile('index.html', { root: webRoot, cacheControl: false });
    else response.type('html').end(NOT_BUILT);
  });
}
