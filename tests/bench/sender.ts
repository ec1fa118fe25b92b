/** A process of its own that plays edges: publishes numbered frames with QoS 1 and listens for acknowledgements. */
import { encodeBackfill, topics } from '@slmm/protocol';
import type { MqttClient } from 'mqtt';
import { onOrder, tell } from './child.ts';
import { connectEdge } from './edge-client.ts';
import { benchFrame } from './frames.ts';
import { edgeName, type Load, totalFrames, unitName } from './load.ts';

interface Message {
  readonly topic: string;
  readonly payload: string | Uint8Array;
}

onOrder((order) => {
  if (order.kind === 'go') void send(order.port, order.load);
});
tell({ kind: 'ready' });

async function send(port: number, load: Load): Promise<void> {
  const startMs = Date.now() - load.framesPerUnit * 1000;
  const waiting = new Set<string>();
  const clients = await Promise.all(
    Array.from({ length: load.edges }, (_, edge) => {
      for (let unit = 0; unit < load.unitsPerEdge; unit += 1) waiting.add(unitName(load.tag, edge, unit));
      return connectEdge(port, edgeName(load.tag, edge), (unit, seq) => {
        if (seq >= load.framesPerUnit && waiting.delete(unit) && waiting.size === 0)
          tell({ kind: 'stored', atMs: Date.now(), rows: totalFrames(load) });
      });
    }),
  );
  // Made before the clock runs: an edge encodes on a processor of its own.
  const messages = clients.map((_, edge) => [...messagesOf(edge, load, startMs)]);
  tell({ kind: 'sending', atMs: Date.now() });
  await Promise.all(clients.map((client, edge) => publishAll(client, messages[edge] ?? [], load.window)));
}

/** Live: one frame of each unit after the other, as meters do it. Batches: one of each unit after the other, oldest first. */
function* messagesOf(edge: number, load: Load, startMs: number): Generator<Message> {
  const units = Array.from({ length: load.unitsPerEdge }, (_, unit) => unitName(load.tag, edge, unit));
  const name = edgeName(load.tag, edge);
  const step = load.kind === 'live' ? 1 : load.framesPerBatch;
  for (let first = 1; first <= load.framesPerUnit; first += step) {
    for (const unit of units) {
      if (load.kind === 'live') {
        yield { topic: topics.dod(name, unit), payload: JSON.stringify(benchFrame(unit, first, startMs)) };
        continue;
      }
      const count = Math.min(step, load.framesPerUnit - first + 1);
      const frames = Array.from({ length: count }, (_, index) => benchFrame(unit, first + index, startMs));
      yield { topic: topics.backfill(name, unit), payload: encodeBackfill(frames) };
    }
  }
}

async function publishAll(client: MqttClient, messages: Iterable<Message>, window: number): Promise<void> {
  let inFlight = 0;
  let room: () => void = () => undefined;
  for (const { topic, payload } of messages) {
    if (inFlight >= window) await new Promise<void>((resolve) => (room = resolve));
    inFlight += 1;
    client.publish(topic, typeof payload === 'string' ? payload : Buffer.from(payload), { qos: 1 }, () => {
      inFlight -= 1;
      room();
    });
  }
}
