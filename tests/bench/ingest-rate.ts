/** How many frames a second are ingested durably: the whole hub against the bare baseline, by turns, in one run. Neighbours: main-job.ts. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FromChild, type Load, totalFrames } from './load.ts';
import { median, type Result } from './result.ts';

const TURNS = 3;

type Side = 'bare' | 'hub';

interface Run {
  readonly perS: number;
  /** Processor time of the receiving process. */
  readonly cpuUsPerFrame: number;
}

/** Two results: the rate, and the processor time a frame costs, which says more where the machine has other things to do. */
export async function measureIngest(title: string, load: Load, goalPerS: number, say: (text: string) => void): Promise<Result[]> {
  const runs: Record<Side, Run[]> = { bare: [], hub: [] };
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const side of ['bare', 'hub'] as const) {
      const run = await measureOnce(side, load);
      runs[side].push(run);
      say(
        `${title}, ${side} ${turn + 1}/${TURNS}: ${Math.round(run.perS)} frames/s, ${run.cpuUsPerFrame.toFixed(1)} us of processor time each`,
      );
    }
  }
  const compared = (pick: (run: Run) => number): Pick<Result, 'value' | 'baseline' | 'ratio' | 'runs'> => {
    const [value, baseline] = [median(runs.hub.map(pick)), median(runs.bare.map(pick))];
    return { value, baseline, ratio: value / baseline, runs: { bare: runs.bare.map(pick), hub: runs.hub.map(pick) } };
  };
  return [
    { title, unit: 'frames/s', ...compared((run) => run.perS), goal: goalPerS },
    { title: `${title}: processor time`, unit: 'us/frame', ...compared((run) => run.cpuUsPerFrame), goal: null },
  ];
}

async function measureOnce(side: Side, load: Load): Promise<Run> {
  const directory = mkdtempSync(join(tmpdir(), 'slmm-bench-'));
  const place = side === 'bare' ? join(directory, 'bare.db') : directory;
  const receiver = start(side === 'bare' ? './bare-hub' : './whole-hub', [place]);
  const sender = start('./sender', []);
  try {
    const [{ port }] = await Promise.all([heard(receiver, 'port'), heard(sender, 'ready')]);
    // The hub acknowledges to the sender; the baseline knows by itself when it has everything.
    const stored = heard(side === 'bare' ? receiver : sender, 'stored');
    if (side === 'bare') receiver.send({ kind: 'go', port, load });
    const cpuBeforeMs = await cpuOf(receiver);
    const sending = heard(sender, 'sending');
    sender.send({ kind: 'go', port, load });
    const [{ atMs: startMs }, { atMs: endMs }] = await Promise.all([sending, stored]);
    const cpuMs = (await cpuOf(receiver)) - cpuBeforeMs;
    return { perS: totalFrames(load) / ((endMs - startMs) / 1000), cpuUsPerFrame: (cpuMs * 1000) / totalFrames(load) };
  } finally {
    await Promise.all([stop(sender), stop(receiver)]);
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Run from its sources or built: the children are what this file is. */
function start(name: string, args: readonly string[]): ChildProcess {
  const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  return fork(new URL(`${name}${ending}`, import.meta.url), args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

async function cpuOf(child: ChildProcess): Promise<number> {
  const heardIt = heard(child, 'cpu');
  child.send({ kind: 'cpu?' });
  return (await heardIt).ms;
}

function heard<K extends FromChild['kind']>(child: ChildProcess, kind: K): Promise<Extract<FromChild, { kind: K }>> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: FromChild) => {
      if (message.kind === kind) resolve(message as Extract<FromChild, { kind: K }>);
    });
    child.once('exit', (code) => reject(new Error(`a process of the benchmark ended with ${code}`)));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
