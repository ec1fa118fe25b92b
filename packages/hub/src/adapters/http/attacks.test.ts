import { once } from 'node:events';
import { request as rawRequest } from 'node:http';
import { connect } from 'node:net';
import { createLogger } from '@slmm/shared';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { allRoutes } from '../../api/routes.ts';
import { exampleEdge } from '../../live/live-example.ts';
import { eventOfRow } from '../../slmm-import/slmm-rows.ts';
import { ADMIN_TOKEN, type ExampleServer, startExample } from './server-example.ts';

// What somebody with a little access, or none, tries on a hub. Each test names the try.

let server: ExampleServer;
beforeEach(async () => {
  server = await startExample({ units: ['a', 'b'] });
});
afterEach(() => server.http.close());

const json = async (response: Response): Promise<Record<string, unknown>> => (await response.json()) as Record<string, unknown>;

/** A request with whatever headers and body, as one that fetch would not send. */
function askRaw(method: string, path: string, headers: Record<string, string | string[]>, body = ''): Promise<number> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(server.base);
    const sent = rawRequest({ hostname, port, path, headers, method }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', () => resolve(0));
    sent.end(body);
  });
}

describe("another unit's things (BOLA)", () => {
  /** Everything of unit b that has an id of its own, made by the admin. */
  async function thingsOfB(): Promise<Readonly<Record<string, string>>> {
    const rule = await json(await server.ask('POST', '/api/v1/rules', { body: RULE_OF_B }));
    expect(rule).toMatchObject({ rule: { id: 'of-b' } });
    const silence = await json(
      await server.ask('POST', '/api/v1/silences', {
        body: { unit: 'b', from: '2026-11-23T06:00:00Z', to: '2026-11-23T08:00:00Z', reason: 'test' },
      }),
    );
    const mask = await json(
      await server.ask('POST', '/api/v1/units/b/masks', {
        body: { from: '2026-11-23T05:00:00Z', to: '2026-11-23T05:10:00Z', reason: 'calibration' },
      }),
    );
    const row = { id: 7, rule_id: 0, unit_id: 'b', metric: 'connectivity', onset_at: '2026-11-23 05:00:00', status: 'active' };
    const event = eventOfRow(row, new Set());
    if (!('value' in event)) throw new Error(event.reason);
    await server.services.alerts.store.commit({ events: [event.value], checkpoints: [], outbox: [] });
    const number = (await server.services.alerts.store.event(event.value.id))?.number;
    return {
      rule: 'of-b',
      rule_id: '1',
      silence: String(silence['id']),
      mask: String(mask['id']),
      event: event.value.id,
      event_id: String(number),
    };
  }
  const RULE_OF_B = {
    id: 'of-b',
    unit: 'b',
    name: 'loud',
    metric: { kind: 'lp' },
    comparison: 'above',
    levels: [{ name: 'alarm', threshold: 80 }],
    hold_s: 0,
    clear_margin: 2,
    cooldown_s: 0,
  };

  it.each(['viewer', 'operator', 'admin'] as const)(
    'are nothing that a %s of unit a can see or change, on any route of the table',
    { timeout: 60_000 },
    async (role) => {
      const ids = await thingsOfB();
      const token = await server.token(role, ['a']);
      server.fleet.tellEdge('site', exampleEdge('offline'));
      const before = JSON.stringify([server.services.alerts.engine.rules(), server.fleet.units()]);
      const open: string[] = [];
      for (const { method, path, policy } of allRoutes()) {
        if (policy === 'public' || !path.includes('{')) continue;
        const url = path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => (name.startsWith('unit') ? 'b' : (ids[name] ?? 'x')));
        for (const body of method === 'get' ? [undefined] : [{}, { unit: 'a' }, { ...RULE_OF_B, unit: 'a' }]) {
          const { status } = await server.ask(method.toUpperCase(), url, { token, body });
          if (![401, 403, 404, 422].includes(status)) open.push(`${method} ${url}: ${status}`);
        }
      }
      expect(open).toEqual([]);
      expect(JSON.stringify([server.services.alerts.engine.rules(), server.fleet.units()])).toBe(before);
    },
  );

  it('do not show in any list either', async () => {
    await thingsOfB();
    const token = await server.token('operator', ['a']);
    const seen: string[] = [];
    for (const { method, path, policy } of allRoutes()) {
      if (method !== 'get' || policy === 'public' || path.includes('{')) continue;
      const text = await (await server.ask('GET', path, { token })).text();
      if (/"(?:unit|unit_id)":"b"|of-b/.test(text)) seen.push(path);
    }
    expect(seen).toEqual([]);
  });

  it('are not to be had by making a token: an admin of some units makes none', async () => {
    const token = await server.token('admin', ['a']);
    const made = await server.ask('POST', '/api/v1/tokens', { token, body: { name: 'x', role: 'admin' } });
    expect([made.status, (await server.ask('POST', '/api/v1/edges', { token, body: { edge: 'x' } })).status]).toEqual([403, 403]);
  });
});

