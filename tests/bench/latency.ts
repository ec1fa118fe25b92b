/** From the meter's answer to the viewer's WebSocket, through edge, journal, broker, database and feed; beside the same number of messages over a bare broker. */
import { fdatasync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';
import { WebSocket } from 'ws';
import { ADMIN_TOKEN, eventually, startWholeStack } from '../journeys/whole-stack.ts';
import { quantile, type Result } from './result.ts';

/** The site that the edge agent is made for. */
const METERS = 8;
/** How often the disk is asked how long a sync takes: about as often as the journal does. */
const SYNC_EVERY_MS = 100;
/** An answer is stamped by the edge within this time after the meter gave it. */
const MATCH_MS = 500;

/** `seconds` of frames once a second from each meter, one viewer for each. */
export async function measureLatency(seconds: number, say: (text: string) => void): Promise<Result[]> {
  say(`latency: ${METERS} meters, one viewer each, ${seconds} s`);
  const disk = new SyncTimes();
  const slmm = await throughSlmm(seconds);
  const syncs = disk.done();
  const bare = await overBareBroker(seconds);
  const note = `two syncs are on the way (journal, database); beside it a sync of the same disk took p50 ${quantile(syncs, 0.5).toFixed(1)} ms, p99 ${quantile(syncs, 0.99).toFixed(1)} ms`;
  return [
    { ...result('meter answer to WebSocket, p50', slmm, bare, 0.5), note },
    result('meter answer to WebSocket, p99', slmm, bare, 0.99),
  ];
}

function result(title: string, slmm: readonly number[], bare: readonly number[], share: number): Result {
  const [value, baseline] = [quantile(slmm, share), quantile(bare, share)];
  return { title, unit: 'ms', value, baseline, goal: null, runs: { slmm: [value], bare: [baseline] } };
}

/** Asks the disk under the temporary folder again and again how long a sync takes. */
class SyncTimes {
  readonly #directory = mkdtempSync(join(tmpdir(), 'slmm-sync-'));
  readonly #file = openSync(join(this.#directory, 'file'), 'w');
  readonly #times: number[] = [];
  readonly #timer = setInterval(() => {
    writeSync(this.#file, Buffer.alloc(400));
    const startMs = performance.now();
    fdatasync(this.#file, () => this.#times.push(performance.now() - startMs));
  }, SYNC_EVERY_MS);

  done(): readonly number[] {
    clearInterval(this.#timer);
    rmSync(this.#directory, { recursive: true });
    return this.#times;
  }
}

async function throughSlmm(seconds: number): Promise<number[]> {
  const stack = await startWholeStack({ count: METERS, edge: { SLMM_EDGE_SYNC_MS: '20' } });
  const latencies: number[] = [];
  const sockets = stack.meters.meters.map((meter) => {
    const socket = new WebSocket(`ws://127.0.0.1:${stack.hub.httpPort}/api/nl43/${meter.name}/monitor?token=${ADMIN_TOKEN}`);
    socket.on('message', (text: Buffer) => {
      const cameMs = performance.timeOrigin + performance.now();
      const atMs = Date.parse(`${String(JSON.parse(text.toString()).timestamp)}Z`);
      const answer = meter.report.dods.recent.findLast((dod) => dod.atMs <= atMs + 1 && atMs - dod.atMs < MATCH_MS);
      if (answer !== undefined) latencies.push(cameMs - answer.atMs);
    });
    return socket;
  });
  await eventually('every meter is seen', () => latencies.length > METERS * 3, 60_000);
  latencies.length = 0;
  await new Promise((done) => setTimeout(done, seconds * 1000));
  for (const socket of sockets) socket.terminate();
  await stack.close();
  return latencies;
}

async function overBareBroker(seconds: number): Promise<number[]> {
  const broker = await Aedes.createBroker();
  const server = createServer(broker.handle);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [publisher, subscriber] = [await connectAsync(url), await connectAsync(url)];
  const latencies: number[] = [];
  subscriber.on('message', (_topic, payload) => latencies.push(performance.now() - Number(payload.subarray(0, 20).toString())));
  await subscriber.subscribeAsync('bare/#', { qos: 1 });
  for (let second = 0; second < seconds; second += 1) {
    for (let meter = 0; meter < METERS; meter += 1) {
      void publisher.publishAsync(`bare/${meter}`, performance.now().toString().padEnd(400), { qos: 1 });
      await new Promise((done) => setTimeout(done, 1000 / METERS));
    }
  }
  await publisher.endAsync();
  await subscriber.endAsync();
  await new Promise<void>((done) => broker.close(done));
  server.close();
  return latencies;
}
