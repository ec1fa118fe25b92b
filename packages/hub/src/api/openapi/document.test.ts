import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ADMIN_TOKEN, type ExampleServer, startExample } from '../../adapters/http/server-example.ts';
import { exampleEdge, exampleFrame, exampleState } from '../../live/live-example.ts';
import type { Route } from '../route.ts';
import { allRoutes } from '../routes.ts';
import { eventOfRow } from '../../slmm-import/slmm-rows.ts';
import { openApiDocument, responsesOf } from './document.ts';
import { SOCKETS } from './sockets.ts';

let server: ExampleServer;
beforeEach(async () => {
  server = await startExample({ units: ['a'], cardFiles: { take: () => Promise.resolve(bytes()) } });
});
async function* bytes(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('data');
}
afterEach(() => server.http.close());

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>>;
}
const document = () => openApiDocument(allRoutes());
const paths = () => document()['paths'] as Record<string, Record<string, Operation>>;

const RULE = {
  unit: 'a',
  name: 'loud',
  metric: { kind: 'lp' },
  comparison: 'above',
  levels: [{ name: 'alarm', threshold: 80 }],
  hold_s: 0,
  clear_margin: 2,
  cooldown_s: 0,
};

/** Bodies with which routes come to their good end. */
const BODIES: Readonly<Record<string, unknown>> = {
  '/api/nl43/roster': { unit_id: 'new', host: 'meter' },
  '/api/nl43/{unit_id}/clock': { datetime: '2026/11/23 06:00:00' },
  '/api/nl43/{unit_id}/frequency-weighting': { weighting: 'A' },
  '/api/nl43/{unit_id}/time-weighting': { weighting: 'F' },
  '/api/nl43/{unit_id}/measurement-time': { preset: '10m' },
  '/api/nl43/{unit_id}/leq-interval': { preset: '15m' },
  '/api/nl43/{unit_id}/lp-interval': { preset: '100ms' },
  '/api/nl43/{unit_id}/index-number': { index: 7 },
  '/api/nl43/{unit_id}/alerts/rules': { threshold_db: 80 },
  '/api/nl43/{unit_id}/alerts/rules/{rule_id}': { threshold_db: 81 },
  '/api/nl43/{unit_id}/status': { lp: '55.0' },
  '/api/nl43/{unit_id}/polling/config': { poll_interval_seconds: 60 },
  '/api/v1/edges': { edge: '1' },
  '/api/v1/rules': { ...RULE, id: '1' },
  '/api/v1/rules/{rule}': RULE,
  '/api/v1/rules/rehearse': { rule: RULE, from: '2026-11-23T05:00:00Z', to: '2026-11-23T06:00:00Z' },
  '/api/v1/events/{event}/ack': { comment: 'seen' },
  '/api/v1/events/{event}/comments': { text: 'a lorry' },
  '/api/v1/silences': { unit: 'a', from: '2026-11-23T05:00:00Z', to: '2026-11-23T06:00:00Z', reason: 'rain' },
  '/api/v1/units/{unit}/calibrations': { at: '2026-11-23T05:00:00Z', kind: 'before', reference_db: 94, measured_db: 93.9 },
  '/api/nl43/{unit_id}/ftp/download': { remote_path: '/NL-43/x' },
  '/api/nl43/{unit_id}/ftp/download-folder': { remote_path: '/NL-43' },
  '/api/v1/tokens': { name: 'x', role: 'viewer' },
  '/api/v1/session': { token: ADMIN_TOKEN },
  '/api/v1/units/{unit}/masks': { from: '2026-11-23T05:00:00Z', to: '2026-11-23T05:10:00Z', reason: 'rain' },
};

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
  'files-list': {
    entries: [
      {
        name: 'Auto_0001',
        path: '/NL-43/Auto_0001',
        size: 0,
        modified: 'Nov 23 06:00',
        modified_at: '2026-11-23T06:00:00.000Z',
        is_dir: true,
      },
    ],
  },
  'measure-start': { run: 'Start', confirmed: true },
  'measure-stop': { run: 'Stop', confirmed: true },
  'sleep-on': { on: true },
  'ftp-on': { on: true },
  'clock-set': { set: '2026/11/23 06:00:00', before: null },
  'frequency-weighting-set': { set: 'A', before: 'C' },
  'store-name-set': { set: '0007', before: '0002' },
  'time-weighting-set': { set: 'F', before: 'S' },
  'measurement-time-set': { set: '10m', before: null },
  'leq-interval-set': { set: '15m', before: null },
  'lp-interval-set': { set: '100ms', before: null },
  'manual-store': { stored: true },
  'measure-pause': { paused: true },
  'measure-resume': { paused: false },
  'measure-reset': { reset: true },
  'sleep-off': { on: false },
  'ftp-off': { on: false },
  'slot-yield': { released: true },
  'file-get': { transfer: 'transfer-1', name: 'x', size: 4, sha256: 'f'.repeat(64) },
  'folder-get': { transfer: 'transfer-2', name: 'x', size: 4, sha256: 'f'.repeat(64) },
  'cycle-start': { clock_synced: true, clock: '2026/11/23 06:00:00', old_index: 1, new_index: 2, attempts: 2, started: true },
  'cycle-stop': { stopped: true, ftp_on: true, folder: null, file: null },
};

