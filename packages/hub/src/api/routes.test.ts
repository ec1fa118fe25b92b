import { coverageFiguresSchema } from './v1/frame-schemas.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ExampleServer, startExample } from '../adapters/http/server-example.ts';
import { EXAMPLE_START_MS, exampleFrame, exampleState } from '../live/live-example.ts';
import { allRoutes } from './routes.ts';

let server: ExampleServer;
beforeEach(async () => {
  server = await startExample({ units: ['a'] });
});
afterEach(() => server.http.close());

const commit = async (...seqs: number[]): Promise<void> => {
  const frames = seqs.map((seq) => exampleFrame('a', seq));
  await server.readings.append({
    readings: frames.map((frame) => ({ frame, atMs: Date.parse(frame.at), late: false })),
    streams: [],
    deadLetters: [],
  });
  for (const frame of frames) server.fleet.tellFrame(frame);
};

const json = async (method: string, path: string, body?: unknown) => {
  const response = await server.ask(method, path, { body });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as Record<string, unknown> };
};

describe("SLMM's surface", () => {
  it('adds, shows, changes and removes a unit', async () => {
    expect(await json('POST', '/api/nl43/roster', { unit_id: 'n', host: '10.0.0.7', ftp_password: '0000' })).toEqual({
      status: 200,
      body: {
        status: 'ok',
        message: 'Device n created successfully',
        data: {
          unit_id: 'n',
          host: '10.0.0.7',
          tcp_port: 2255,
          tcp_enabled: true,
          ftp_enabled: false,
          poll_enabled: true,
          poll_interval_seconds: 60,
        },
      },
    });
    expect((await json('POST', '/api/nl43/roster', { unit_id: 'n', host: 'x' })).body).toEqual({
      detail: "Device with unit_id 'n' already exists. Use PUT /n/config to update.",
    });
    expect((await json('PUT', '/api/nl43/n/config', { web_enabled: 'yes', tcp_port: '2256' })).body).toMatchObject({
      data: { web_enabled: true, tcp_port: 2256 },
    });
    expect((await json('GET', '/api/nl43/n/config')).body).toEqual({
      status: 'ok',
      data: {
        unit_id: 'n',
        host: '10.0.0.7',
        tcp_port: 2256,
        ftp_port: 21,
        tcp_enabled: true,
        ftp_enabled: false,
        ftp_username: null,
        ftp_password: '***',
        web_enabled: true,
      },
    });
    expect((await json('DELETE', '/api/nl43/n/config')).body).toEqual({ status: 'ok', message: 'Deleted device n' });
    expect(await json('DELETE', '/api/nl43/n/config')).toEqual({ status: 404, body: { detail: 'NL43 config not found' } });
  });

  it('has a status once something is known, and in the roster too', async () => {
    expect(await json('GET', '/api/nl43/a/status')).toEqual({ status: 404, body: { detail: 'No NL43 status recorded' } });
    expect((await json('GET', '/api/nl43/roster')).body).toMatchObject({ total: 1, devices: [{ status: null }] });
    server.fleet.tellState('a', exampleState());
    await commit(1);
    expect((await json('GET', '/api/nl43/a/status')).body).toMatchObject({
      status: 'ok',
      data: { lp: '62.4', measurement_state: 'Start', is_reachable: true },
    });
    expect((await json('GET', '/api/nl43/roster')).body).toMatchObject({
      devices: [{ status: { is_reachable: true, last_seen: '2026-11-23T06:00:01' } }],
    });
  });

  it('gives every reading of the last hours, oldest first', async () => {
    await commit(1, 2, 3);
    expect((await json('GET', '/api/nl43/a/history?hours=0.5')).body).toMatchObject({
      unit_id: 'a',
      hours: 0.5,
      count: 3,
      readings: [{ timestamp: '2026-11-23T06:00:01', lp: '62.4', leq: '58.9', lmax: '81.2', ln1: '70.1', ln2: '65.3' }, {}, {}],
    });
    server.clock.advance(3_600_000);
    expect((await json('GET', '/api/nl43/a/history?hours=0.5')).body).toMatchObject({ count: 0, readings: [] });
    expect((await json('GET', '/api/nl43/a/history')).body).toMatchObject({ hours: 2, count: 3 });
  });

  it('gives one reading a minute beyond a day, and no more than two days', async () => {
    await commit(1, 2, 3, 61, 62);
    const { body } = await json('GET', '/api/nl43/a/history?hours=25');
    expect(body['count']).toBe((body['readings'] as unknown[]).length);
    expect(body['count']).toBe(2);
    for (const [asked, hours] of [
      ['169', 48],
      ['0', 0.1],
      ['-inf', 0.1],
      ['nan', 0.1],
    ])
      expect((await json('GET', `/api/nl43/a/history?hours=${asked}`)).body).toMatchObject({ hours });
    expect((await json('GET', '/api/nl43/a/history?hours=x')).body).toEqual({
      detail: [{ loc: ['query', 'hours'], msg: 'value is not a valid float', type: 'type_error.float' }],
    });
  });
});

