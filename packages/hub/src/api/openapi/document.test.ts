import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ExampleServer, startExample } from '../../adapters/http/server-example.ts';
import { exampleEdge, exampleFrame, exampleState } from '../../live/live-example.ts';
import { allRoutes } from '../routes.ts';
import { openApiDocument } from './document.ts';

let server: ExampleServer;
beforeEach(async () => {
  server = await startExample({ units: ['a'] });
});
afterEach(() => server.http.close());

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>>;
}
const paths = () => openApiDocument(allRoutes())['paths'] as Record<string, Record<string, Operation>>;

/** What an edge answers, so that device routes come to their good end. */
const RESULTS: Readonly<Record<string, unknown>> = {
  'measure-status': { run: 'Start' },
  'battery-get': { battery: 'Full' },
  'clock-get': { clock: '2026/11/23 06:00:00', offset_s: 0 },
  'sleep-status': { on: false },
  'ftp-status': { on: true },
  'frequency-weighting-get': { channel: 'Main', weighting: 'A' },
  'time-weighting-get': { channel: 'Main', weighting: 'F' },
  'measurement-time-get': { preset: '10m' },
  'leq-interval-get': { preset: '15m' },
  'lp-interval-get': { preset: '100ms' },
  'store-name-get': { name: '0002' },
  'overwrite-get': { overwrite: 'Exist', exists: true },
  'results-get': { raw: '65.0,65.0' },
  'files-list': { entries: [] },
};

describe('the document', () => {
  it('has every route once, with an id of its own and its path parameters', () => {
    const operations = Object.entries(paths()).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
    expect(operations.length).toBe(allRoutes().length);
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
    for (const { path, operation } of operations)
      expect(operation.parameters.filter((one) => one.in === 'path').map((one) => `{${one.name}}`)).toEqual(
        path.match(/\{\w+\}/g) ?? [],
      );
  });

  it('has all operations of SLMM 0.4.0', () => {
    const slmm = Object.entries(paths())
      .filter(([path]) => path.startsWith('/api/nl43/') || path.startsWith('/health'))
      .flatMap(([, methods]) => Object.keys(methods));
    // And its two pages, `/` and `/roster`, which are the dashboard.
    expect(slmm.length + 2).toBe(75);
  });

  it('is served, and its page loads nothing from elsewhere', async () => {
    const served = (await (await server.ask('GET', '/openapi.json', { token: null })).json()) as {
      openapi: string;
      paths: object;
    };
    expect([served.openapi, Object.keys(served.paths).includes('/openapi.json')]).toEqual(['3.1.0', true]);
    const page = await server.ask('GET', '/docs', { token: null });
    const html = await page.text();
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    const sources = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source = '']) => source);
    expect(sources.length).toBeGreaterThan(2);
    for (const source of sources)
      expect([source, (await server.ask('GET', source, { token: null })).status]).toEqual([source, 200]);
  });

  it.each(['online', 'offline'] as const)(
    'says what each route answers, with the edge %s',
    { timeout: 60_000 },
    async (state) => {
      server.fleet.tellEdge('site', exampleEdge(state));
      server.fleet.tellState('a', exampleState());
      server.fleet.tellFrame({ ...exampleFrame('a', 1), at: new Date(server.clock.nowMs() - 500).toISOString() });
      server.fleet.answer = (_unit, op) =>
        op in RESULTS
          ? { ok: true, result: RESULTS[op] }
          : { ok: false, error: { code: 'unknown-op', message: 'not known', result_code: null } };
      const undocumented: string[] = [];
      const answered = new Set<string>();
      for (const { method, path, responses } of allRoutes()) {
        // Signing out and deleting come last in a life of their own.
        if (method === 'delete' || path === '/api/v1/live') continue;
        const url = path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => (name.startsWith('unit') ? 'a' : '1'));
        for (const body of method === 'get' ? [undefined] : [undefined, {}]) {
          const response = await server.ask(method.toUpperCase(), url, { body });
          const text = await response.text();
          answered.add(`${method} ${path} ${response.status}`);
          const described = responses[response.status];
          const where = `${method} ${path}: ${response.status} ${text.slice(0, 200)}`;
          if (described === undefined) undocumented.push(where);
          else if (described.schema instanceof z.ZodType) {
            const checked = described.schema.safeParse(JSON.parse(text));
            if (!checked.success) undocumented.push(`${where}: ${z.prettifyError(checked.error)}`);
          }
        }
      }
      expect(undocumented).toEqual([]);
      expect([...answered].filter((one) => one.endsWith(' 200')).length).toBeGreaterThan(40);
    },
  );
});
