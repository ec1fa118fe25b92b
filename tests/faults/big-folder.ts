/**
 * A folder of a meter's card on its way to a person, through real programs: simulated card, FTP, edge agent, MQTT over a link that breaks, hub, HTTP.
 * Neighbours: big-folder.test.ts plays it small, run-big-folder.ts at full size.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type CardEntry, entryAt, startSimulator } from '@slmm/simulator';
import { WebSocket } from 'ws';
import { freePort } from '../servers/free-port.ts';
import { FaultProxy } from './fault-proxy.ts';

export interface FolderOptions {
  readonly waveMb: number;
  /** Between two breaks of the link; 0: it does not break. */
  readonly breakEveryMs: number;
  /** What goes through the link in a second; `null`: as much as there is. */
  readonly bytesPerS: number | null;
  readonly seed: number;
  readonly say: (line: string) => void;
}

export interface FolderResult {
  readonly wrong: readonly string[];
  readonly megabytes: number;
  readonly seconds: number;
  readonly breaks: number;
  readonly cardCuts: number;
  /** Most resident megabytes above what the programs had before. */
  readonly edgeGrowthMb: number;
  readonly hubGrowthMb: number;
  readonly framesMeanwhile: number;
  /** From the meter's answer to the viewer, in ms, before and during the transfer. */
  readonly latencyBefore: Quantiles;
  readonly latencyMeanwhile: Quantiles;
}

export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

const UNIT = 'NL43-01';
const FOLDER = '/NL-43/Auto_0000';
const ROOT = import.meta.url.includes('/dist/') ? '../../..' : '../..';
const program = (path: string): string => fileURLToPath(new URL(`${ROOT}/packages/${path}`, import.meta.url));
/** One data connection in so many bytes is cut by the meter. */
const CARD_CUT_BYTES = 7_000_000;

