/**
 * What an edge agent costs with eight meters at full rate: resident memory and share of one core, measured in a process of its own.
 * The simulator runs in this process. `pnpm bench:edge` prints the figures; the goals are 100 MB and 5 %.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startSimulator } from '@slmm/simulator';

const METERS = 8;
const SETTLE_MS = 15_000;
const MEASURE_MS = 30_000;
/** Linux counts processor time in hundredths of a second. */
const TICKS_PER_S = 100;
const GOAL_MB = 100;
const GOAL_PERCENT = 5;

const simulator = await startSimulator({ count: METERS });
const home = await mkdtemp(join(tmpdir(), 'slmm-bench-'));
const program = join(fileURLToPath(import.meta.resolve('@slmm/edge-agent')), '../../bin/slmm-edge.js');
try {
  for (const acquisition of ['dod', 'drd'] as const) {
    const units = Array.from({ length: METERS }, (_, index) => {
      const unit = `NL43-0${index + 1}`;
      const { port, ftpPort } = simulator.meter(unit);
      const ftp = { enabled: true, port: ftpPort, user: 'USER', password: '0000' };
      return { unit, host: '127.0.0.1', port, enabled: true, acquisition, poll_interval_s: 0, ftp };
    });
    const dataDir = join(home, acquisition);
    await mkdir(join(dataDir, 'edge-bench'), { recursive: true });
    // The agent starts from its last configuration with the hub away; nothing listens at this broker.
    await writeFile(
      join(dataDir, 'edge-bench', 'config.json'),
      JSON.stringify({ revision: 1, at: new Date().toISOString(), units }),
    );
    const agent = spawn(process.execPath, [program], {
      env: {
        PATH: process.env['PATH'],
        SLMM_EDGE_ID: 'bench',
        SLMM_MQTT_URL: 'mqtt://127.0.0.1:9',
        SLMM_DATA_DIR: dataDir,
        SLMM_LOG_LEVEL: 'error',
      },
      stdio: 'inherit',
    });
    await sleep(SETTLE_MS);
    const before = await processorS(agent.pid ?? 0);
    await sleep(MEASURE_MS);
    const percent = (((await processorS(agent.pid ?? 0)) - before) / (MEASURE_MS / 1000)) * 100;
    const rssMb = await residentMb(agent.pid ?? 0);
    agent.kill('SIGTERM');
    await new Promise((done) => agent.once('exit', done));
    const judged = rssMb < GOAL_MB && percent < GOAL_PERCENT ? 'within' : 'NOT within';
    process.stdout.write(
      `${METERS} meters, ${acquisition}: ${rssMb.toFixed(0)} MB resident, ${percent.toFixed(1)} % of one core; ${judged} the goals of ${GOAL_MB} MB and ${GOAL_PERCENT} %\n`,
    );
    // A meter keeps its slot for a moment after a stream.
    await sleep(5000);
  }
} finally {
  await simulator.close();
  await rm(home, { recursive: true, force: true });
}

async function processorS(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}

async function residentMb(pid: number): Promise<number> {
  return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024;
}
