/**
 * The morning after: a thousand units were cut off for a day, and now all of it comes at once while they go on measuring. How long until the hub has everything,
 * and how old is a live frame meanwhile when a viewer gets it? Scaled down `SCALE` times and extrapolated. Neighbours: ingest.ts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from './child.ts';
import { type Load, totalFrames, unitNames } from './load.ts';
import { atMost, quantile, type Result } from './result.ts';

const EDGES = 20;
const UNITS_PER_EDGE = 50;
const OUTAGE_S = 86_400;
/** An edge has two batches under way (uplink/send-window.ts). */
const WINDOW = 2;
/** Live frames alone, before the flood. */
const CALM_MS = 10_000;
const TAG = 'drain';

interface Drain {
  readonly tookS: number;
  readonly calm: readonly number[];
  readonly live: readonly number[];
}

/** `scale`: how many times smaller the outage is made. */
export async function measureDrain(scale: number, say: (text: string) => void): Promise<Result[]> {
  const framesPerUnit = Math.round(OUTAGE_S / scale / 60) * 60;
  const load: Load = {
    kind: 'batch',
    tag: TAG,
    edges: EDGES,
    unitsPerEdge: UNITS_PER_EDGE,
    framesPerUnit,
    framesPerBatch: 60,
    window: WINDOW,
  };
  say(
    `outage: ${totalFrames(load).toLocaleString('en')} frames of ${EDGES * UNITS_PER_EDGE} units, each of which says one live frame a second`,
  );
  const [bare, hub] = [await drain('bare', load), await drain('hub', load)];
  const factor = OUTAGE_S / framesPerUnit;
  const minutes = ({ tookS }: Drain): number => (tookS * factor) / 60;
  for (const [side, one] of [
    ['bare', bare],
    ['hub', hub],
  ] as const)
    say(
      `outage, ${side}: ${Math.round(totalFrames(load) / one.tookS)} frames/s in ${one.tookS.toFixed(0)} s; live frames ${describe(one.live)}, without the backlog ${describe(one.calm)}`,
    );
  return [
    {
      title: 'outage of 24 h x 1,000 units, drained',
      unit: 'min',
      value: minutes(hub),
      baseline: minutes(bare),
      goal: atMost(30),
      runs: { bare: [minutes(bare)], hub: [minutes(hub)] },
      note: `measured with ${(framesPerUnit / 60).toFixed(0)} minutes of outage and multiplied by ${factor.toFixed(1)}; packing of settled readings, which begins ten minutes after they came, is not in it`,
    },
    {
      title: 'live frame to viewer meanwhile, p99',
      unit: 'ms',
      value: quantile(hub.live, 0.99),
      baseline: quantile(bare.live, 0.99),
      goal: atMost(1000),
      runs: { bare: [quantile(bare.live, 0.99)], hub: [quantile(hub.live, 0.99)] },
      note: `p50 ${quantile(hub.live, 0.5)} ms, ${hub.live.length} frames seen; the hub's viewers get a frame after its commit, the baseline's from the broker at once`,
    },
  ];
}

const describe = (ms: readonly number[]): string => `p50 ${quantile(ms, 0.5)} ms, p99 ${quantile(ms, 0.99)} ms (${ms.length})`;

async function drain(side: 'bare' | 'hub', load: Load): Promise<Drain> {
  const directory = mkdtempSync(join(tmpdir(), 'slmm-bench-'));
  const receiver = new Child(side === 'bare' ? './bare-hub' : './whole-hub', [
    side === 'bare' ? join(directory, 'bare.db') : directory,
  ]);
  const [sender, pacer, viewer] = [new Child('./sender'), new Child('./pacer'), new Child('./viewer')];
  const all = [receiver, sender, pacer, viewer];
  try {
    const [{ port, httpPort }] = await Promise.all([
      receiver.heard('port'),
      ...[sender, pacer, viewer].map((child) => child.heard('ready')),
    ]);
    const units = unitNames(load);
    viewer.say({
      kind: 'watch',
      url: side === 'bare' ? `mqtt://127.0.0.1:${port}` : `ws://127.0.0.1:${httpPort}/api/v1/live`,
      units,
    });
    pacer.say({ kind: 'pace', port, pace: { ...load, firstSeq: load.framesPerUnit + 1 } });
    await pacer.heard('sending');
    await new Promise((done) => setTimeout(done, CALM_MS / 2));
    await latenciesOf(viewer);
    await new Promise((done) => setTimeout(done, CALM_MS));
    const calm = await latenciesOf(viewer);
    const sending = sender.heard('sending');
    const stored = side === 'bare' ? null : sender.heard('stored');
    sender.say({ kind: 'go', port, load });
    const { atMs: startMs } = await sending;
    // Encoding the backlog took its time, and the machine's.
    await latenciesOf(viewer);
    const bareStored = side === 'bare' ? receiver.heard('stored') : null;
    if (side === 'bare') receiver.say({ kind: 'go', port, load });
    const end = await (stored ?? bareStored);
    const live = await latenciesOf(viewer);
    return { tookS: ((end?.atMs ?? startMs) - startMs) / 1000, calm, live };
  } finally {
    await Promise.all(all.map((child) => child.stop()));
    rmSync(directory, { recursive: true, force: true });
  }
}

async function latenciesOf(viewer: Child): Promise<readonly number[]> {
  const answer = viewer.heard('latencies');
  viewer.say({ kind: 'latencies?' });
  return (await answer).ms;
}