export async function bringFolder({ waveMb, breakEveryMs, bytesPerS, seed, say }: FolderOptions): Promise<FolderResult> {
  const home = await mkdtemp(join(tmpdir(), 'slmm-folder-'));
  const [httpPort, mqttPort] = [await freePort(), await freePort()];
  const link = new FaultProxy(mqttPort);
  await link.open();
  const simulator = await startSimulator({ waveMb, seed });
  const meter = simulator.meter(UNIT);
  const children: ChildProcess[] = [];
  const wrong: string[] = [];
  let socket: WebSocket | null = null;
  let stopBreaking = (): void => undefined;
  const start = async (path: string, env: Readonly<Record<string, string>>): Promise<number> => {
    const child = spawn(process.execPath, [program(path)], {
      env: { PATH: process.env['PATH'], SLMM_LOG_LEVEL: 'error', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    // The hub prints its address when it is up; the edge has nothing to print.
    if (path.startsWith('hub')) await once(child.stdout, 'data');
    child.stdout.resume();
    return child.pid ?? 0;
  };
  const api = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
    const response = await fetch(`http://127.0.0.1:${httpPort}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Record<string, unknown>;
  };
  try {
    const hub = await start('hub/bin/slmm-hub.js', {
      SLMM_AUTH: 'none',
      SLMM_DATA_DIR: join(home, 'hub'),
      SLMM_HTTP_PORT: String(httpPort),
      SLMM_MQTT_PORT: String(mqttPort),
    });
    await api('POST', '/api/v1/edges', { edge: 'site' });
    const edge = await start('edge-agent/bin/slmm-edge.js', {
      SLMM_EDGE_ID: 'site',
      SLMM_DATA_DIR: join(home, 'edge'),
      SLMM_MQTT_URL: `mqtt://127.0.0.1:${link.port}`,
    });
    await api('POST', '/api/nl43/roster', {
      unit_id: UNIT,
      host: '127.0.0.1',
      tcp_port: meter.port,
      ftp_port: meter.ftpPort,
      ftp_username: 'USER',
      ftp_password: '0000',
      ftp_enabled: true,
      edge_id: 'site',
    });
    const latency = new Latency();
    socket = new WebSocket(`ws://127.0.0.1:${httpPort}/api/v1/live`);
    socket.on('message', (data: Buffer) => latency.take(data.toString('utf8')));
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'subscribe', units: [UNIT] }));
    await latency.frames(5);
    if (bytesPerS !== null) link.set({ bytesPerS });
    await latency.frames(8);
    const latencyBefore = latency.takeNewest(8);
    const before = { edge: await residentMb(edge), hub: await residentMb(hub) };
    const most = { ...before };
    meter.setFault('F14', { cutAfterBytes: CARD_CUT_BYTES });
    let breaks = 0;
    let random = seed;
    if (breakEveryMs > 0) {
      const timer = setInterval(() => {
        random = (random * 48_271) % 2_147_483_647;
        breaks += 1;
        // A break in the middle of whatever is under way, or a link that stands and carries nothing for a while.
        if (random % 3 > 0) link.cut();
        else {
          link.set({ frozen: true });
          setTimeout(() => link.set(bytesPerS === null ? {} : { bytesPerS }), 1500);
        }
      }, breakEveryMs);
      stopBreaking = () => clearInterval(timer);
    }
    const startedMs = Date.now();
    const framesBefore = latency.count;
    const { id } = await api('POST', `/api/v1/units/${UNIT}/commands`, { op: 'folder-get', args: { path: FOLDER }, wait_s: 0 });
    let command: Record<string, unknown>;
    let told = '';
    for (;;) {
      await sleep(500);
      most.edge = Math.max(most.edge, await residentMb(edge));
      most.hub = Math.max(most.hub, await residentMb(hub));
      command = await api('GET', `/api/v1/units/${UNIT}/commands/${String(id)}`);
      const progress = command['progress'] as { step: string; done: number; of: number } | null;
      const line =
        progress === null ? '' : `${progress.step}: ${Math.floor((10 * progress.done) / Math.max(1, progress.of)) * 10} %`;
      if (line !== told) say(line);
      told = line;
      if (command['state'] !== 'running') break;
    }
    stopBreaking();
    link.set({});
    const seconds = (Date.now() - startedMs) / 1000;
    const latencyMeanwhile = latency.quantiles();
    const framesMeanwhile = latency.count - framesBefore;
    const result = command['result'] as { sha256: string; size: number; growing: string[] } | null;
    if (result === null) wrong.push(`the command ended with ${JSON.stringify(command['error'])}`);
    else {
      const zip = join(home, 'folder.zip');
      const sha256 = await download(`http://127.0.0.1:${httpPort}/api/v1/units/${UNIT}/commands/${String(id)}/file`, zip);
      most.hub = Math.max(most.hub, await residentMb(hub));
      if (sha256 !== result.sha256) wrong.push('the archive is not the one that the edge has');
      meter.clearFault('F14');
      wrong.push(...(await compare(zip, entryAt(meter.card(), FOLDER))));
    }
    // Nothing of what was measured meanwhile is missing.
    await latency.frames(5);
    const to = new Date(Date.now() - 3000).toISOString();
    const coverage = await api('GET', `/api/v1/units/${UNIT}/coverage?from=${new Date(startedMs).toISOString()}&to=${to}`);
    if (coverage['lost'] !== 0) wrong.push(`${String(coverage['lost'])} frames were lost meanwhile`);
    return {
      wrong,
      megabytes: (result?.size ?? 0) / 1_048_576,
      seconds,
      breaks,
      cardCuts: Math.floor(((result?.size ?? 0) - 1) / CARD_CUT_BYTES),
      edgeGrowthMb: most.edge - before.edge,
      hubGrowthMb: most.hub - before.hub,
      framesMeanwhile,
      latencyBefore,
      latencyMeanwhile,
    };
  } finally {
    stopBreaking();
    socket?.terminate();
    for (const child of children) child.kill('SIGKILL');
    link.close();
    await simulator.close();
    await rm(home, { recursive: true, force: true });
  }
}

/** Time from the end of the meter's answer (the edge's clock is this machine's) to the viewer. */
class Latency {
  #times: number[] = [];
  #wake: () => void = () => undefined;
  count = 0;

