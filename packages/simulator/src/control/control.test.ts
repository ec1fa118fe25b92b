import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../simulator.ts';
import { LineClient } from '../tcp/line-client.ts';

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator({ count: 2, controlPort: 0, measuring: false });
});

afterAll(async () => {
  await simulator.close();
});

/** Status and body of one request. */
async function ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: any }> {
  const init = body === undefined ? { method } : { method, body: typeof body === 'string' ? body : JSON.stringify(body) };
  const response = await fetch(`http://127.0.0.1:${simulator.controlPort}${path}`, init);
  return { status: response.status, body: await response.json() };
}

describe('the control port', () => {
  it('lists meters with their ports', async () => {
    const { body } = await ask('GET', '/meters');
    expect(body.map((meter: any) => [meter.name, meter.port])).toEqual(simulator.meters.map((meter) => [meter.name, meter.port]));
  });

  it('tells what a meter saw', async () => {
    const client = await LineClient.connect(simulator.meter('NL43-01'));
    await client.ask('DOD?');
    const { body } = await ask('GET', '/meters/NL43-01');
    expect(body).toMatchObject({
      measure: 'Stop',
      connections: { now: 1, total: 1 },
      commands: { 'DOD?': 1 },
      dods: { count: 1 },
    });
    client.close();
  });

  it('sets, shows and clears faults with their parameters', async () => {
    const path = '/meters/NL43-02/faults';
    expect(await ask('PUT', `${path}/F6`, { delayMs: 10 })).toEqual({
      status: 200,
      body: { id: 'F6', params: { delayMs: 10, every: 1, times: 0 } },
    });
    expect(await ask('PUT', `${path}/F7`)).toMatchObject({ status: 200 });
    expect((await ask('GET', path)).body.map((fault: any) => fault.id)).toEqual(['F6', 'F7']);
    expect(await ask('DELETE', `${path}/F6`)).toMatchObject({ status: 200 });
    expect(await ask('DELETE', path)).toEqual({ status: 200, body: [] });
    expect((await ask('GET', '/faults')).body).toHaveLength(20);
  });

  it('holds and releases a level, plays a series, switches power', async () => {
    expect(await ask('PUT', '/meters/NL43-02/level', { db: 65 })).toEqual({ status: 200, body: { db: 65 } });
    expect((await ask('GET', '/meters/NL43-02')).body.heldDb).toBe(65);
    expect(await ask('PUT', '/meters/NL43-02/level', { db: null })).toMatchObject({ status: 200 });
    expect(await ask('PUT', '/meters/NL43-02/series', { levels: [50, 60] })).toEqual({ status: 200, body: { seconds: 2 } });
    expect((await ask('POST', '/meters/NL43-02/power', { action: 'off' })).body.power).toBe('off');
    expect((await ask('POST', '/meters/NL43-02/power', { action: 'on', bootMs: 0 })).body.power).toBe('on');
    expect(await ask('POST', '/meters/NL43-02/power', { action: 'on' })).toMatchObject({ status: 409 });
  });

  it.each<[string, string, unknown, number, string]>([
    ['GET', '/nothing', undefined, 404, "there is no '/nothing'"],
    ['GET', '/meters/NL43-77', undefined, 404, "no meter 'NL43-77'"],
    ['GET', '/meters/%ff', undefined, 404, 'no meter'],
    ['GET', '/meters/NL43-01/nothing', undefined, 404, "no 'nothing'"],
    ['PUT', '/meters/NL43-01/faults/F99', {}, 404, "no fault 'F99'"],
    ['DELETE', '/meters/NL43-01/faults/F3', undefined, 404, 'F3 is not set'],
    ['PUT', '/meters/NL43-01/faults/F6', { delayMs: 'long' }, 422, 'delayMs'],
    ['PUT', '/meters/NL43-01/faults/F6', '{', 400, 'not JSON'],
    ['PUT', '/meters/NL43-01/level', { db: 'loud' }, 422, 'db'],
    ['PUT', '/meters/NL43-01/level', { db: 65, for: 3 }, 422, 'for'],
    ['PUT', '/meters/NL43-01/level', undefined, 422, 'body'],
    ['PUT', '/meters/NL43-01/series', { levels: [] }, 422, 'levels'],
    ['PUT', '/meters/NL43-01/series', { levels: [999] }, 422, 'level 1'],
    ['POST', '/meters/NL43-01/power', { action: 'explode' }, 422, 'action'],
    ['GET', '/meters/NL43-01/level', undefined, 405, 'PUT only'],
    ['PUT', '/meters/NL43-01/level', `"${'x'.repeat(1_100_000)}"`, 413, 'longer'],
  ])('%s %s with %j is %i', async (method, path, body, status, error) => {
    const answer = await ask(method, path, body);
    expect([answer.status, answer.body.error]).toEqual([status, expect.stringContaining(error)]);
  });
});
