/** An edge as the bus sees it: its birth, and what the hub acknowledges to it. */
import { topics } from '@slmm/protocol';
import { connectAsync, type MqttClient } from 'mqtt';
import { BENCH_EPOCH } from './frames.ts';

/** Connects; `acknowledged` hears each watermark. Several clients may speak for one edge, as in open mode they may. */
export async function connectEdge(
  port: number,
  edge: string,
  acknowledged: (unit: string, seq: number) => void,
): Promise<MqttClient> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { username: edge, clean: true, reconnectPeriod: 0 });
  client.on('message', (_topic, payload) => {
    const { upto } = JSON.parse(payload.toString()) as { upto: Record<string, number> };
    for (const [unit, seq] of Object.entries(upto)) acknowledged(unit, seq);
  });
  await client.subscribeAsync(topics.ack(edge), { qos: 1 });
  const birth = { state: 'online', epoch: BENCH_EPOCH, boot: 'bench', at: new Date().toISOString(), reason: 'benchmark' };
  await client.publishAsync(topics.edgeState(edge), JSON.stringify(birth), { qos: 1, retain: true });
  return client;
}
