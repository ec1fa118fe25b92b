import { z } from 'zod';
import { ok, type Route, route } from '../route.ts';
import { DOCS_CSS, DOCS_HTML } from './docs-page.ts';
import { DOCS_JS } from './docs-script.ts';
import { openApiDocument } from './document.ts';

const page = (path: string, summary: string, contentType: string, text: string): Route =>
  route({
    method: 'get',
    path,
    surface: 'v1',
    policy: 'public',
    summary,
    responses: { 200: { description: 'The page', contentType } },
    handle: () => ({ status: 200, contentType, text }),
  });

/** The documents of the routes, and of themselves. They hold no secrets, so everybody may read them. */
export function documentRoutes(others: readonly Route[]): readonly Route[] {
  let document: Readonly<Record<string, unknown>> | null = null;
  const routes: readonly Route[] = [
    route({
      method: 'get',
      path: '/openapi.json',
      surface: 'v1',
      policy: 'public',
      summary: 'This description, as OpenAPI 3.1',
      responses: { 200: { description: 'The document', schema: z.record(z.string(), z.unknown()) } },
      handle: () => ok((document ??= openApiDocument([...others, ...routes]))),
    }),
    page('/docs', 'This description as a page', 'text/html; charset=utf-8', DOCS_HTML),
    page('/docs/docs.js', 'The script of the page', 'text/javascript; charset=utf-8', DOCS_JS),
    page('/docs/docs.css', 'The style of the page', 'text/css; charset=utf-8', DOCS_CSS),
  ];
  return routes;
}
