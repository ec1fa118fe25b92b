/**
 * A process of its own that offers far more than can be taken. Frames come into being at a fixed rate; how many get out is up to the hub's back-pressure.
 * What was published is sent again when it is not acknowledged, as an edge does it: at the end each of them has to be on the disk.
 */
import { topics } from '@slmm/protocol';
import type { MqttClient } from 'mqtt';
import { onOrder, tell } from './child.ts';
import { connectEdge } from './edge-client.ts';
import { benchFrame } from './frames.ts';
import { edgeName, type Flood, unitName } from './load.ts';

const TAG = 'flood';
/** How long it is tried out what can be taken. */
const TRIAL_S = 3;
/** Without any progress for so long, what is not acknowledged goes again. */
const STALL_MS = 10_000;

interface Unit {
  readonly name: string;
  readonly edge: number;
  published: number;
  acknowledged: number;
}

onOrder((order) => {
  if (order.kind === 'flood') void flood(order.port, order.flood);
});
tell({ kind: 'ready' });

async function flood(port: number, { edges, unitsPerEdge, window, times, forS }: Flood): Promise<void> {
  const startMs = Date.now();
  const names = Array.from({ length: edges }, (_, edge) => edgeName(TAG, edge));
  const units: Unit[] = [];
  let progressMs = performance.now();
  for (let index = 0; index < unitsPerEdge; index += 1)
    for (let edge = 0; edge < edges; edge += 1)
      units.push({ name: unitName(TAG, edge, index), edge, published: 0, acknowledged: 0 });
  const byName = new Map(units.map((unit) => [unit.name, unit]));
  const clients = await Promise.all(
    names.map((edge) =>
      connectEdge(port, edge, (name, seq) => {
        const unit = byName.get(name);
        if (unit === undefined || seq <= unit.acknowledged) return;
        unit.acknowledged = seq;
        progressMs = performance.now();
      }),
    ),
  );
  const inFlight = clients.map(() => 0);
  let [next, offered, published, resent] = [0, 0, 0, 0];
  const publish = (unit: Unit, seq: number): void => {
    inFlight[unit.edge] = (inFlight[unit.edge] ?? 0) + 1;
    clients[unit.edge]?.publish(
      topics.dod(names[unit.edge] ?? '', unit.name),
      JSON.stringify(benchFrame(unit.name, seq, startMs)),
      { qos: 1 },
      () => (inFlight[unit.edge] = (inFlight[unit.edge] ?? 1) - 1),
    );
  };
  /** One round over the units: whose edge has room sends its next frame. */
  const publishWhatFits = (): void => {
    let full = 0;
    while (published < offered && full < units.length) {
      const unit = units[next++ % units.length];
      if (unit === undefined || (inFlight[unit.edge] ?? 0) >= window) full += 1;
      else {
        full = 0;
        published += 1;
        publish(unit, (unit.published += 1));
      }
    }
  };
  tell({ kind: 'sending', atMs: Date.now() });
  const beganMs = performance.now();
  const elapsedS = (): number => (performance.now() - beganMs) / 1000;
  offered = Number.MAX_SAFE_INTEGER;
  while (elapsedS() < TRIAL_S) {
    publishWhatFits();
    await new Promise((done) => setTimeout(done, 2));
  }
  const offeredPerS = (published / elapsedS()) * times;
  while (elapsedS() < forS) {
    offered = Math.floor(elapsedS() * offeredPerS);
    publishWhatFits();
    await new Promise((done) => setTimeout(done, 2));
  }
  const tookS = elapsedS();
  progressMs = performance.now();
  while (units.some((unit) => unit.acknowledged < unit.published)) {
    if (performance.now() - progressMs > STALL_MS) {
      progressMs = performance.now();
      resent += sendAgain(units, inFlight, window, publish);
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  tell({ kind: 'flooded', offered, taken: published, resent, tookS });
  await Promise.all(clients.map((client: MqttClient) => client.endAsync()));
}

function sendAgain(
  units: readonly Unit[],
  inFlight: readonly number[],
  window: number,
  publish: (unit: Unit, seq: number) => void,
): number {
  let count = 0;
  for (const unit of units)
    for (let seq = unit.acknowledged + 1; seq <= unit.published && (inFlight[unit.edge] ?? 0) < window; seq += 1, count += 1)
      publish(unit, seq);
  return count;
}
