import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Edge, readEdgeSettings, startEdge } from '@slmm/edge-agent';
import { topics, type UnitEvent, type UnitState } from '@slmm/protocol';
import { createLogger, toInstant } from '@slmm/shared';
import { startSimulator } from '@slmm/simulator';
import { Aedes } from 'aedes';
import { expect, it, onTestFinished } from 'vitest';

const EDGE = 'site';
const UNIT = 'NL43-01';

it('two agents of one name, as after a box was replaced and the old one left running, do not fight: the later one has the meter and the word', async () => {
  const home = await mkdtemp(join(tmpdir(), 'slmm-two-'));
  const simulator = await startSimulator();
  const meter = simulator.meter(UNIT);
  const broker = await Aedes.createBroker();
  const server = createServer(broker.handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const edges: Edge[] = [];
  onTestFinished(async () => {
    for (const edge of edges) await edge.close();
    await new Promise<void>((resolve) => broker.close(() => resolve()));
    server.close();
    await simulator.close();
    await rm(home, { recursive: true, force: true });
  });

  const states: UnitState[] = [];
  const events: UnitEvent[] = [];
  let sessions = 0;
  broker.on('client', () => (sessions += 1));
  broker.on('publish', ({ topic, payload }, client) => {
    if (client === null || payload.length === 0) return;
    if (topic === topics.unitState(EDGE, UNIT)) states.push(JSON.parse(payload.toString()) as UnitState);
    if (topic === topics.unitEvent(EDGE, UNIT)) events.push(JSON.parse(payload.toString()) as UnitEvent);
  });
  const unit = {
    unit: UNIT,
    host: '127.0.0.1',
    port: meter.port,
    enabled: true,
    acquisition: 'dod',
    poll_interval_s: 0,
    ftp: null,
  };
  const config = JSON.stringify({ revision: 1, at: toInstant(Date.now()), units: [unit] });
  await new Promise<void>((resolve, reject) => {
    broker.publish(
      { cmd: 'publish', topic: topics.config(EDGE), payload: Buffer.from(config), qos: 1, retain: true, dup: false },
      (error) => (error instanceof Error ? reject(error) : resolve()),
    );
  });
  const start = async (name: string): Promise<Edge> => {
    const read = readEdgeSettings([], {
      SLMM_EDGE_ID: EDGE,
      SLMM_MQTT_URL: `mqtt://127.0.0.1:${port}`,
      SLMM_DATA_DIR: join(home, name),
    });
    if (read.kind !== 'ok') throw new Error(JSON.stringify(read));
    const edge = await startEdge(read.settings, { log: createLogger('test', 'silent') });
    edges.push(edge);
    return edge;
  };
  const until = (holds: () => boolean): Promise<void> => expect.poll(holds, { timeout: 90_000, interval: 100 }).toBe(true);

  const first = await start('old');
  await until(() => states.at(-1)?.link === 'ok');
  // Past the time in which what the broker kept counts as of the past.
  await new Promise((resolve) => setTimeout(resolve, 6000));
  const second = await start('new');
  await until(() => events.some(({ kind, text }) => kind === 'slot' && text.includes('Another agent')));
  await until(() => states.at(-1)?.link === 'ok' && states.at(-1)?.owner?.boot === second.boot);

  const { owner } = states.at(-1) ?? {};
  expect(owner?.fence).toBeGreaterThan(1);
  const [stateCount, sessionCount] = [states.length, sessions];
  const polls = meter.report.dods.count;
  await new Promise((resolve) => setTimeout(resolve, 12_000));
  // From here on there is peace: nobody throws anybody out, nobody contradicts, and the meter has one owner.
  expect(sessions - sessionCount).toBeLessThanOrEqual(1);
  expect(states.slice(stateCount).map((state) => state.owner?.boot)).not.toContain(first.boot);
  expect(states.slice(stateCount).every((state) => state.link === 'ok')).toBe(true);
  expect(meter.report.connections.most).toBe(1);
  expect(meter.report.leastGapMs).toBeGreaterThanOrEqual(1000);
  expect(meter.report.dods.count - polls).toBeGreaterThanOrEqual(5);
});
