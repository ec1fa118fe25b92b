import type { CommandError } from '@slmm/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ExampleServer, startExample } from '../../adapters/http/server-example.ts';

let server: ExampleServer;
beforeEach(async () => {
  server = await startExample({ units: ['u1', 'u2'] });
});
afterEach(async () => {
  await server.services.alerts.engine.close();
  await server.http.close();
});

const call = async (method: string, path: string, body?: unknown) => {
  const response = await server.ask(method, path, body === undefined ? {} : { body });
  return { status: response.status, body: JSON.parse(await response.text()) };
};

it('are given, end, and are shown with how they ended', async () => {
  server.fleet.answer = () => ({ ok: true, result: { battery: 'Full' } });
  const done = await call('POST', '/api/v1/units/u1/commands', { op: 'battery-get' });
  expect([done.status, done.body.state, done.body.result]).toEqual([200, 'done', { battery: 'Full' }]);
  const error: CommandError = { code: 'refused-by-meter', message: 'not now', result_code: '0004' };
  server.fleet.answer = () => ({ ok: false, error });
  expect((await call('POST', '/api/v1/units/u1/commands', { op: 'measure-stop' })).body).toMatchObject({
    state: 'failed',
    error,
  });
  const { body } = await call('GET', '/api/v1/units/u1/commands');
  expect(body.commands.map(({ op, state }: { op: string; state: string }) => `${op} ${state}`)).toEqual([
    'measure-stop failed',
    'battery-get done',
  ]);
  expect((await call('GET', `/api/v1/units/u1/commands/${done.body.id}`)).body.result).toEqual({ battery: 'Full' });
  expect((await call('GET', `/api/v1/units/u2/commands/${done.body.id}`)).status).toBe(404);
});

it.each([
  ['an operation that does not exist', 'u1', { op: 'self-destruct' }, 422],
  ['one of a whole edge', 'u1', { op: 'standby' }, 422],
  ['arguments that do not fit', 'u1', { op: 'yield', args: { minutes: -1 } }, 422],
  ['an argument nobody knows', 'u1', { op: 'measure-start', args: { force: true } }, 422],
  ['a wait of a day', 'u1', { op: 'battery-get', wait_s: 86_400 }, 422],
  ['a unit that does not exist', 'u9', { op: 'battery-get' }, 404],
])('are refused with %s, and never sent', async (_name, unit, body, status) => {
  expect((await call('POST', `/api/v1/units/${unit}/commands`, body)).status).toBe(status);
  expect(server.fleet.asked).toEqual([]);
});

it('have no file where they brought none', async () => {
  server.fleet.answer = () => ({ ok: true, result: { battery: 'Full' } });
  const done = await call('POST', '/api/v1/units/u1/commands', { op: 'battery-get' });
  expect((await call('GET', `/api/v1/units/u1/commands/${done.body.id}/file`)).status).toBe(404);
});
