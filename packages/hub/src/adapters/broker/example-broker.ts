// What tests of the broker share.
import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { createLogger, systemClock } from '@slmm/shared';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { generate } from 'mqtt-packet';
import { Access } from '../../access/access.ts';
import { hashSecret } from '../../access/secret.ts';
import { createMetrics } from '../../metrics.ts';
import { MemoryAccessStore } from '../memory/memory-access-store.ts';
import { MemoryFleetStore } from '../memory/memory-fleet-store.ts';
import type { CertificateFiles } from '../tls/certificate.ts';
import { AedesBroker } from './aedes-broker.ts';

const opened: (() => Promise<unknown>)[] = [];
/** Closes what tests have opened. */
export async function closeOpened(): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}

/** Has it closed after the test. */
export function closeLater(close: () => Promise<unknown>): void {
  opened.push(close);
}

/** A broker with the edges `site-1` and `site-2`, and what tests need around it. */
export async function start(mode: 'required' | 'none' = 'required', certificate: CertificateFiles | null = null) {
  const edges = new MemoryFleetStore();
  await edges.putEdge('site-1', hashSecret('secret-1'), 0);
  await edges.putEdge('site-2', hashSecret('secret-2'), 0);
  const access = new Access({ mode, store: new MemoryAccessStore(edges), clock: systemClock });
  const metrics = createMetrics(false);
  const log = createLogger('test', 'silent');
  const broker = await AedesBroker.create({
    host: '127.0.0.1',
    port: 0,
    certificate,
    access,
    clock: systemClock,
    log,
    metrics,
  });
  opened.push(() => broker.close());
  const port = await broker.listen();
  const signIn = async (username: string, password: string, options: IClientOptions = {}): Promise<MqttClient> => {
    const client = await connectAsync(`${certificate === null ? 'mqtt' : 'mqtts'}://127.0.0.1:${port}`, {
      protocolVersion: 4,
      reconnectPeriod: 0,
      username,
      password,
      ...options,
    });
    client.on('error', () => undefined);
    opened.push(() => client.endAsync(true));
    return client;
  };
  const reader = async (units: readonly string[] | null = null, options: IClientOptions = {}) => {
    const token = await access.issueToken({ name: 'reader', role: 'viewer', units });
    return { client: await signIn('anything', token.token, options), id: token.id };
  };
  const refused = async (): Promise<Record<string, number>> =>
    Object.fromEntries((await metrics.brokerRefused.get()).values.map((value) => [String(value.labels['reason']), value.value]));
  return { broker, port, access, edges, signIn, reader, refused };
}

/** Collects what a client receives; `until` resolves when something on that topic has come. */
export function listen(client: MqttClient): { readonly got: string[]; readonly until: (topic: string) => Promise<void> } {
  const got: string[] = [];
  let wake = (): void => undefined;
  client.on('message', (topic) => {
    got.push(topic.split('/').slice(2).join('/'));
    wake();
  });
  return {
    got,
    until: async (topic) => {
      while (!got.includes(topic)) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

export const gone = (client: MqttClient): Promise<void> => new Promise((resolve) => void client.once('close', () => resolve()));
/** A bare socket to the broker. */
export const raw = (port: number, localAddress = '127.0.0.1'): Socket => {
  const socket = connectSocket({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => undefined);
  opened.push(async () => socket.destroy());
  return socket;
};
export const connectPacket = (username: string, password: string, clientId = 'c'): Buffer =>
  generate({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    clientId,
    keepalive: 60,
    username,
    password: Buffer.from(password),
  });
/** Everything that comes until the connection ends. */
export const received = async (socket: Socket): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks);
};
