import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ExampleServer, startExample } from '../../adapters/http/server-example.ts';

let server: ExampleServer;
beforeEach(async () => {
  server = await startExample({ units: ['u1'] });
  server.fleet.tellEdge('site', {
    state: 'online',
    epoch: '01JD3ABCDEFGHJKMNPQRSTVWXY',
    boot: 'b',
    at: '2026-11-23T06:00:00.000Z',
    reason: '',
  });
});
afterEach(async () => {
  await server.services.alerts.engine.close();
  await server.http.close();
});

const rest = async (edge: string, op: string) => {
  const response = await server.ask('POST', `/api/v1/edges/${edge}/${op}`, {});
  return { status: response.status, body: JSON.parse(await response.text()) };
};

it('an edge lets all its meters rest and takes them back, as it is told', async () => {
  server.fleet.answer = (_edge, op) => ({ ok: true, result: { standby: op === 'standby', units: 8 } });
  expect(await rest('site', 'standby')).toEqual({ status: 200, body: { edge: 'site', standby: true, units: 8 } });
  expect(await rest('site', 'resume')).toEqual({ status: 200, body: { edge: 'site', standby: false, units: 8 } });
  expect(server.fleet.asked.map(({ op }) => op)).toEqual(['standby', 'resume']);
});

it('an edge that cannot be asked is told as such, and one that does not exist', async () => {
  expect(await rest('site', 'standby')).toMatchObject({ status: 503, body: { detail: 'there is no edge behind this fleet' } });
  server.fleet.answer = () => ({ ok: true, result: 'rested' });
  expect(await rest('site', 'standby')).toMatchObject({ status: 503, body: { detail: expect.stringContaining('shape') } });
  expect((await rest('elsewhere', 'standby')).status).toBe(404);
});
