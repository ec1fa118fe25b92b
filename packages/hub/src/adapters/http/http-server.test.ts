import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { request as rawRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exampleEdge } from '../../live/live-example.ts';
import { allRoutes } from '../../api/routes.ts';
import { route } from '../../api/route.ts';
import { ADMIN_TOKEN, type ExampleServer, startExample } from './server-example.ts';
import { registerRoutes } from './register-routes.ts';
import express from 'express';
import type { Gate } from './serve-route.ts';

let server: ExampleServer;
beforeEach(async () => {
  server = await startExample({ units: ['a', 'b'] });
});
afterEach(() => server.http.close());

const pathOf = (path: string, name = 'a'): string => path.replaceAll(/\{\w+\}/g, name);

/** A request with headers that fetch keeps to itself, and a path that it would tidy up. */
function askRaw(path: string, headers: Record<string, string>, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.base);
    rawRequest({ hostname, port, path, headers, method }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

describe('the gate', () => {
  it('lets nobody in without a token but to health, readiness and sign-in', async () => {
    const open = [];
    for (const { method, path } of allRoutes()) {
      const response = await server.ask(method.toUpperCase(), pathOf(path), { token: null });
      if (response.status !== 401) open.push(`${method} ${path}`);
    }
    expect(open).toEqual([
      'get /health',
      'get /ready',
      'post /api/v1/session',
      'delete /api/v1/session',
      'get /openapi.json',
      'get /docs',
      'get /docs/docs.js',
      'get /docs/docs.css',
    ]);
  });

  it('lets a viewer of one unit do nothing but read, and nothing of another unit', async () => {
    const token = await server.token('viewer', ['a']);
    // So that no route waits for a meter.
    server.fleet.tellEdge('site', exampleEdge('offline'));
    for (const { method, path, policy } of allRoutes()) {
      if (policy === 'public') continue;
      const foreign = await server.ask(method.toUpperCase(), pathOf(path, 'b'), { token });
      if (/\{unit(_id)?\}/.test(path) || policy !== 'read') expect([path, foreign.status]).toEqual([path, 403]);
      // Of a thing that belongs to a unit, the route itself has to look up whose it is; what is not the caller's is not there.
      else if (path.includes('{')) expect([path, foreign.status]).toEqual([path, 404]);
      if (policy === 'read') {
        const own = await server.ask(method.toUpperCase(), pathOf(path), { token });
        // A 403 may also say that the unit has its card switched off, which is no matter of who asks.
        const isDenied = own.status === 403 && !(await own.text()).includes('disabled');
        expect([path, isDenied]).toEqual([path, false]);
      }
    }
  });

  it('shows in lists only what the token is for', async () => {
    const token = await server.token('viewer', ['a']);
    const roster = (await (await server.ask('GET', '/api/nl43/roster', { token })).json()) as { devices: { unit_id: string }[] };
    expect(roster.devices.map((device) => device.unit_id)).toEqual(['a']);
    const units = (await (await server.ask('GET', '/api/v1/units', { token })).json()) as { units: { unit: string }[] };
    expect(units.units.map((unit) => unit.unit)).toEqual(['a']);
  });

  it('lets an operator of one unit add no other', async () => {
    const token = await server.token('operator', ['mine']);
    const add = (unit_id: string) => server.ask('POST', '/api/nl43/roster', { token, body: { unit_id, host: 'meter' } });
    expect((await add('other')).status).toBe(403);
    expect((await add('mine')).status).toBe(200);
  });

  it('refuses a revoked token', async () => {
    const issued = await server.access.issueToken({ name: 'x', role: 'viewer', units: null });
    expect((await server.ask('GET', '/api/v1/units', { token: issued.token })).status).toBe(200);
    await server.access.revokeToken(issued.id);
    const refused = await server.ask('GET', '/api/v1/units', { token: issued.token });
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="slmm"']);
  });

  it('does not start with a route that has no policy, or with the same route twice', () => {
    const plain = route({
      method: 'get',
      path: '/x',
      surface: 'v1',
      policy: 'read',
      summary: '',
      responses: {},
      handle: () => ({ status: 204, body: null }),
    });
    const gate = { services: server.services } as Gate;
    const { policy: _policy, ...without } = plain;
    expect(() => registerRoutes(express(), [without as typeof plain], gate)).toThrow(/no policy/);
    expect(() => registerRoutes(express(), [plain, plain], gate)).toThrow(/twice/);
  });

  it('says 404 and 405 in the shape of the surface', async () => {
    const answer = async (method: string, path: string) => {
      const response = await server.ask(method, path);
      return [response.status, response.headers.get('content-type'), await response.json()];
    };
    expect(await answer('GET', '/api/nl43/a/nothing')).toEqual([404, 'application/json', { detail: 'Not Found' }]);
    expect(await answer('DELETE', '/api/nl43/roster')).toEqual([405, 'application/json', { detail: 'Method Not Allowed' }]);
    expect(await answer('GET', '/api/v1/nothing')).toMatchObject([404, 'application/problem+json', { status: 404 }]);
    expect((await server.ask('POST', '/api/v1/units')).headers.get('allow')).toBe('GET');
  });
});

describe('sessions and other sites', () => {
  const signIn = async (): Promise<string> => {
    const response = await server.ask('GET', `/sign-in?token=${ADMIN_TOKEN}`, { token: null });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/']);
    const cookie = response.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^slmm_session=[\w-]+; Expires=.*; Path=\/; HttpOnly; SameSite=Lax$/);
    return cookie.split(';')[0] ?? '';
  };

  it('signs a browser in by the link, tells who it is, and out again', async () => {
    const cookie = await signIn();
    const who = await server.ask('GET', '/api/v1/session', { token: null, headers: { cookie } });
    expect(await who.json()).toEqual({ name: 'admin', role: 'admin' });
    const out = await server.ask('DELETE', '/api/v1/session', { token: null, headers: { cookie, origin: server.base } });
    expect(out.status).toBe(204);
    expect((await server.ask('GET', '/api/v1/session', { token: null, headers: { cookie } })).status).toBe(401);
  });

  it('signs in by POST too, and shows a form for a link that is no good', async () => {
    const good = await server.ask('POST', '/api/v1/session', { token: null, body: { token: ADMIN_TOKEN } });
    expect([good.status, good.headers.get('set-cookie')]).toEqual([200, expect.stringContaining('slmm_session=')]);
    const bad = await server.ask('POST', '/api/v1/session', { token: null, body: { token: 'no' } });
    expect([bad.status, bad.headers.get('set-cookie')]).toEqual([401, null]);
    const link = await server.ask('GET', '/sign-in?token=%3Cscript%3E', { token: null });
    const page = await link.text();
    expect([link.status, page.includes('<form'), page.includes('<script')]).toEqual([401, true, false]);
  });

  it.each([
    ['its own page', {}, 409],
    ['its own page, by Origin', { origin: 'BASE' }, 409],
    ['another site', { origin: 'https://evil.example' }, 403],
    ['a sandboxed frame', { origin: 'null' }, 403],
    ['another site of the same host name', { origin: 'http://127.0.0.1:1' }, 403],
    ['another site that the browser names as such', { origin: 'BASE', 'sec-fetch-site': 'cross-site' }, 403],
  ])('with a cookie takes a change from %s or not', async (name, headers: Record<string, string>, expected) => {
    const cookie = await signIn();
    const own = name === 'its own page' ? { 'sec-fetch-site': 'same-origin' } : {};
    const origin = headers['origin'] === 'BASE' ? { origin: server.base } : {};
    const status = await new Promise<number>((resolve, reject) => {
      const body = JSON.stringify({ unit_id: 'a', host: 'meter' });
      const { hostname, port } = new URL(server.base);
      const sent = rawRequest(
        {
          hostname,
          port,
          path: '/api/nl43/roster',
          method: 'POST',
          headers: { cookie, 'content-type': 'application/json', ...headers, ...own, ...origin },
        },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
    expect(status).toBe(expected);
  });

  it('takes no change with a cookie from something that is no browser', async () => {
    const cookie = await signIn();
    expect(await askRaw('/api/nl43/a/config', { cookie }, 'DELETE')).toBe(403);
    expect(server.fleet.unit('a')).not.toBeNull();
  });

  it('tells other origins nothing (CORS)', async () => {
    const response = await server.ask('GET', '/api/nl43/roster', { headers: { origin: 'https://evil.example' } });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    const preflight = await server.ask('OPTIONS', '/api/nl43/roster', { headers: { origin: 'https://evil.example' } });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('makes an address that keeps guessing wait, and lets those go on who were in', async () => {
    expect((await server.ask('GET', '/api/v1/units')).status).toBe(200);
    const statuses = [];
    for (let guess = 0; guess < 25; guess += 1)
      statuses.push((await server.ask('GET', '/api/v1/units', { token: `guess-${guess}` })).status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(20);
    expect(statuses.at(-1)).toBe(429);
    expect((await server.ask('POST', '/api/v1/session', { token: null, body: { token: ADMIN_TOKEN } })).status).toBe(429);
    expect((await server.ask('GET', '/sign-in?token=x', { token: null })).status).toBe(429);
    expect((await server.ask('GET', '/api/v1/units')).status).toBe(200);
    server.clock.advance(60_000);
    expect((await server.ask('POST', '/api/v1/session', { token: null, body: { token: ADMIN_TOKEN } })).status).toBe(200);
  });
});

describe('without authentication', () => {
  beforeEach(async () => {
    await server.http.close();
    server = await startExample({ mode: 'none', units: ['a'] });
  });

  it('takes everybody who comes by address or as localhost, and no page of another site', async () => {
    expect((await server.ask('GET', '/api/v1/session', { token: null })).status).toBe(200);
    expect(await askRaw('/api/v1/units', { host: 'localhost:8100' })).toBe(200);
    expect(await askRaw('/api/v1/units', { host: 'rebound.example' })).toBe(401);
    expect(await askRaw('/api/nl43/a/config', { origin: 'https://evil.example' }, 'DELETE')).toBe(403);
    expect(await askRaw('/api/nl43/a/config', {}, 'DELETE')).toBe(200);
  });
});

describe('bad input', () => {
  const statusAndBody = async (body: string | object, headers: Record<string, string> = {}) => {
    const response = await server.ask('POST', '/api/nl43/roster', { body, headers });
    return [response.status, await response.json()];
  };
  const detail = (loc: (string | number)[], msg: string, type: string) => [422, { detail: [{ loc, msg, type }] }];

  it.each<[string, object | string, (string | number)[], string, string]>([
    [
      'a port of 0',
      { unit_id: 'x', host: 'h', tcp_port: 0 },
      ['body', 'tcp_port'],
      'Port must be between 1 and 65535',
      'value_error',
    ],
    [
      'a port in words',
      { unit_id: 'x', host: 'h', tcp_port: 'abc' },
      ['body', 'tcp_port'],
      'value is not a valid integer',
      'type_error.integer',
    ],
    ['no host', { unit_id: 'x' }, ['body', 'host'], 'field required', 'value_error.missing'],
    [
      'null for a host',
      { unit_id: 'x', host: null },
      ['body', 'host'],
      'none is not an allowed value',
      'type_error.none.not_allowed',
    ],
    [
      'a host with a space',
      { unit_id: 'x', host: 'bad host!' },
      ['body', 'host'],
      'Host must be a valid IP address or hostname',
      'value_error',
    ],
    [
      'a host that goes on for ever',
      { unit_id: 'x', host: 'a'.repeat(254) },
      ['body', 'host'],
      'Invalid hostname length',
      'value_error',
    ],
    [
      'an interval of 5 s',
      { unit_id: 'x', host: 'h', poll_interval_seconds: 5 },
      ['body', 'poll_interval_seconds'],
      'Poll interval must be between 30 and 21600 seconds (30s to 6 hours)',
      'value_error',
    ],
    [
      'a boolean that is none',
      { unit_id: 'x', host: 'h', tcp_enabled: 'maybe' },
      ['body', 'tcp_enabled'],
      'value could not be parsed to a boolean',
      'type_error.bool',
    ],
    [
      'a line break in a password',
      { unit_id: 'x', host: 'h', ftp_password: 'a\r\nDELE b' },
      ['body', 'ftp_password'],
      'Control characters are not allowed',
      'value_error',
    ],
    [
      'an edge that is not there',
      { unit_id: 'x', host: 'h', edge_id: 'nowhere' },
      ['body', 'edge_id'],
      "There is no edge 'nowhere'",
      'value_error',
    ],
    ['a list', '[1]', ['body'], 'value is not a valid dict', 'type_error.dict'],
    ['null', 'null', ['body'], 'field required', 'value_error.missing'],
    ['nothing', '', ['body'], 'field required', 'value_error.missing'],
  ])('refuses %s in the words of SLMM', async (_name, body, loc, msg, type) => {
    expect(await statusAndBody(body)).toEqual(detail(loc, msg, type));
    expect(server.fleet.unit('x')).toBeNull();
  });

  it('says where a text stops being JSON, as Python does', async () => {
    expect(await statusAndBody('{not json')).toEqual([
      422,
      {
        detail: [
          {
            loc: ['body', 1],
            msg: 'Expecting property name enclosed in double quotes: line 1 column 2 (char 1)',
            type: 'value_error.jsondecode',
            ctx: { msg: 'Expecting property name enclosed in double quotes', doc: '{not json', pos: 1, lineno: 1, colno: 2 },
          },
        ],
      },
    ]);
  });

  it('takes no body of another type, so that no form of another site can send one', async () => {
    const text = JSON.stringify({ unit_id: 'x', host: 'h' });
    expect((await statusAndBody(text, { 'content-type': 'text/plain' }))[0]).toBe(422);
  });

  it.each(['../../escape', 'a/b', '+', '#', '$SYS', 'hub', 'alert', '', 'x'.repeat(65), 'ümlaut', 'a b', '-a', 'a\u0000'])(
    'takes no unit named %j',
    async (unit_id) => {
      const [status, body] = await statusAndBody({ unit_id, host: 'h' });
      expect([status, body]).toMatchObject([422, { detail: [{ loc: ['body', 'unit_id'] }] }]);
    },
  );

  it.each([
    '/api/nl43/..%2f..%2fetc/config',
    '/api/nl43/a%00/config',
    '/api/nl43/%2b/status',
    '/api/v1/units/%23',
    '/api/v1/units/hub',
  ])('answers 422 for the id in %s', async (path) => {
    expect((await server.ask('GET', path)).status).toBe(422);
  });

  it('answers a path that cannot be decoded', async () => {
    expect(await askRaw('/api/v1/units/%zz', { authorization: `Bearer ${ADMIN_TOKEN}` })).toBe(404);
  });

  it('makes no entry of __proto__', async () => {
    await statusAndBody('{"unit_id":"x","host":"h","__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}');
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
  });

  it('takes no more than 256 kB, announced or not', async () => {
    const long = JSON.stringify({ unit_id: 'x', host: 'a'.repeat(300_000) });
    const announced = await server.ask('POST', '/api/nl43/roster', { body: long });
    expect([announced.status, await announced.json()]).toEqual([413, { detail: 'The body is longer than 262144 bytes' }]);
    const { hostname, port } = new URL(server.base);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const head = [
      'POST /api/nl43/roster HTTP/1.1',
      'Host: x',
      `Authorization: Bearer ${ADMIN_TOKEN}`,
      'Content-Type: application/json',
      'Transfer-Encoding: chunked',
    ];
    socket.on('error', () => undefined);
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    const chunk = 'x'.repeat(100_000);
    for (let turn = 0; turn < 4; turn += 1) socket.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  it('names the parameter and what is expected, on /api/v1', async () => {
    const detailOf = async (query: string) => {
      const response = await server.ask('GET', `/api/v1/units/a/readings?${query}`);
      return [response.status, ((await response.json()) as { detail: string }).detail];
    };
    expect(await detailOf('limit=1e9')).toEqual([422, 'query limit: expected a whole number from 1 to 10000']);
    expect(await detailOf('limit=0')).toEqual([422, 'query limit: expected a whole number from 1 to 10000']);
    expect(await detailOf('from=yesterday')).toEqual([422, 'query from: expected a UTC instant like 2026-11-23T06:41:05Z']);
    expect(await detailOf('from=2026-11-23T08:00:00%2B01:00')).toEqual([
      422,
      'query from: expected a UTC instant like 2026-11-23T06:41:05Z',
    ]);
    expect(await detailOf('from=2026-11-24T00:00:00Z&to=2026-11-23T00:00:00Z')).toEqual([422, 'query from: must be before to']);
    expect(await detailOf('next=garbage')).toEqual([422, 'query next: take it from the answer before, for the same unit']);
  });
});

describe('what breaks inside', () => {
  it('is a 500 that says nothing of the inside', async () => {
    server.readings.readings = () => Promise.reject(new Error('password=hunter2'));
    const response = await server.ask('GET', '/api/nl43/a/history');
    expect([response.status, await response.json()]).toEqual([500, { detail: 'Internal server error' }]);
    const problem = await server.ask('GET', '/api/v1/units/a/readings');
    expect([problem.status, await problem.text()]).toEqual([500, expect.not.stringContaining('hunter2')]);
  });
});

describe('the page', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slmm-page-'));
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>the page</title>');
    await writeFile(join(folder, 'assets', 'app-1234.js'), 'export {};');
    await server.http.close();
    server = await startExample({ webRoot: folder });
  });
  afterEach(() => rm(folder, { recursive: true }));

  const browse = (path: string) => server.ask('GET', path, { token: null, headers: { accept: 'text/html,*/*' } });

  it('is there for every address of the page, and its files for everybody', async () => {
    for (const path of ['/', '/units/NL43.01', '/anything']) expect(await (await browse(path)).text()).toContain('the page');
    const script = await server.ask('GET', '/assets/app-1234.js', { token: null });
    expect([script.status, script.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
  });

  it('is not there in place of an API, of a file, or of what is outside its folder', async () => {
    for (const path of ['/api/v1/nothing', '/api/nl43/x/y/z', '/assets/none.js']) expect((await browse(path)).status).toBe(404);
    expect((await server.ask('GET', '/missing.png', { token: null })).status).toBe(404);
    expect(await askRaw('/../../../../etc/passwd', {})).toBe(404);
    expect(await askRaw('/assets/..%2f..%2fetc%2fpasswd', {})).toBe(404);
  });

  it('may load nothing from elsewhere, and nobody learns what serves it', async () => {
    const { headers } = await browse('/');
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-powered-by')).toBeNull();
  });
});
