/** How many frames a second are ingested durably: the whole hub against the bare baseline, by turns, in one run. Neighbours: main-job.ts and ingest.ts ask. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from './child.ts';
import { type Figures, type Load, totalFrames } from './load.ts';
import { median, type Result } from './result.ts';

const TURNS = 3;
/** Share of a load that is sent before the clock runs, so that compilers have had their time. */
const WARM_UP = 0.2;

type Side = 'bare' | 'hub';

interface Run {
  readonly perS: number;
  /** Processor time of the receiving process. */
  readonly cpuUsPerFrame: number;
  /** Share of the time in which the main threads had work. */
  readonly senderBusy: number;
  readonly receiverBusy: number;
}

/** Two results: the rate, and the processor time a frame costs, which says more where the machine has other things to do. */
export async function measureIngest(
  title: string,
  load: Load,
  goal: Result['goal'],
  say: (text: string) => void,
): Promise<Result[]> {
  const runs: Record<Side, Run[]> = { bare: [], hub: [] };
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const side of ['bare', 'hub'] as const) {
      const run = await measureOnce(side, load);
      runs[side].push(run);
      say(
        `${title}, ${side} ${turn + 1}/${TURNS}: ${Math.round(run.perS)} frames/s, ${run.cpuUsPerFrame.toFixed(1)} us of processor time each; ${busy(run)}`,
      );
    }
  }
  const compared = (pick: (run: Run) => number): Pick<Result, 'value' | 'baseline' | 'runs'> => ({
    value: median(runs.hub.map(pick)),
    baseline: median(runs.bare.map(pick)),
    runs: { bare: runs.bare.map(pick), hub: runs.hub.map(pick) },
  });
  return [
    { title, unit: 'frames/s', ...compared((run) => run.perS), goal, note: limitOf(runs.hub) },
    { title: `${title}: processor time`, unit: 'us/frame', ...compared((run) => run.cpuUsPerFrame), goal: null },
  ];
}

function busy({ senderBusy, receiverBusy }: Run): string {
  return `sender busy ${(senderBusy * 100).toFixed(0)} %, receiver's main thread ${(receiverBusy * 100).toFixed(0)} %`;
}

/** A thread that always has work is the limit; it may still be one that the machine does not let run. */
function limitOf(runs: readonly Run[]): string {
  const [sender, receiver] = [median(runs.map((run) => run.senderBusy)), median(runs.map((run) => run.receiverBusy))];
  const text = `main threads busy: sender ${(sender * 100).toFixed(0)} %, hub ${(receiver * 100).toFixed(0)} %`;
  if (Math.max(sender, receiver) < 0.9) return `${text}; the limit is the writer's thread or the disk`;
  return `${text}; the limit is the ${sender > receiver ? 'SENDER, so the hub could take more' : "hub's main thread"}`;
}

async function measureOnce(side: Side, load: Load): Promise<Run> {
  const directory = mkdtempSync(join(tmpdir(), 'slmm-bench-'));
  const receiver = new Child(side === 'bare' ? './bare-hub' : './whole-hub', [
    side === 'bare' ? join(directory, 'bare.db') : directory,
  ]);
  const sender = new Child('./sender');
  try {
    const [{ port }] = await Promise.all([receiver.heard('port'), sender.heard('ready')]);
    await send(side, receiver, sender, port, { ...load, tag: 'warm', framesPerUnit: Math.ceil(load.framesPerUnit * WARM_UP) });
    return await send(side, receiver, sender, port, load);
  } finally {
    await Promise.all([sender.stop(), receiver.stop()]);
    rmSync(directory, { recursive: true, force: true });
  }
}

async function send(side: Side, receiver: Child, sender: Child, port: number, load: Load): Promise<Run> {
  // The hub acknowledges to the sender; the baseline knows by itself when it has everything.
  const stored = (side === 'bare' ? receiver : sender).heard('stored');
  if (side === 'bare') receiver.say({ kind: 'go', port, load });
  const sending = sender.heard('sending');
  sender.say({ kind: 'go', port, load });
  const { atMs: startMs } = await sending;
  const before = await Promise.all([sender.figures(), receiver.figures()]);
  const { atMs: endMs } = await stored;
  const after = await Promise.all([sender.figures(), receiver.figures()]);
  const share = (index: 0 | 1): number => Math.min(1, difference(before[index], after[index], 'busyMs') / (endMs - startMs));
  return {
    perS: totalFrames(load) / ((endMs - startMs) / 1000),
    cpuUsPerFrame: (difference(before[1], after[1], 'cpuMs') * 1000) / totalFrames(load),
    senderBusy: share(0),
    receiverBusy: share(1),
  };
}

const difference = (before: Figures, after: Figures, of: 'cpuMs' | 'busyMs'): number => after[of] - before[of];
