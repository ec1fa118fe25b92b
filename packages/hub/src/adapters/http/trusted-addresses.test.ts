import { afterEach, describe, expect, it } from 'vitest';
import { type ExampleServer, startExample } from './server-example.ts';

let server: ExampleServer;
afterEach(() => server.http.close());

describe('a trusted address', () => {
  it("is an operator on SLMM's surface without a token, and nobody elsewhere", async () => {
    server = await startExample({ units: ['a'], trustedAddresses: ['127.0.0.0/8'] });
    const status = async (method: string, path: string, more: object = {}) =>
      (await server.ask(method, path, { token: null, ...more })).status;
    expect(await status('GET', '/api/nl43/roster')).toBe(200);
    expect(await status('PUT', '/api/nl43/a/config', { body: {} })).toBe(200);
    expect(await status('GET', '/health/devices')).toBe(200);
    expect([await status('GET', '/api/v1/units'), await status('GET', '/metrics')]).toEqual([401, 401]);
    expect(await status('GET', '/api/nl43/roster', { token: 'a wrong one' })).toBe(401);
    expect(await status('GET', '/api/nl43/roster', { headers: { origin: 'https://evil.example' } })).toBe(401);
  });

  it('is what the connection comes from, not what a header says', async () => {
    server = await startExample({ units: ['a'], trustedAddresses: ['10.0.0.5'] });
    const headers = { 'x-forwarded-for': '10.0.0.5', forwarded: 'for=10.0.0.5' };
    expect((await server.ask('GET', '/api/nl43/roster', { token: null, headers })).status).toBe(401);
  });
});

describe('times on the surface of SLMM', () => {
  it('get their Z where that is wanted', async () => {
    server = await startExample({ units: ['a'], compatTimes: 'z' });
    await server.ask('POST', '/api/nl43/man/status', { body: { lp: '55.0', measurement_state: '2026-11-23T06:00:00' } });
    const { data } = (await (await server.ask('GET', '/api/nl43/man/status')).json()) as { data: Record<string, unknown> };
    expect(data).toMatchObject({ last_seen: '2026-11-23T06:01:00Z', measurement_state: '2026-11-23T06:00:00' });
  });
});
