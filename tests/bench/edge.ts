/**
 * What an edge agent costs: resident memory and share of one core. The agent is the real program, beside meters of the real simulator program, at a real hub with its broker
 * that acknowledges what it has committed; nothing of them runs in this process. `pnpm bench:edge` prints the table. Beside it a bare poller of the same meters (bare-edge.ts).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Frame, topics } from '@slmm/protocol';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';
import { Child } from './child.ts';
import { atMost, median, type Result, tableOf, writeResults } from './result.ts';

const METERS = 8;
const MANY_METERS = 200;
/** Everything about the meters has been read for the first time by then, and a stream runs; `--settle-s 900` sees more of memory. */
const SETTLE_MS = Number(parseArgs({ options: { 'settle-s': { type: 'string', default: '100' } } }).values['settle-s']) * 1000;
/** Processor time comes in hundredths of a second, so a share is taken over ten seconds; together a minute, in which a stream pauses once. */
const SHARES = 6;
const SHARE_MS = 10_000;
/** Linux counts processor time in hundredths of a second. */
const TICKS_PER_S = 100;
const GOAL_MB = 100;
const GOAL_PERCENT = 5;

interface Meter {
  readonly name: string;
  readonly port: number;
  readonly ftpPort: number;
}

interface Cost {
  /** Since the start of the process, which is where it peaks. */
  readonly mostMb: number;
  readonly residentMb: number;
  readonly percents: readonly number[];
  /** Frames a minute and meter, as a third party sees them on the broker. */
  readonly framesPerMin: number;
  /** Shares of the time for which their intervals tell a level, and an exact one. */
  readonly knownPercent: number;
  readonly exactPercent: number;
}

const program = (name: string): string => fileURLToPath(new URL(`../../../packages/${name}`, import.meta.url));
const home = await mkdtemp(join(tmpdir(), 'slmm-bench-edge-'));
const children: ChildProcess[] = [];
const hub = new Child('whole-hub', [join(home, 'hub')]);
const { port: mqttPort, httpPort } = await hub.heard('port');
const mqttUrl = `mqtt://127.0.0.1:${mqttPort}`;
const results: Result[] = [];
try {
  const few = await startMeters(METERS);
  const bare = await bareCost(few);
  const dod = await agentCost('dod', few, 'dod');
  // A meter keeps its slot for a moment after a stream, and after a client that has gone without a word.
  const drd = await agentCost('drd', await startMeters(METERS), 'drd');
  const many = await agentCost('many', await startMeters(MANY_METERS), 'dod');
  results.push(
    ...rows(`${METERS} meters, DOD`, dod, bare, true),
    ...rows(`${METERS} meters, 10 Hz stream`, drd, null, true),
    ...rows(`${MANY_METERS} meters, DOD`, many, null, false),
  );
  process.stdout.write(`${tableOf(results)}\n${writeResults('edge', results)}\n`);
} finally {
  for (const child of children) child.kill('SIGKILL');
  await hub.stop();
  await rm(home, { recursive: true, force: true });
}

function rows(title: string, cost: Cost, bare: Cost | null, isJudged: boolean): Result[] {
  const ask = (goal: Result['goal']): Result['goal'] => (isJudged ? goal : null);
  return [
    {
      title: `${title}: resident memory at most`,
      unit: 'MB',
      value: cost.mostMb,
      baseline: bare?.mostMb ?? null,
      goal: ask(atMost(GOAL_MB)),
      runs: { slmm: [cost.mostMb] },
    },
    {
      title: `${title}: resident memory at the end`,
      unit: 'MB',
      value: cost.residentMb,
      baseline: bare?.residentMb ?? null,
      goal: null,
      runs: { slmm: [cost.residentMb] },
    },
    {
      title: `${title}: share of one core`,
      unit: '%',
      value: median(cost.percents),
      baseline: bare === null ? null : median(bare.percents),
      goal: ask(atMost(GOAL_PERCENT)),
      runs: { slmm: cost.percents, ...(bare === null ? {} : { bare: bare.percents }) },
    },
    {
      title: `${title}: frames a minute and meter`,
      unit: '',
      value: cost.framesPerMin,
      baseline: bare?.framesPerMin ?? null,
      goal: null,
      runs: { slmm: [cost.framesPerMin] },
    },
    {
      title: `${title}: time with a level`,
      unit: '%',
      value: cost.knownPercent,
      baseline: null,
      goal: null,
      runs: { slmm: [cost.knownPercent] },
    },
    {
      title: `${title}: time with an exact one`,
      unit: '%',
      value: cost.exactPercent,
      baseline: null,
      goal: null,
      runs: { slmm: [cost.exactPercent] },
    },
  ];
}

