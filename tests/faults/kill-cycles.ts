/**
 * Real programs under real SIGKILL: an edge that numbers what it says, a hub with its database, a spoiled link between them, killed at random instants.
 * The oracle at the end: what the history holds is what the journal numbered, once each. `pnpm faults --seeds N --cycles M`; a failing seed replays.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FaultProxy } from './fault-proxy.ts';

const EDGE = 'under-fire';
const UNITS = ['u1', 'u2', 'u3', 'u4'];
/** Frames of each unit come this often. */
const EVERY_MS = 10;
// The programs run from what was built; this file is in tests/faults or, built, in tests/dist/faults.
const ROOT = import.meta.url.includes('/dist/') ? '../../..' : '../..';
const HUB = fileURLToPath(new URL(`${ROOT}/packages/hub/bin/slmm-hub.js`, import.meta.url));
const EDGE_PROGRAM = fileURLToPath(new URL(`${ROOT}/tests/dist/faults/edge-under-fire.js`, import.meta.url));
const SETTLE_MS = 120_000;

export interface KillReport {
  readonly seed: number;
  readonly cycles: number;
  readonly frames: number;
  /** Empty when all is well. */
  readonly wrong: readonly string[];
}

/** One whole round. */
export async function killCycles(
  seed: number,
  cycles: number,
  tell: (line: string) => void = () => undefined,
): Promise<KillReport> {
  const dataDir = await mkdtemp(join(tmpdir(), 'slmm-fire-'));
  const children = new Set<ChildProcess>();
  const [httpPort, mqttPort] = [await freePort(), await freePort()];
  const proxy = new FaultProxy(mqttPort);
  await proxy.open();
  const random = seeded(seed);
  const start = async (
    program: string,
    words: readonly string[],
    more: Readonly<Record<string, string>>,
  ): Promise<ChildProcess> => {
    const env = { PATH: process.env['PATH'], SLMM_LOG_LEVEL: 'error', SLMM_DATA_DIR: dataDir, ...more };
    const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'inherit'], env });
    children.add(child);
    await Promise.race([
      once(child.stdout, 'data'),
      once(child, 'exit').then(() => Promise.reject(new Error(`${program} ended by itself`))),
    ]);
    child.stdout.resume();
    return child;
  };
  const startHub = () =>
    start(HUB, [], { SLMM_AUTH: 'none', SLMM_HTTP_PORT: String(httpPort), SLMM_MQTT_PORT: String(mqttPort) });
  const startEdge = () =>
    start(EDGE_PROGRAM, [String(UNITS.length), String(EVERY_MS)], {
      SLMM_EDGE_ID: EDGE,
      SLMM_MQTT_URL: `mqtt://127.0.0.1:${proxy.port}`,
      SLMM_EDGE_SYNC_MS: '20',
    });
  const kill = async (child: ChildProcess): Promise<void> => {
    child.kill('SIGKILL');
    await once(child, 'exit');
    children.delete(child);
  };
  const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
  try {
    let hub = await startHub();
    let edge = await startEdge();
    await assign(httpPort);
    for (let cycle = 1; cycle <= cycles; cycle += 1) {
      const die = random();
      await wait(random() * 900);
      if (die < 0.35) {
        tell(`${cycle}: kill hub`);
        await kill(hub);
        await wait(random() * 400);
        hub = await startHub();
      } else if (die < 0.7) {
        tell(`${cycle}: kill edge`);
        await kill(edge);
        edge = await startEdge();
      } else if (die < 0.8) {
        tell(`${cycle}: kill both`);
        await Promise.all([kill(edge), kill(hub)]);
        [hub, edge] = [await startHub(), await startEdge()];
      } else {
        const fault =
          random() < 0.5 ? { frozen: true } : { latencyMs: 5 + random() * 50, sliceBytes: 1 + Math.floor(random() * 40) };
        tell(`${cycle}: link ${JSON.stringify(fault)}`);
        proxy.set(fault);
        await wait(300 + random() * 700);
        proxy.set({});
        if (random() < 0.5) proxy.cut();
      }
    }
    tell('the dust settles');
    // A clean stop: what the edge has numbered by then is what must be found.
    edge.kill('SIGTERM');
    await once(edge, 'exit');
    const last = await start(EDGE_PROGRAM, ['0', '1000'], {
      SLMM_EDGE_ID: EDGE,
      SLMM_MQTT_URL: `mqtt://127.0.0.1:${proxy.port}`,
    });
    const wrong = await verdict(httpPort);
    last.kill('SIGTERM');
    await once(last, 'exit');
    return { seed, cycles, frames: wrong.frames, wrong: wrong.wrong };
  } finally {
    for (const child of children) child.kill('SIGKILL');
    proxy.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** The units belong to the edge, so that the hub takes what it says of them. */
async function assign(httpPort: number): Promise<void> {
  const endMs = Date.now() + 20_000;
  for (;;) {
    const answers = await Promise.all(
      UNITS.map((unit_id) =>
        fetch(`http://127.0.0.1:${httpPort}/api/nl43/${unit_id}/config`, {
          method: 'PUT',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ host: '127.0.0.1', edge_id: EDGE }),
        }).then((answer) => answer.status),
      ),
    );
    if (answers.every((status) => status === 200)) return;
    if (Date.now() > endMs) throw new Error(`the units could not be set up: ${answers.join(' ')}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Waits until the edge has nothing unsent, then reads all of the history. */
async function verdict(httpPort: number): Promise<{ readonly frames: number; readonly wrong: readonly string[] }> {
  const ask = async (path: string): Promise<any> => (await fetch(`http://127.0.0.1:${httpPort}${path}`)).json();
  const endMs = Date.now() + SETTLE_MS;
  let wrong: string[] = ['never looked'];
  let frames = 0;
  let stillSince = Date.now();
  let count = -1;
  while (Date.now() < endMs) {
    wrong = [];
    frames = 0;
    for (const unit of UNITS) {
      const seen = new Map<string, number[]>();
      let next: string | null = null;
      do {
        const more: string = next === null ? '' : `&next=${encodeURIComponent(next)}`;
        const page = await ask(
          `/api/v1/units/${unit}/readings?from=2020-01-01T00:00:00Z&to=2199-01-01T00:00:00Z&limit=5000${more}`,
        );
        for (const { epoch, seq } of page.readings) seen.set(epoch, [...(seen.get(epoch) ?? []), seq]);
        next = page.next;
      } while (next !== null);
      for (const [epoch, seqs] of seen) {
        seqs.sort((a, b) => a - b);
        frames += seqs.length;
        for (const [index, seq] of seqs.entries()) {
          if (seq === index + 1) continue;
          wrong.push(`${unit} ${epoch}: expected ${index + 1}, found ${seq} of ${seqs.at(-1) ?? 0}`);
          break;
        }
      }
    }
    const { edges } = await ask('/api/v1/edges');
    const unsent = Number(edges[0]?.health?.unsent_frames ?? 1);
    if (frames !== count) stillSince = Date.now();
    count = frames;
    if (wrong.length === 0 && frames > 0 && unsent === 0 && Date.now() - stillSince > 2000) return { frames, wrong };
    await new Promise((done) => setTimeout(done, 500));
  }
  return { frames, wrong: wrong.length > 0 ? wrong : ['the edge still has frames that were not acknowledged'] };
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => done(port));
    });
  });
}