describe('the document', () => {
  it('has every route once, with an id of its own and its path parameters', () => {
    const operations = Object.entries(paths()).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
    expect(operations.length).toBe(allRoutes().length + SOCKETS.length);
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
    for (const { path, operation } of operations)
      expect(operation.parameters.filter((one) => one.in === 'path').map((one) => `{${one.name}}`)).toEqual(
        path.match(/\{\w+\}/g) ?? [],
      );
  });

  it('has all operations of SLMM 0.4.0', () => {
    const slmm = Object.entries(paths())
      .filter(([path]) => path.startsWith('/api/nl43/') || path.startsWith('/health'))
      .filter(([path]) => !SOCKETS.some((socket) => socket.path === path))
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
    const sources = [...html.matchAll(/(?:src|href)="([^"]+)"/g)]
      .map(([, source = '']) => source)
      .filter((source) => source !== 'data:,');
    expect(sources.length).toBeGreaterThan(2);
    for (const source of sources)
      expect([source, (await server.ask('GET', source, { token: null })).status]).toEqual([source, 200]);
  });

  it('points only at what is in it', () => {
    const text = JSON.stringify(document());
    const names = Object.keys((document()['components'] as { schemas: object }).schemas);
    for (const [, name = ''] of text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)) expect(names).toContain(name);
    expect([...text.matchAll(/"\$ref":"(?!#\/components)/g)]).toEqual([]);
  });

  it('has the three WebSockets', async () => {
    const sockets = Object.entries(paths()).filter(([, methods]) => methods['get']?.responses['101'] !== undefined);
    expect(sockets.map(([path]) => path)).toEqual(SOCKETS.map(({ path }) => path));
    for (const [path, { get }] of sockets) {
      // What is no upgrade finds nothing there.
      const { status } = await server.ask('GET', path.replace('{unit_id}', 'a'));
      expect([path, Object.keys(get?.responses ?? {}).includes(String(status))]).toEqual([path, true]);
    }
  });

  /** Calls a route in one way and says what of the answer is not in the document: its status, a field, a type. */
  async function undocumented(route: Route, how: Parameters<ExampleServer['ask']>[2], unit = 'a'): Promise<readonly string[]> {
    const url = route.path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => (name.startsWith('unit') ? unit : '1'));
    const response = await server.ask(route.method.toUpperCase(), url, how);
    const text = await response.text();
    answered.add(`${route.method} ${route.path} ${response.status}`);
    const where = `${route.method} ${url}: ${response.status} ${text.slice(0, 200)}`;
    const described = responsesOf(route)[response.status];
    if (described === undefined) return [where];
    const type = response.headers.get('content-type')?.split(';')[0];
    const expected = described.contentType?.split(';')[0] ?? (described.schema === undefined ? undefined : 'application/json');
    if (expected !== undefined && type !== expected && !(expected === 'application/json' && type === 'application/problem+json'))
      return [`${where}: it is ${type} and not ${expected}`];
    if (!(described.schema instanceof z.ZodType)) return [];
    const body: unknown = JSON.parse(text);
    const checked = described.schema.safeParse(body);
    if (!checked.success) return [`${where}: ${z.prettifyError(checked.error)}`];
    // A schema leaves out what it does not know.
    return JSON.stringify(sorted(checked.data)) === JSON.stringify(sorted(body))
      ? []
      : [`${where}: has fields that are not described`];
  }
  const answered = new Set<string>();
  const sorted = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(sorted)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .toSorted(([a], [b]) => (a < b ? -1 : 1))
              .map(([key, one]) => [key, sorted(one)]),
          )
        : value;

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
      await server.ask('POST', '/api/nl43/a/alerts/rules', { body: { threshold_db: 80 } });
      await server.ask('PUT', '/api/nl43/a/config', { body: { ftp_enabled: true } });
      const event = eventOfRow({ id: 1, rule_id: 0, unit_id: 'a', onset_at: '2026-11-23 05:00:00' }, new Set());
      if ('value' in event)
        await server.services.alerts.store.commit({ events: [{ ...event.value, id: '1' }], checkpoints: [], outbox: [] });
      const found: string[] = [];
      // What deletes comes last.
      const routes = allRoutes().toSorted((a, b) => Number(a.method === 'delete') - Number(b.method === 'delete'));
      for (const route of routes)
        for (const body of route.method === 'get' ? [undefined] : [undefined, {}, '{', BODIES[route.path]])
          found.push(...(await undocumented(route, { body })));
      expect(found).toEqual([]);
      if (state === 'offline') return;
      const isGood = ({ method, path }: Route): boolean => [...answered].some((one) => one.startsWith(`${method} ${path} 2`));
      // Of ours some need ids that nobody can know beforehand; they have tests of their own.
      const left = routes.filter((route) => !isGood(route));
      expect(left.filter(({ surface }) => surface === 'nl43').map(({ method, path }) => `${method} ${path}`)).toEqual([]);
      expect(left.length).toBeLessThan(routes.length / 4);
    },
  );

  it('says what those are told who may not, and those who send too much', { timeout: 60_000 }, async () => {
    const token = await server.token('viewer', ['b']);
    server.fleet.tellEdge('site', exampleEdge('offline'));
    const found: string[] = [];
    for (const route of allRoutes()) {
      found.push(...(await undocumented(route, { token: null, body: route.method === 'get' ? undefined : {} })));
      found.push(...(await undocumented(route, { token, body: route.method === 'get' ? undefined : {} })));
      found.push(...(await undocumented(route, { body: route.method === 'get' ? undefined : {} }, '$SYS')));
      if (route.body !== undefined) found.push(...(await undocumented(route, { body: 'x'.repeat(300_000) })));
    }
    expect(found).toEqual([]);
    for (let guess = 0; guess < 20; guess += 1) await server.ask('GET', '/api/v1/units', { token: `guess-${guess}` });
    for (const route of allRoutes()) found.push(...(await undocumented(route, { token: 'one more' })));
    expect(found).toEqual([]);
    const statuses = new Set([...answered].map((one) => one.split(' ')[2]));
    for (const status of ['401', '403', '413', '422', '429']) expect(statuses).toContain(status);
  });

  it('says what a bug of the hub looks like', async () => {
    server.readings.readings = () => Promise.reject(new Error('inside'));
    const found: string[] = [];
    for (const route of allRoutes())
      if (/history|readings/.test(route.path) && route.method === 'get') found.push(...(await undocumented(route, {})));
    expect([found, answered.has('get /api/nl43/{unit_id}/history 500')]).toEqual([[], true]);
  });
});