describe('fields that nobody may set (mass assignment)', () => {
  it('change nothing', async () => {
    const before = server.fleet.unit('a')?.config;
    const extra = {
      unit_id: 'b',
      unit: 'b',
      edge: 'elsewhere',
      role: 'admin',
      isAdmin: true,
      revision: 99,
      tenantId: 1,
      status: {},
    };
    expect((await server.ask('PUT', '/api/nl43/a/config', { body: extra })).status).toBe(200);
    expect(server.fleet.unit('a')?.config).toEqual(before);
    const made = await json(
      await server.ask('POST', '/api/v1/tokens', { body: { name: 'v', role: 'viewer', id: 'admin', token: 'mine' } }),
    );
    expect([made['id'] === 'admin', made['token'] === 'mine', made['role']]).toEqual([false, false, 'viewer']);
  });

  it('are no parameters of the path or the query by the back door', async () => {
    const status = await askRaw('GET', '/api/nl43/a/logs?__proto__[limit]=5&constructor.prototype.x=1&limit=1', {
      authorization: `Bearer ${ADMIN_TOKEN}`,
    });
    expect([status, ({} as Record<string, unknown>)['limit']]).toEqual([200, undefined]);
  });
});

describe('paths and names', () => {
  it.each(['..', '/NL-43/../../etc/passwd', '/NL-43/x\u0000.rnd', 'a\r\nDELE b', `/${'x'.repeat(600)}`])(
    'of the card cannot be %j',
    async (remote_path) => {
      server.fleet.answer = () => {
        throw new Error('the edge must not be asked');
      };
      for (const name of ['download', 'download-folder'])
        expect((await server.ask('POST', `/api/nl43/a/ftp/${name}`, { body: { remote_path } })).status).toBe(422);
    },
  );

  it('of a file break out of no header', async () => {
    await server.http.close();
    async function* bytes(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('data');
    }
    server = await startExample({ units: ['a'], cardFiles: { take: () => Promise.resolve(bytes()) } });
    server.fleet.answer = () => ({ ok: true, result: { transfer: 'transfer-1', name: 'x', size: 4, sha256: 'f'.repeat(64) } });
    const response = await server.ask('POST', '/api/nl43/a/ftp/download', {
      body: { remote_path: '/NL-43/a"; filename="b.exe' },
    });
    const said = response.headers.get('content-disposition') ?? '';
    expect([response.status, said]).toEqual([200, 'attachment; filename="a_; filename=_b.exe"']);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('with markup in them come back as JSON and never as a page', async () => {
    const hostile = '<img src=x onerror=alert(1)>';
    await server.ask('POST', '/api/nl43/a/alerts/rules', { body: { threshold_db: 80, name: hostile } });
    const response = await server.ask('GET', '/api/nl43/a/alerts/rules');
    expect(await response.text()).toContain('<img');
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const mistake = await server.ask('GET', `/api/nl43/${encodeURIComponent(hostile)}/config`, {
      headers: { accept: 'text/html' },
    });
    expect([mistake.status, mistake.headers.get('content-type')]).toEqual([422, 'application/json']);
  });
});

describe('requests that are too much', () => {
  it.each([
    [
      'ten thousand headers',
      (): Record<string, string> => Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`x-h-${i}`, '1'])),
    ],
    ['a header of a megabyte', (): Record<string, string> => ({ cookie: `a=${'x'.repeat(1_000_000)}` })],
  ])('are refused: %s', async (_name, headers) => {
    expect([0, 400, 431]).toContain(
      await askRaw('GET', '/api/nl43/roster', { ...headers(), authorization: `Bearer ${ADMIN_TOKEN}` }),
    );
    expect((await server.ask('GET', '/health')).status).toBe(200);
  });

  it('are refused: two lengths, a length and chunks, and a body shorter than it says', async () => {
    const send = async (head: string): Promise<string> => {
      const { hostname, port } = new URL(server.base);
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      socket.write(`POST /api/nl43/roster HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_TOKEN}\r\n${head}`);
      const [answer] = (await Promise.race([
        once(socket, 'data'),
        once(socket, 'close').then(() => [Buffer.from('closed')]),
      ])) as [Buffer];
      socket.destroy();
      return answer.toString().slice(0, 12);
    };
    expect(await send('Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}')).toBe('HTTP/1.1 400');
    expect(await send('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}')).toBe('HTTP/1.1 400');
  });

  it('get a bounded answer: limits and ranges beyond the bounds', async () => {
    for (const query of ['limit=1000000000', 'limit=-1', 'from=2016-01-01T00:00:00Z&to=2026-01-01T00:00:00Z&limit=99999'])
      expect([query, (await server.ask('GET', `/api/v1/units/a/readings?${query}`)).status]).toEqual([query, 422]);
    expect((await json(await server.ask('GET', '/api/nl43/a/history?hours=1e9')))['hours']).toBe(48);
    expect(
      (await json(await server.ask('GET', '/api/nl43/a/logs?limit=1e9'.replace('1e9', '1000000000'))))['pagination'],
    ).toEqual({
      limit: 1000,
      offset: 0,
    });
  });

  it(
    'that never end are ended: sockets which say nothing are closed within seconds, and others are served meanwhile',
    { timeout: 20_000 },
    async () => {
      const { hostname, port } = new URL(server.base);
      const sockets = Array.from({ length: 200 }, () => connect(Number(port), hostname));
      const closed = sockets.map(async (socket, index) => {
        socket.on('error', () => undefined);
        // One half says nothing at all, the other a word at a time.
        if (index % 2 === 0) socket.write('GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ');
        socket.resume();
        await once(socket, 'close');
      });
      expect((await server.ask('GET', '/health')).status).toBe(200);
      await Promise.all(closed);
    },
  );
});

