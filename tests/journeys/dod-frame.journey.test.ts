/** One DOD frame, followed in the order of ARCHITECTURE's table: meter, slot, codec, journal, bus, hub, database, viewer. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeDod, decodeMessage, type Frame, frameSchema, parseTopic, topics } from '@slmm/protocol';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ADMIN_TOKEN, eventually, startWholeStack, type WholeStack } from './whole-stack.ts';

let stack: WholeStack;
let reader: MqttClient;
const onBus: Frame[] = [];
const seen: Record<string, any>[] = [];
const said: string[] = [];
let socket: WebSocket;

beforeAll(async () => {
  stack = await startWholeStack();
  // A third party with any MQTT client: any name, the token as password.
  reader = await connectAsync(`mqtt://127.0.0.1:${stack.hub.mqttPort}`, {
    username: 'somebody',
    password: ADMIN_TOKEN,
    protocolVersion: 4,
  });
  reader.on('message', (topic, payload) => {
    if (parseTopic(topic)?.kind !== 'dod') return;
    const decoded = decodeMessage(frameSchema, payload);
    if (decoded.kind === 'ok') onBus.push(decoded.value);
    else said.push(decoded.reason);
  });
  await reader.subscribeAsync('slmm/v1/+/+/dod', { qos: 1 });
  socket = new WebSocket(`ws://127.0.0.1:${stack.hub.httpPort}/api/nl43/NL43-01/monitor?token=${ADMIN_TOKEN}`);
  socket.on('message', (text: Buffer) => seen.push(JSON.parse(text.toString())));
  await eventually('five frames were on the bus', () => onBus.length >= 5);
});
afterAll(async () => {
  socket?.close();
  await reader?.endAsync();
  await stack?.close();
});

describe('one DOD frame', () => {
  it('1-3: was asked for over the one connection, not before a second had passed since the answer before', () => {
    const report = stack.meters.meter('NL43-01').report;
    expect(report.connections).toMatchObject({ now: 1, most: 1 });
    expect(report.commands['DOD?']).toBeGreaterThanOrEqual(5);
    expect(report.leastGapMs).toBeGreaterThanOrEqual(1000);
  });

  it('4-7: carries the very levels the meter said', () => {
    const frame = onBus[2];
    const lines = stack.meters.meter('NL43-01').report.dods.recent.map((dod) => decodeDod(dod.line));
    const match = lines.find(
      (line) =>
        line.kind === 'dod' &&
        line.channels[0].lp === frame?.lp &&
        line.channels[0].le === frame?.le &&
        line.channels[0].lpeak === frame?.lpeak,
    );
    expect(match).toMatchObject({
      channels: [{ leq: frame?.leq, lmax: frame?.lmax, lmin: frame?.lmin, ln: frame?.ln }, {}, {}, {}],
    });
    expect(frame).toMatchObject({ v: 1, unit: 'NL43-01', src: 'dod', run: 'Start', interval: { basis: 'lp' } });
    expect(said).toEqual([]);
  });

  it('8: lies in the journal on disk under its epoch', async () => {
    const folder = join(stack.dataDir, `edge-${stack.edgeId}`, 'journal');
    const files = await readdir(folder, { recursive: true });
    const bytes = await Promise.all(files.map((file) => readFile(join(folder, file)).catch(() => Buffer.alloc(0))));
    expect(Buffer.concat(bytes).length).toBeGreaterThan(100);
    expect(files.join('\n')).toContain(stack.edge.epoch);
  });

  it('9-10: came with the next number of its unit, no holes, none twice', () => {
    const seqs = onBus.map((frame) => frame.seq);
    expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
    expect(new Set(onBus.map((frame) => frame.epoch))).toEqual(new Set([stack.edge.epoch]));
    expect(topics.dod(stack.edgeId, 'NL43-01')).toBe('slmm/v1/site/NL43-01/dod');
  });

  it('11: could have been published by nobody but its edge', async () => {
    const intruder = await connectAsync(`mqtt://127.0.0.1:${stack.hub.mqttPort}`, {
      username: 'x',
      password: ADMIN_TOKEN,
      reconnectPeriod: 0,
    });
    const closed = new Promise<void>((done) => intruder.once('close', () => done()));
    intruder.publish(topics.dod(stack.edgeId, 'NL43-01'), JSON.stringify({ ...onBus[0], seq: 999_999 }), { qos: 1 });
    await closed;
    await intruder.endAsync(true);
    expect(onBus.some((frame) => frame.seq === 999_999)).toBe(false);
  });

  it('12-16: is one reading in the history, and so is every other', async () => {
    const readings = await eventually('the frames seen on the bus are stored', async () => {
      const { body } = await stack.ask(
        'GET',
        '/api/v1/units/NL43-01/readings?from=2020-01-01T00:00:00Z&to=2199-01-01T00:00:00Z&limit=1000',
      );
      const stored: { seq: number; epoch: string }[] = body.readings;
      return onBus.every((frame) => stored.some((reading) => reading.seq === frame.seq)) ? body.readings : null;
    });
    const frame = onBus[2];
    const mine = readings.filter((reading: { seq: number }) => reading.seq === frame?.seq);
    expect(mine).toHaveLength(1);
    const { seq, epoch, at, lp, leq, le, lmax, lmin, lpeak, ln } = frame as Frame;
    expect(mine[0]).toMatchObject({ seq, epoch, at, lp, leq, le, lmax, lmin, lpeak, ln, late: false });
    const { body } = await stack.ask('GET', '/api/nl43/NL43-01/status');
    expect(body.data).toMatchObject({ unit_id: 'NL43-01', measurement_state: 'Start', is_reachable: true });
  });

  it('17-18: reached the viewer in the shape Terra-View knows: first the last frame, then each new one', async () => {
    const frame = await eventually('the viewer has a frame of the bus', () =>
      onBus.find((one) => seen.some((message) => message['timestamp'] === `${one.at.slice(0, -1)}000`)),
    );
    const message = seen.find((one) => one['timestamp'] === `${frame.at.slice(0, -1)}000`);
    expect(message).toMatchObject({
      unit_id: 'NL43-01',
      lp: frame.lp?.toFixed(1),
      leq: frame.leq?.toFixed(1),
      feed_status: 'ok',
    });
    expect(Object.keys(seen[0] ?? {}).slice(0, 14)).toEqual([
      'unit_id',
      'timestamp',
      'measurement_state',
      'measurement_start_time',
      'counter',
      'lp',
      'leq',
      'lmax',
      'lmin',
      'lpeak',
      'ln1',
      'ln2',
      'raw_payload',
      'feed_status',
    ]);
  });
});

describe('restarts in any order', () => {
  it('leave the history without holes or doubles', async () => {
    await stack.stopHub();
    const before = stack.meters.meter('NL43-01').report.dods.count;
    await eventually('the meter went on being asked', () => stack.meters.meter('NL43-01').report.dods.count > before + 2);
    await stack.restartEdge();
    await stack.startHub();
    await eventually('frames come again', async () => {
      const { body } = await stack.ask('GET', '/api/v1/units/NL43-01');
      return Date.now() - Date.parse(body.frame?.at ?? 0) < 3000;
    });
    const seqs = await eventually('what was measured meanwhile is in the history', async () => {
      const { body } = await stack.ask(
        'GET',
        '/api/v1/units/NL43-01/readings?from=2020-01-01T00:00:00Z&to=2199-01-01T00:00:00Z&limit=1000',
      );
      const stored: number[] = body.readings.map((reading: { seq: number }) => reading.seq).sort((a: number, b: number) => a - b);
      return stored.every((seq, index) => seq === index + 1) && stored.length > before ? stored : null;
    });
    expect(new Set(seqs).size).toBe(seqs.length);
  });
});