describe('/api/v1', () => {
  it('pages through readings, each once, by an opaque mark that keeps the range', async () => {
    await commit(...Array.from({ length: 25 }, (_, index) => index + 1));
    const range = `from=${new Date(EXAMPLE_START_MS).toISOString()}&to=${new Date(EXAMPLE_START_MS + 21_000).toISOString()}`;
    const seqs: number[] = [];
    let query = `${range}&limit=8`;
    for (let page = 0; page < 10; page += 1) {
      const { body } = await json('GET', `/api/v1/units/a/readings?${query}`);
      const { readings, next, count } = body as {
        readings: { seq: number; at: string; late: boolean }[];
        next: string | null;
        count: number;
      };
      expect(count).toBe(readings.length);
      seqs.push(...readings.map((reading) => reading.seq));
      if (next === null) break;
      expect(next).toMatch(/^[\w-]+$/);
      query = `limit=8&next=${next}`;
      expect((await json('GET', `/api/v1/units/b/readings?${query}`)).status).toBe(422);
    }
    expect(seqs).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  it('shows a unit without secrets, and the coverage of its own day', async () => {
    await json('PUT', '/api/nl43/a/config', { ftp_username: 'USER', ftp_password: 'hunter2', timezone: 'Asia/Tokyo' });
    const { body } = await json('GET', '/api/v1/units/a');
    expect(body).toMatchObject({ unit: 'a', edge: 'site', edge_online: true, timezone: 'Asia/Tokyo', frame: null });
    expect(JSON.stringify(body)).not.toContain('hunter2');
    // 06:01 UTC is 15:01 in Tokyo.
    expect(coverageFiguresSchema.parse(body['coverage_today']).expected).toBe(15 * 3600 + 60);
    expect((await json('GET', '/api/v1/units/nobody')).status).toBe(404);
  });

  it('says where an edge signs in when the broker is another', async () => {
    const outside = await startExample({ broker: { kind: 'external', url: 'mqtts://broker.example.org:8883' } });
    const response = await outside.ask('POST', '/api/v1/edges', { body: { edge: 'roof' } });
    expect(await response.json()).toMatchObject({ broker: { port: null, url: 'mqtts://broker.example.org:8883' } });
    await outside.http.close();
  });

  it('enrols an edge once, renews its secret only when told to, and revokes it', async () => {
    expect(await json('POST', '/api/v1/edges', { edge: 'roof' })).toEqual({
      status: 201,
      body: { edge: 'roof', secret: 'secret-of-roof', broker: { port: 1883, tls: false, url: null } },
    });
    expect((await json('POST', '/api/v1/edges', { edge: 'roof' })).status).toBe(409);
    expect((await json('POST', '/api/v1/edges', { edge: 'roof', renew: true })).status).toBe(201);
    expect((await json('POST', '/api/v1/edges', { edge: '../roof' })).status).toBe(422);
    expect((await json('GET', '/api/v1/edges')).body).toMatchObject({
      count: 2,
      edges: [
        { edge: 'roof', online: false },
        { edge: 'site', online: true },
      ],
    });
    expect((await json('DELETE', '/api/v1/edges/roof')).status).toBe(204);
    expect((await json('DELETE', '/api/v1/edges/roof')).status).toBe(404);
  });

  it('makes a token, shows it once, and takes it back', async () => {
    const made = await json('POST', '/api/v1/tokens', { name: 'reader', role: 'viewer', units: ['a'] });
    const { id, token } = made.body as { id: string; token: string };
    expect((await server.ask('GET', '/api/v1/units/a', { token })).status).toBe(200);
    expect(JSON.stringify((await json('GET', '/api/v1/tokens')).body)).not.toContain(token);
    expect((await json('DELETE', `/api/v1/tokens/${id}`)).status).toBe(204);
    expect((await server.ask('GET', '/api/v1/units/a', { token })).status).toBe(401);
  });

  it('says whether the hub can work, and why not only to those who are known', async () => {
    expect((await server.ask('GET', '/ready', { token: null })).status).toBe(200);
    server.notReady.push('the broker is away');
    const stranger = await server.ask('GET', '/ready', { token: null });
    expect([stranger.status, await stranger.json()]).toEqual([503, { status: 'not ready' }]);
    expect((await json('GET', '/ready')).body).toEqual({ status: 'not ready', reasons: ['the broker is away'] });
  });

  it('counts requests by route, not by path', async () => {
    await json('GET', '/api/v1/units/a');
    const text = await (await server.ask('GET', '/metrics')).text();
    expect(text).toContain('slmm_http_requests_total{route="/api/v1/units/{unit}",method="get",status="200"} 1');
  });
});

describe('the table', () => {
  it('can be described: every schema has a JSON Schema', () => {
    for (const { params, query, body, responses } of allRoutes()) {
      for (const schema of [params, query, body])
        if (schema !== undefined) expect(z.toJSONSchema(schema, { io: 'input' })).toMatchObject({ type: 'object' });
      for (const { schema } of Object.values(responses)) if (schema !== undefined) z.toJSONSchema(schema, { io: 'output' });
    }
  });
});