async function startMeters(count: number): Promise<readonly Meter[]> {
  const child = spawn(
    process.execPath,
    [program('simulator/bin/nl43-sim.js'), '--count', String(count), '--control-port', 'off'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'], SLMM_LOG_LEVEL: 'error' },
    },
  );
  children.push(child);
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return (JSON.parse(line) as { meters: readonly Meter[] }).meters;
}

/** At a broker of its own, because ours takes nothing that is not in the contract. */
async function bareCost(meters: readonly Meter[]): Promise<Cost> {
  const broker = await Aedes.createBroker();
  const server = createServer(broker.handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bareUrl = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('bare-edge.js', import.meta.url)), bareUrl, meters.map(({ port }) => port).join(',')],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  children.push(child);
  const cost = await costOf(child, bareUrl, 'bare/+', meters.length);
  await new Promise<void>((resolve) => broker.close(() => resolve()));
  server.close();
  return cost;
}

/** Its units are configured on the hub, as in life. */
async function agentCost(edge: string, meters: readonly Meter[], acquisition: 'dod' | 'drd'): Promise<Cost> {
  await tellHub('/api/v1/edges', { edge });
  for (const { name, port, ftpPort } of meters)
    await tellHub('/api/nl43/roster', {
      unit_id: `${edge}-${name}`,
      edge_id: edge,
      host: '127.0.0.1',
      tcp_port: port,
      ftp_enabled: true,
      ftp_port: ftpPort,
      acquisition,
    });
  const child = spawn(process.execPath, [program('edge-agent/bin/slmm-edge.js')], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      SLMM_EDGE_ID: edge,
      SLMM_MQTT_URL: mqttUrl,
      SLMM_DATA_DIR: join(home, 'edge'),
      SLMM_LOG_LEVEL: 'error',
    },
  });
  children.push(child);
  return await costOf(child, mqttUrl, topics.dod(edge, '+'), meters.length);
}

async function tellHub(path: string, body: object): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${httpPort}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
}

/** Watches a process while it is at work, and what comes of it on the broker. */
async function costOf(child: ChildProcess, url: string, filter: string, meters: number): Promise<Cost> {
  const pid = child.pid ?? 0;
  const reader = await connectAsync(url, { username: 'reader', password: 'any' });
  let [frames, knownS, exactS] = [0, 0, 0];
  reader.on('message', (_topic, payload) => {
    frames += 1;
    const { interval } = JSON.parse(payload.toString()) as Partial<Pick<Frame, 'interval'>>;
    knownS += interval?.s ?? 0;
    exactS += interval?.basis === 'drd' ? interval.ticks / 10 : 0;
  });
  await reader.subscribeAsync(filter, { qos: 0 });
  await sleep(SETTLE_MS);
  const percents: number[] = [];
  const [framesBefore, knownBeforeS, exactBeforeS] = [frames, knownS, exactS];
  const startedMs = performance.now();
  for (let share = 0; share < SHARES; share += 1) {
    const [fromMs, fromS] = [performance.now(), await processorS(pid)];
    await sleep(SHARE_MS);
    percents.push((((await processorS(pid)) - fromS) / ((performance.now() - fromMs) / 1000)) * 100);
  }
  const [mostMb, residentMb] = [await memoryMb(pid, 'VmHWM'), await memoryMb(pid, 'VmRSS')];
  const meterS = ((performance.now() - startedMs) / 1000) * meters;
  const framesPerMin = ((frames - framesBefore) / meterS) * 60;
  const knownPercent = ((knownS - knownBeforeS) / meterS) * 100;
  const exactPercent = ((exactS - exactBeforeS) / meterS) * 100;
  await reader.endAsync();
  child.kill('SIGTERM');
  await once(child, 'exit');
  return {
    mostMb,
    residentMb,
    percents,
    framesPerMin,
    knownPercent,
    exactPercent,
  };
}

async function processorS(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}

async function memoryMb(pid: number, field: 'VmHWM' | 'VmRSS'): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(String.raw`${field}:\s+(\d+)`).exec(text)?.[1] ?? Number.NaN) / 1024;
}
