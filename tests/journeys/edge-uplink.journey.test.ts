import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Edge, type EdgeSettings, readEdgeSettings, startEdge } from '@slmm/edge-agent';
import { topics } from '@slmm/protocol';
import { createLogger, DirectoryInUse, type Logger } from '@slmm/shared';
import { connectAsync } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HubModel, until } from './edge-hub-model.ts';
import { madeUpUnits } from './made-up-units.ts';

const EDGE = 'site-1';
const UNITS = ['u1', 'u2'];
const silent = createLogger('test', 'silent');

describe('an edge behind a real broker', () => {
  const opened: Edge[] = [];
  let hub = new HubModel(EDGE);
  let dataDir = '';

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'slmm-edge-'));
    hub = new HubModel(EDGE);
    await hub.start();
  });
  afterEach(async () => {
    for (const edge of opened.splice(0)) await edge.close();
    await hub.stop();
    await rm(dataDir, { recursive: true });
  });

  const settings = (over: Readonly<Record<string, string>> = {}): EdgeSettings => {
    const environment = { SLMM_EDGE_ID: EDGE, SLMM_MQTT_URL: hub.url, SLMM_DATA_DIR: dataDir, SLMM_EDGE_SYNC_MS: '10', ...over };
    const result = readEdgeSettings([], environment);
    if (result.kind !== 'ok') throw new Error(JSON.stringify(result));
    return result.settings;
  };
  const start = async (over: Readonly<Record<string, string>> = {}, log: Logger = silent): Promise<Edge> => {
    const edge = await startEdge(settings(over), { log, createUnits: (outlet) => madeUpUnits(outlet, UNITS, 20) });
    opened.push(edge);
    return edge;
  };
  const stop = async (edge: Edge): Promise<void> => {
    opened.splice(opened.indexOf(edge), 1);
    await edge.close();
  };
  const state = (): { state?: string; boot?: string; reason?: string } =>
    JSON.parse(hub.retained.get(topics.edgeState(EDGE)) ?? '{}') as object;

  it('is born, sends frames live and says goodbye', async () => {
    const edge = await start();
    await until('frames are acknowledged', () => UNITS.every((unit) => hub.watermark(edge.epoch, unit) > 20));
    expect(state()).toMatchObject({ state: 'online', boot: edge.boot });
    expect([...hub.retained.keys()]).toEqual(
      expect.arrayContaining([topics.edgeInfo(EDGE), topics.edgeHealth(EDGE), topics.last(EDGE, 'u1')]),
    );
    await stop(edge);
    await until('the farewell was heard', () => state().state === 'offline');
    expect(state()).toMatchObject({ boot: edge.boot, reason: 'stopped' });
    expect(hub.conflicts).toEqual([]);
  });

  it('brings everything to a hub that was away, in the end, and comes back to a broker that forgot all', async () => {
    const edge = await start();
    await until('frames are acknowledged', () => hub.watermark(edge.epoch, 'u1') > 20);
    await hub.stop();
    await new Promise((done) => setTimeout(done, 1000));
    hub.retained.clear();
    await hub.start();
    const before = hub.watermark(edge.epoch, 'u1');
    await until('the hole is filled', () => UNITS.every((unit) => hub.watermark(edge.epoch, unit) > before + 100));
    expect(state()).toMatchObject({ state: 'online', boot: edge.boot });
    expect(hub.conflicts).toEqual([]);
  });

  it('goes on where it stopped after a restart, in the same epoch', async () => {
    const first = await start();
    await until('frames are acknowledged', () => hub.watermark(first.epoch, 'u1') > 20);
    await stop(first);
    const second = await start();
    expect(second.epoch).toBe(first.epoch);
    const before = hub.watermark(first.epoch, 'u1');
    await until('more frames are acknowledged', () => hub.watermark(first.epoch, 'u1') > before + 50);
    expect(hub.conflicts).toEqual([]);
  });

  it('answers commands and takes configurations', async () => {
    await start();
    await until('the edge is there', () => state().state === 'online');
    await hub.say(topics.config(EDGE), { revision: 4, at: new Date().toISOString(), units: [] }, true);
    await until('the configuration is applied', () => hub.retained.get(topics.applied(EDGE))?.includes('"revision":4') === true);
    const expires_at = new Date(Date.now() + 60_000).toISOString();
    await hub.say(topics.command(EDGE), { id: 'command-1', unit: 'u1', op: 'clock-get', args: {}, by: 'test', expires_at });
    await until('the command is answered', () => hub.replies.length > 0);
    expect(hub.replies).toEqual([{ id: 'command-1', ok: true, result: { op: 'clock-get' } }]);
  });

  it('sends batches alone in economy, until somebody watches', async () => {
    const edge = await start({ SLMM_UPLINK: 'economy', SLMM_EDGE_BATCH_S: '1' });
    await until('batches are acknowledged', () => hub.watermark(edge.epoch, 'u1') > 60);
    const batches = hub.heard;
    expect(batches).toBeLessThan(30);
    const demand = Object.fromEntries(UNITS.map((unit) => [unit, { watched: true, stream: false, send_above: null }]));
    await hub.say(topics.demand(EDGE), { at: new Date().toISOString(), units: demand }, true);
    await until('frames come one by one', () => hub.heard > batches + 100);
  });

  it('refuses a second agent on its data directory, and takes it over from a dead one', async () => {
    const edge = await start();
    await expect(start()).rejects.toBeInstanceOf(DirectoryInUse);
    await stop(edge);
    await start();
  });

  it('works without a broker, and says once that there is none', async () => {
    await hub.stop();
    const lines: string[] = [];
    const log = loggerInto(lines);
    const edge = await start({}, log);
    await until('the connection failed more than once', () => lines.length > 0);
    await new Promise((done) => setTimeout(done, 2500));
    expect(lines.filter((line) => line.includes('no connection'))).toHaveLength(1);
    await hub.start();
    await until('all of it arrives', () => UNITS.every((unit) => hub.watermark(edge.epoch, unit) > 120));
  });

  it('says once, and clearly, that the broker refuses its credentials', async () => {
    // CONNACK with return code 5, not authorized (MQTT 3.1.1, section 3.2.2.3).
    const refusing = createServer((socket) =>
      socket.on('error', () => {}).once('data', () => socket.end(Uint8Array.from([0x20, 2, 0, 5]))),
    );
    await new Promise<void>((done) => refusing.listen(0, '127.0.0.1', () => done()));
    const address = refusing.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const lines: string[] = [];
    await start({ SLMM_MQTT_URL: `mqtt://127.0.0.1:${port}` }, loggerInto(lines));
    await until('it is said', () => lines.some((line) => line.includes('refuses the credentials')));
    await new Promise((done) => setTimeout(done, 1500));
    expect(lines.filter((line) => line.includes('refuses'))).toHaveLength(1);
    refusing.close();
  });

  it('backs off from a broker that throws it out again and again', async () => {
    await start();
    await until('the edge is there', () => state().state === 'online');
    let connects = 0;
    for (const endMs = Date.now() + 4000; Date.now() < endMs; connects += 1) {
      const rival = await connectAsync(hub.url, { clientId: EDGE, username: EDGE, reconnectPeriod: 0 });
      await Promise.race([
        new Promise((done) => rival.once('close', () => done(null))),
        new Promise((done) => setTimeout(done, 4000)),
      ]);
      rival.end(true);
    }
    expect(connects).toBeLessThan(6);
  });
});

/** A log that keeps warnings and worse as lines. */
function loggerInto(lines: string[]): Logger {
  const log = createLogger('test', 'silent');
  const keep = (first: unknown, second?: unknown): void => {
    lines.push(JSON.stringify([first, second]));
  };
  return Object.assign(log, { warn: keep, error: keep });
}