  take(text: string): void {
    const message = JSON.parse(text) as { type: string; frame?: { at: string } };
    if (message.type !== 'frame' || message.frame === undefined) return;
    this.count += 1;
    this.#times.push(Date.now() - Date.parse(message.frame.at));
    this.#wake();
  }

  /** Resolves when so many more have come. */
  async frames(more: number): Promise<void> {
    const goal = this.count + more;
    while (this.count < goal)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }

  quantiles(): Quantiles {
    const sorted = this.#times.toSorted((a, b) => a - b);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
    return { p50: at(0.5), p95: at(0.95), max: at(1) };
  }

  /** Of so many frames; counting starts anew. */
  takeNewest(count: number): Quantiles {
    this.#times = this.#times.slice(-count);
    const taken = this.quantiles();
    this.#times = [];
    return taken;
  }
}

async function residentMb(pid: number): Promise<number> {
  return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024;
}

async function download(url: string, path: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok || response.body === null) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  const hash = createHash('sha256');
  await pipeline(
    Readable.fromWeb(response.body),
    async function* (pieces: AsyncIterable<Buffer>) {
      for await (const piece of pieces) {
        hash.update(piece);
        yield piece;
      }
    },
    createWriteStream(path),
  );
  return hash.digest('hex');
}

/** Every file of the card's folder against its member of the archive, byte for byte. */
async function compare(zipPath: string, folder: CardEntry | null): Promise<string[]> {
  const wrong: string[] = [];
  const zip = await open(zipPath, 'r');
  try {
    const members = await readDirectory(zip, (await zip.stat()).size);
    for (const { path, file } of filesOf(folder, folder?.name ?? '')) {
      const member = members.get(path);
      members.delete(path);
      if (member === undefined) {
        wrong.push(`${path} is missing in the archive`);
        continue;
      }
      if (member.size !== file.sizeBytes) wrong.push(`${path} has ${member.size} bytes in place of ${file.sizeBytes}`);
      let at = member.offset;
      for (const piece of file.read(0)) {
        const bytes = Buffer.alloc(piece.length);
        await zip.read(bytes, 0, bytes.length, at);
        at += piece.length;
        if (!bytes.equals(piece)) {
          wrong.push(`${path} differs before byte ${at - member.offset}`);
          break;
        }
      }
    }
    for (const path of members.keys()) wrong.push(`${path} is in the archive and not on the card`);
  } finally {
    await zip.close();
  }
  return wrong;
}

function filesOf(entry: CardEntry | null, path: string): { path: string; file: Extract<CardEntry, { kind: 'file' }> }[] {
  if (entry === null) return [];
  if (entry.kind === 'file') return [{ path, file: entry }];
  return entry.entries.flatMap((one) => filesOf(one, `${path}/${one.name}`));
}

/** The central directory, as an unpacker reads it (PKWARE APPNOTE 4.3.12); members are stored. */
async function readDirectory(
  zip: Awaited<ReturnType<typeof open>>,
  size: number,
): Promise<Map<string, { readonly offset: number; readonly size: number }>> {
  const end = Buffer.alloc(22);
  await zip.read(end, 0, 22, size - 22);
  const [directorySize, directoryAt] = [end.readUInt32LE(12), end.readUInt32LE(16)];
  const directory = Buffer.alloc(directorySize);
  await zip.read(directory, 0, directorySize, directoryAt);
  const members = new Map<string, { offset: number; size: number }>();
  for (let at = 0; at < directorySize;) {
    const [bytes, nameLength, headerAt] = [
      directory.readUInt32LE(at + 24),
      directory.readUInt16LE(at + 28),
      directory.readUInt32LE(at + 42),
    ];
    const header = Buffer.alloc(30);
    await zip.read(header, 0, 30, headerAt);
    members.set(directory.toString('utf8', at + 46, at + 46 + nameLength), {
      offset: headerAt + 30 + header.readUInt16LE(26) + header.readUInt16LE(28),
      size: bytes,
    });
    at += 46 + nameLength;
  }
  return members;
}