describe('secrets', () => {
  it('stand in no answer, no error and no log line', async () => {
    await server.http.close();
    const lines: string[] = [];
    const log = createLogger('test', 'debug', { write: (line: string) => void lines.push(line) });
    server = await startExample({ units: ['a'], log });
    const secrets = ['hunter2-ftp', ADMIN_TOKEN, 'guessed-token-1'];
    const said: string[] = [];
    const ask = async (...call: Parameters<ExampleServer['ask']>) => said.push(await (await server.ask(...call)).text());
    await ask('PUT', '/api/nl43/a/config', { body: { ftp_username: 'USER', ftp_password: 'hunter2-ftp' } });
    for (const path of [
      '/api/nl43/roster',
      '/api/nl43/a/config',
      '/api/nl43/a/diagnostics',
      '/api/nl43/a/logs',
      '/api/v1/units/a',
      '/api/v1/tokens',
      '/metrics',
    ])
      await ask('GET', path);
    await ask('GET', '/api/v1/units', { token: 'guessed-token-1' });
    await ask('GET', '/sign-in?token=guessed-token-1', { token: null });
    await ask('POST', '/api/v1/session', { token: null, body: { token: 'guessed-token-1' } });
    server.readings.readings = () => Promise.reject(new Error('something of the inside'));
    await ask('GET', '/api/nl43/a/history?token=guessed-token-1');
    const socket = new WebSocket(`${server.base.replace('http', 'ws')}/api/nl43/a/monitor?token=${ADMIN_TOKEN}`);
    await once(socket, 'open');
    socket.terminate();
    expect(lines.length).toBeGreaterThan(0);
    for (const secret of secrets)
      expect([secret, [...said, ...lines].filter((text) => text.includes(secret))]).toEqual([secret, []]);
  });
});
