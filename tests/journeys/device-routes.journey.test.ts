/** Terra-View's device routes over whole stacks: at the meter's own pace, whatever another meter does, and at once where nobody can be asked. */
import { join } from 'node:path';
import { type Edge, readEdgeSettings, startEdge } from '@slmm/edge-agent';
import { createLogger } from '@slmm/shared';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, startWholeStack, type WholeStack } from './whole-stack.ts';

/** A reading under way, the second of rest after it, and the answer itself; twice of it on a busy machine. */
const PACE_MS = 4_000;
const AT_ONCE_MS = 1_000;
const [SLOW, WELL] = ['NL43-01', 'NL43-02'];

let stack: WholeStack;

beforeAll(async () => {
  stack = await startWholeStack({ count: 2 });
  for (const unit of [SLOW, WELL]) await eventually(`${unit} is measured`, async () => (await history(unit)).length > 0);
});
afterAll(() => stack?.close());

describe('a device route', () => {
  it("answers within its meter's pace, while another meter hangs and everybody asks for it", async () => {
    stack.meters.meter(SLOW).setFault('F7', { part: 'all' });
    const slow = ['battery', 'clock', 'measurement-state', 'time-weighting'].map((route) =>
      timed('GET', `/api/nl43/${SLOW}/${route}`),
    );
    const well = [];
    for (const route of ['battery', 'clock', 'measurement-state', 'frequency-weighting', 'battery'])
      well.push(await timed('GET', `/api/nl43/${WELL}/${route}`));
    expect(well.map(({ status, ms }) => [status, ms < PACE_MS ? 'in time' : ms])).toEqual(well.map(() => [200, 'in time']));
    const measured = (await history(WELL)).length;
    await eventually('its readings go on', async () => (await history(WELL)).length > measured, PACE_MS);
    expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([504, 504, 504, 504]);
    stack.meters.meter(SLOW).clearFault('F7');
  });

  it('ends no measurement, however often somebody asks', async () => {
    const measured = (await history(WELL)).length;
    for (let asked = 0; asked < 8; asked += 1) expect((await timed('GET', `/api/nl43/${WELL}/battery`)).status).toBe(200);
    expect((await history(WELL)).length).toBeGreaterThan(measured);
  });

  it('answers at once when the edge is away, and what is stored stays there', async () => {
    await stack.edge.close();
    await eventually('the hub knows', async () => (await stack.ask('GET', '/api/v1/edges')).body.edges[0].state !== 'online');
    const orders = ['start', 'stop', 'pause', 'resume', 'reset', 'store'].map((order) => ['POST', order] as const);
    const questions = ['live', 'battery', 'clock', 'settings', 'results', 'measurement-state'].map(
      (name) => ['GET', name] as const,
    );
    for (const [method, route] of [...questions, ...orders]) {
      const { status, body, ms } = await timed(method, `/api/nl43/${WELL}/${route}`);
      expect([route, status, body.detail, ms < AT_ONCE_MS ? 'at once' : ms]).toEqual([
        route,
        503,
        "The edge 'site' of this device is not connected to the hub",
        'at once',
      ]);
    }
    expect((await stack.ask('GET', `/api/nl43/${WELL}/status`)).status).toBe(200);
    expect((await history(WELL)).length).toBeGreaterThan(0);
  });
});

describe('a unit that moves to another edge', () => {
  let second: Edge;
  afterAll(() => second?.close());

  it('keeps its history, is measured by that edge, and is asked through it', async () => {
    const { secret } = (await stack.ask('POST', '/api/v1/edges', { edge: 'second' })).body;
    const before = await history(WELL);
    expect((await stack.ask('PUT', `/api/nl43/${WELL}/config`, { edge_id: 'second' })).status).toBe(200);
    expect((await stack.ask('GET', `/api/v1/units/${WELL}`)).body.edge).toBe('second');
    const read = readEdgeSettings([], {
      SLMM_EDGE_ID: 'second',
      SLMM_MQTT_URL: `mqtt://127.0.0.1:${stack.hub.mqttPort}`,
      SLMM_MQTT_PASSWORD: String(secret),
      SLMM_DATA_DIR: join(stack.dataDir, 'second'),
    });
    if (read.kind !== 'ok') throw new Error(JSON.stringify(read));
    second = await startEdge(read.settings, { log: createLogger('journey', 'silent') });
    await stack.restartEdge();
    const after = await eventually('the second edge measures it', async () => {
      const readings = await history(WELL);
      return readings.length > before.length + 2 ? readings : null;
    });
    expect(after.slice(0, before.length)).toEqual(before);
    expect((await timed('GET', `/api/nl43/${WELL}/battery`)).status).toBe(200);
    // The first edge has let go of it, and goes on with the other one.
    const others = (await history(SLOW)).length;
    await eventually('the first edge measures the other one', async () => (await history(SLOW)).length > others);
    expect(stack.meters.meter(WELL).report.connections.most).toBe(1);
  });
});

async function timed(
  method: string,
  path: string,
): Promise<{ readonly status: number; readonly body: any; readonly ms: number }> {
  const startMs = performance.now();
  const { status, body } = await stack.ask(method, path);
  return { status, body, ms: Math.round(performance.now() - startMs) };
}

async function history(unit: string): Promise<readonly unknown[]> {
  return (await stack.ask('GET', `/api/nl43/${unit}/history?hours=1`)).body.readings;
}
