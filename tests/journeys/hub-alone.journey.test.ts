import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type HubSettings, ListenError, readHubSettings, type RunningHub, startHub } from '@slmm/hub';
import { type EdgeState, type Frame, topics } from '@slmm/protocol';
import { exampleFrame } from '@slmm/protocol/testing';
import { createLogger, DirectoryInUse, toInstant } from '@slmm/shared';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';

const log = createLogger('test', 'silent');
const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

function freshSettings(more: Partial<HubSettings> = {}): HubSettings {
  const dataDir = mkdtempSync(join(tmpdir(), 'slmm-hub-'));
  opened.push(async () => rmSync(dataDir, { recursive: true, force: true }));
  const read = readHubSettings(['--data-dir', dataDir, '--http-port', '0'], {});
  if (read.kind !== 'ok') throw new Error('the defaults are refused');
  return { ...read.settings, mqttPort: 'ephemeral', adminToken: 'admin-token-of-the-test', ...more };
}

async function start(settings: HubSettings): Promise<RunningHub> {
  const hub = await startHub(settings, { log });
  opened.push(() => hub.close());
  return hub;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function ask(hub: RunningHub, method: string, path: string, body?: object): Promise<{ status: number; body: any }> {
  const response = await fetch(`http://127.0.0.1:${hub.httpPort}${path}`, {
    method,
    headers: { authorization: 'Bearer admin-token-of-the-test', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text };
}

/** An edge that says what the test wants, and hears its acknowledgements. */
async function edgeAt(hub: RunningHub, secret: string) {
  const client: MqttClient = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, {
    username: 'site-1',
    password: secret,
    protocolVersion: 4,
    reconnectPeriod: 0,
  });
  client.on('error', () => undefined);
  opened.push(() => client.endAsync(true));
  const acks: Record<string, number>[] = [];
  const ears = { wake: (): void => undefined };
  client.on('message', (topic, payload) => {
    if (topic === topics.ack('site-1')) acks.push(JSON.parse(payload.toString()).upto);
    ears.wake();
  });
  await client.subscribeAsync(`${topics.ack('site-1').replace('/ack', '')}/#`, { qos: 1 });
  const state: EdgeState = { state: 'online', epoch: EPOCH, boot: 'b1', at: toInstant(Date.now()), reason: 'test' };
  await client.publishAsync(topics.edgeState('site-1'), JSON.stringify(state), { qos: 1, retain: true });
  return {
    client,
    acknowledged: async (unit: string, seq: number): Promise<void> => {
      while (!acks.some((upto) => (upto[unit] ?? 0) >= seq)) await new Promise<void>((resolve) => (ears.wake = resolve));
    },
    send: (frame: Frame) => client.publishAsync(topics.dod('site-1', frame.unit), JSON.stringify(frame), { qos: 1 }),
  };
}

const EPOCH = '01JD3AAAAAAAAAAAAAAAAAAAAA';
const frame = (seq: number): Frame =>
  exampleFrame({
    unit: 'U1',
    epoch: EPOCH,
    seq,
    at: toInstant(Date.now() - 5_000 + seq * 10),
    lp: 60 + seq,
    leq: 58,
    le: 90,
    lmax: 80,
    lmin: 40,
    lpeak: 95,
    ln: [70, 65, 55, 47, 45],
    interval: null,
    settings: null,
  });

describe('the hub by itself', () => {
  it('takes frames of an enrolled edge, acknowledges them once they are stored, and has them after a restart', async () => {
    const settings = freshSettings();
    const hub = await start(settings);
    const enrolled = await ask(hub, 'POST', '/api/v1/edges', { edge: 'site-1' });
    expect(enrolled.status).toBe(201);
    const created = await ask(hub, 'POST', '/api/nl43/roster', {
      unit_id: 'U1',
      host: '192.0.2.7',
      tcp_port: 2255,
      tcp_enabled: true,
    });
    expect(created.status).toBe(200);
    const edge = await edgeAt(hub, enrolled.body.secret);
    for (const seq of [1, 2, 2, 3]) await edge.send(frame(seq));
    await edge.acknowledged('U1', 3);
    const stored = async (running: RunningHub): Promise<number[]> => {
      const to = toInstant(Date.now() + 60_000);
      const from = toInstant(Date.now() - 600_000);
      const answer = await ask(running, 'GET', `/api/v1/units/U1/readings?from=${from}&to=${to}`);
      return answer.body.readings.map((reading: { seq: number }) => reading.seq);
    };
    expect(await stored(hub)).toEqual([1, 2, 3]);
    expect((await ask(hub, 'GET', '/api/v1/units/U1')).body).toMatchObject({
      edge: 'site-1',
      edge_online: true,
      frame: { seq: 3, lp: 63 },
    });
    await hub.close();
    const again = await start(settings);
    expect(await stored(again)).toEqual([1, 2, 3]);
    expect((await ask(again, 'GET', '/api/v1/units/U1')).body).toMatchObject({
      edge: 'site-1',
      edge_online: false,
      frame: { seq: 3 },
    });
    const back = await edgeAt(again, enrolled.body.secret);
    await back.acknowledged('U1', 3);
  });

  it('says in one line which port is taken and which setting changes it', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    opened.push(() => new Promise((resolve) => other.close(resolve)));
    await new Promise((resolve) => other.once('listening', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    for (const [more, name] of [
      [{ httpPort: port }, 'SLMM_HTTP_PORT'],
      [{ mqttPort: port }, 'SLMM_MQTT_PORT'],
    ] as const) {
      const failure: unknown = await startHub(freshSettings(more), { log }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ListenError);
      expect(String(failure)).toContain(`port ${port} on 127.0.0.1 is taken; set ${name} to another one`);
    }
  });

  it('has its data directory to itself: a second hub would page everybody for edges that are at the first', async () => {
    const settings = freshSettings();
    const hub = await start(settings);
    await expect(start(settings)).rejects.toThrow(DirectoryInUse);
    await hub.close();
    await start(settings);
  });

  it('starts again on the data directory of a program that was killed', async () => {
    const program = fileURLToPath(new URL('../../packages/hub/bin/slmm-hub.js', import.meta.url));
    const { dataDir } = freshSettings();
    const words = [program, '--data-dir', dataDir, '--http-port', '0', '--mqtt-port', String(await freePort())];
    for (let round = 0; round < 2; round += 1) {
      const hub = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
      opened.push(async () => hub.kill('SIGKILL'));
      const [said] = await Promise.race([once(hub.stdout, 'data'), once(hub, 'exit')]);
      expect(String(said)).toContain('The hub is at');
      hub.kill('SIGKILL');
      await once(hub, 'exit');
    }
  });

  it('shows a token that it made once, and never after a start that failed', async () => {
    const settings = freshSettings({ adminToken: null });
    const taken = createServer().listen(0, '127.0.0.1');
    opened.push(() => new Promise((resolve) => taken.close(resolve)));
    await new Promise((resolve) => taken.once('listening', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(startHub({ ...settings, httpPort: port }, { log })).rejects.toThrow(ListenError);
    const first = await start(settings);
    expect(first.newAdminToken).toMatch(/^slmm_token_/);
    await first.close();
    expect((await start(settings)).newAdminToken).toBeNull();
  });

  it('is open to everybody only where it was told so, and refuses to be on an address others reach', async () => {
    const hub = await start(freshSettings({ auth: 'none', adminToken: null }));
    expect((await fetch(`http://127.0.0.1:${hub.httpPort}/api/v1/units`)).status).toBe(200);
    expect(hub.newAdminToken).toBeNull();
    const closed = await start(freshSettings());
    expect((await fetch(`http://127.0.0.1:${closed.httpPort}/api/v1/units`)).status).toBe(401);
    await expect(startHub(freshSettings({ auth: 'none', httpHost: '0.0.0.0' }), { log })).rejects.toThrow(/SLMM_AUTH=none/);
  });
});
