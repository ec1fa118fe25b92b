/** A process of its own that watches units, over the hub's WebSocket or (beside the bare baseline) over MQTT, and notes how old each frame is when it comes. */
import { frameSchema } from '@slmm/protocol';
import { connectAsync } from 'mqtt';
import { WebSocket } from 'ws';
import { onOrder, tell } from './child.ts';

let ms: number[] = [];
onOrder((order) => {
  if (order.kind === 'watch') void (order.url.startsWith('ws') ? watchHub(order.url, order.units) : watchBroker(order.url));
  else if (order.kind === 'latencies?') {
    tell({ kind: 'latencies', ms });
    ms = [];
  }
});
tell({ kind: 'ready' });

const note = (at: string): void => void ms.push(Date.now() - Date.parse(at));

async function watchHub(url: string, units: readonly string[]): Promise<void> {
  const socket = new WebSocket(url);
  socket.on('message', (text: Buffer) => {
    const message = JSON.parse(text.toString()) as { type: string; frame?: { at: string } };
    if (message.type === 'frame' && message.frame !== undefined) note(message.frame.at);
  });
  await new Promise((done) => socket.once('open', done));
  socket.send(JSON.stringify({ type: 'subscribe', units }));
}

async function watchBroker(url: string): Promise<void> {
  const client = await connectAsync(url);
  client.on('message', (_topic, payload) => note(frameSchema.parse(JSON.parse(payload.toString())).at));
  await client.subscribeAsync('slmm/v1/+/+/dod', { qos: 0 });
}
