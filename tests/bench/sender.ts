/** A process of its own that plays edges: publishes numbered frames with QoS 1 and listens for acknowledgements. Neighbours: main-job.ts starts it. */
import { encodeBackfill, topics } from '@slmm/protocol';
import { connectAsync, type MqttClient } from 'mqtt';
import { BENCH_EPOCH, benchFrame } from './frames.ts';
import { edgeName, type Load, tell, type ToChild, totalFrames, unitName } from './load.ts';

/** Publishes of one edge that may wait for their PUBACK. */
const WINDOW = 100;

interface Message {
  readonly topic: string;
  readonly payload: string | Uint8Array;
}

process.on('message', (message: ToChild) => {
  if (message.kind === 'go') void send(message.port, message.load);
});
tell({ kind: 'ready' });

async function send(port: number, load: Load): Promise<void> {
  const startMs = Date.now() - load.framesPerUnit * 1000;
  const left = new Set(Array.from({ length: load.edges }, (_, edge) => edge));
  const clients = await Promise.all(
    [...left].map((edge) => connectEdge(port, edge, load, () => left.delete(edge) && left.size === 0)),
  );
  // Made before the clock runs: an edge encodes on a processor of its own.
  const messages = clients.map((_, edge) => [...messagesOf(edge, load, startMs)]);
  tell({ kind: 'sending', atMs: Date.now() });
  await Promise.all(clients.map((client, edge) => publishAll(client, messages[edge] ?? [])));
}

/** `done` is called once the hub has acknowledged every frame of every unit of this edge, and says whether that was the last edge. */
async function connectEdge(port: number, edge: number, load: Load, done: () => boolean): Promise<MqttClient> {
  const name = edgeName(edge);
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
    clientId: name,
    username: name,
    clean: true,
    reconnectPeriod: 0,
  });
  const waiting = new Set(Array.from({ length: load.unitsPerEdge }, (_, unit) => unitName(edge, unit)));
  client.on('message', (_topic, payload) => {
    const { upto } = JSON.parse(payload.toString()) as { upto: Record<string, number> };
    for (const [unit, seq] of Object.entries(upto)) if (seq === load.framesPerUnit) waiting.delete(unit);
    if (waiting.size === 0 && done()) tell({ kind: 'stored', atMs: Date.now(), rows: totalFrames(load) });
  });
  await client.subscribeAsync(topics.ack(name), { qos: 1 });
  const birth = { state: 'online', epoch: BENCH_EPOCH, boot: 'bench', at: new Date().toISOString(), reason: 'benchmark' };
  await client.publishAsync(topics.edgeState(name), JSON.stringify(birth), { qos: 1, retain: true });
  return client;
}

/** Live: one frame of each unit after the other, as meters do it. Batches: one of each unit after the other, oldest first. */
function* messagesOf(edge: number, load: Load, startMs: number): Generator<Message> {
  const units = Array.from({ length: load.unitsPerEdge }, (_, unit) => unitName(edge, unit));
  const name = edgeName(edge);
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

async function publishAll(client: MqttClient, messages: Iterable<Message>): Promise<void> {
  let inFlight = 0;
  let room: () => void = () => undefined;
  for (const { topic, payload } of messages) {
    if (inFlight >= WINDOW) await new Promise<void>((resolve) => (room = resolve));
    inFlight += 1;
    client.publish(topic, typeof payload === 'string' ? payload : Buffer.from(payload), { qos: 1 }, () => {
      inFlight -= 1;
      room();
    });
  }
}
