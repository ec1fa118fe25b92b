/** A process of its own that plays meters at their pace: each unit says a frame a second, spread evenly, stamped with the time of sending. */
import { topics } from '@slmm/protocol';
import { onOrder, tell } from './child.ts';
import { connectEdge } from './edge-client.ts';
import { benchFrame } from './frames.ts';
import { edgeName, type Pace, unitName } from './load.ts';

onOrder((order) => {
  if (order.kind === 'pace') void keepPace(order.port, order.pace);
});
tell({ kind: 'ready' });

async function keepPace(port: number, { tag, edges, unitsPerEdge, firstSeq }: Pace): Promise<void> {
  const names = Array.from({ length: edges }, (_, edge) => edgeName(tag, edge));
  const clients = await Promise.all(names.map((edge) => connectEdge(port, edge, () => undefined)));
  const perS = edges * unitsPerEdge;
  const startMs = performance.now();
  let said = 0;
  tell({ kind: 'sending', atMs: Date.now() });
  setInterval(() => {
    for (const due = Math.floor(((performance.now() - startMs) / 1000) * perS); said < due; said += 1) {
      const edge = said % edges;
      const unit = unitName(tag, edge, Math.floor(said / edges) % unitsPerEdge);
      const frame = { ...benchFrame(unit, firstSeq + Math.floor(said / perS), 0), at: new Date().toISOString() };
      clients[edge]?.publish(topics.dod(names[edge] ?? '', unit), JSON.stringify(frame), { qos: 1 });
    }
  }, 2);
}
