import {
  Access,
  AedesBroker,
  type BusMessage,
  createMetrics,
  type HubBus,
  MemoryAccessStore,
  MemoryFleetStore,
  MqttHubBus,
} from '@slmm/hub/testing';
import { createLogger, systemClock } from '@slmm/shared';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import { findMosquitto, startMosquitto } from '../servers/mosquitto.ts';

const log = createLogger('test', 'silent');
const mosquitto = findMosquitto();

/** A bus under test with the address at which others reach its broker. */
interface Place {
  readonly bus: HubBus;
  readonly url: string;
  readonly close: () => Promise<void>;
}

async function embedded(): Promise<Place> {
  const access = new Access({ mode: 'none', store: new MemoryAccessStore(new MemoryFleetStore()), clock: systemClock });
  const broker = await AedesBroker.create({
    host: '127.0.0.1',
    port: 0,
    certificate: null,
    access,
    clock: systemClock,
    log,
    metrics: createMetrics(false),
  });
  const port = await broker.listen();
  return { bus: broker, url: `mqtt://127.0.0.1:${port}`, close: () => broker.close() };
}

async function external(): Promise<Place> {
  const broker = await startMosquitto(mosquitto ?? '');
  const bus = MqttHubBus.open({
    url: broker.url,
    username: null,
    password: null,
    boot: 'boot-1',
    clock: systemClock,
    log,
    random: Math.random,
  });
  await new Promise<void>((resolve) => bus.onConnected(resolve));
  const close = async (): Promise<void> => {
    await bus.close();
    await broker.close();
  };
  return { bus, url: broker.url, close };
}

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function edgeAt(url: string, id = 'site-1'): Promise<MqttClient> {
  const client = await connectAsync(url, { username: id, clientId: `${id}-client`, protocolVersion: 4, reconnectPeriod: 0 });
  opened.push(() => client.endAsync(true));
  return client;
}

/** Messages as they come, to be awaited one by one. */
function inbox(): { readonly take: (message: BusMessage) => void; readonly next: () => Promise<BusMessage> } {
  const waiting: BusMessage[] = [];
  let wake: (() => void) | null = null;
  return {
    take: (message) => {
      waiting.push(message);
      wake?.();
    },
    next: async () => {
      while (waiting.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const [message] = waiting.splice(0, 1);
      if (message === undefined) throw new Error('nothing there');
      return message;
    },
  };
}

const text = (message: BusMessage): string => new TextDecoder().decode(message.payload);

const implementations: (readonly [string, () => Promise<Place>])[] = [
  ['embedded (aedes)', embedded],
  ...(mosquitto === null ? [] : ([['external (mosquitto)', external]] as const)),
];

describe.each(implementations)('HubBus, %s', (_name, open) => {
  const start = async (): Promise<Place> => {
    const place = await open();
    opened.push(place.close);
    return place;
  };

  it('brings what edges publish, by filter, with topic and bytes', async () => {
    const { bus, url } = await start();
    const box = inbox();
    await bus.subscribe(['slmm/v1/+/state', 'slmm/v1/+/+/dod'], box.take);
    const edge = await edgeAt(url);
    await edge.publishAsync('slmm/v1/site-1/U1/last', 'not asked for', { qos: 1 });
    await edge.publishAsync('slmm/v1/site-1/U1/dod', Buffer.from([0, 255, 128]), { qos: 1 });
    const message = await box.next();
    expect([message.topic, [...message.payload], message.retained]).toEqual(['slmm/v1/site-1/U1/dod', [0, 255, 128], false]);
    await edge.publishAsync('slmm/v1/site-1/state', 'zwei', { qos: 0 });
    expect(text(await box.next())).toBe('zwei');
  });

  it('brings a message once, however many of the filters fit', async () => {
    const { bus, url } = await start();
    const box = inbox();
    await bus.subscribe(['slmm/v1/+/state', 'slmm/v1/site-1/state'], box.take);
    const edge = await edgeAt(url);
    await edge.publishAsync('slmm/v1/site-1/state', 'a', { qos: 1 });
    await edge.publishAsync('slmm/v1/site-1/state', 'b', { qos: 1 });
    const seen = new Set([text(await box.next())]);
    while (!seen.has('b')) seen.add(text(await box.next()));
    expect([...seen]).toEqual(['a', 'b']);
  });

  it('brings what the broker had kept, marked as such', async () => {
    const { bus, url } = await start();
    const edge = await edgeAt(url);
    await edge.publishAsync('slmm/v1/site-1/state', 'kept', { qos: 1, retain: true });
    const box = inbox();
    await bus.subscribe(['slmm/v1/+/state'], box.take);
    const message = await box.next();
    expect([message.topic, text(message), message.retained]).toEqual(['slmm/v1/site-1/state', 'kept', true]);
  });

  it('carries what the hub says, and keeps and clears what is retained', async () => {
    const { bus, url } = await start();
    await bus.publish('slmm/v1/site-1/hub/config', 'old', { qos: 1, retain: true });
    await bus.publish('slmm/v1/site-1/hub/demand', 'gone', { qos: 1, retain: true });
    await bus.publish('slmm/v1/site-1/hub/demand', '', { qos: 1, retain: true });
    const edge = await edgeAt(url);
    const got: string[] = [];
    const arrived = new Promise<void>((resolve) => {
      edge.on('message', (topic, payload, packet) => {
        got.push(`${topic.slice('slmm/v1/site-1/hub/'.length)} ${payload.toString()} ${packet.retain}`);
        if (topic.endsWith('/command')) resolve();
      });
    });
    await edge.subscribeAsync('slmm/v1/site-1/hub/#', { qos: 1 });
    await bus.publish('slmm/v1/site-1/hub/command', Buffer.from('now'), { qos: 1, retain: false });
    await arrived;
    expect(got.sort()).toEqual(['command now false', 'config old true']);
  });

  it('tells every listener that it is connected, also one that comes later', async () => {
    const { bus } = await start();
    expect(bus.connected).toBe(true);
    let told = 0;
    bus.onConnected(() => (told += 1));
    bus.onConnected(() => (told += 1));
    expect(told).toBe(2);
  });

  it('brings the last will of an edge that vanishes', async () => {
    const { bus, url } = await start();
    const box = inbox();
    await bus.subscribe(['slmm/v1/+/state'], box.take);
    const edge = await connectAsync(url, {
      username: 'site-1',
      protocolVersion: 4,
      reconnectPeriod: 0,
      will: { topic: 'slmm/v1/site-1/state', payload: Buffer.from('gone'), qos: 1, retain: true },
    });
    edge.stream.destroy();
    expect(text(await box.next())).toBe('gone');
    await edge.endAsync(true);
  });

  it('goes on bringing messages while earlier ones are still being handled', async () => {
    const { bus, url } = await start();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const seen: string[] = [];
    let all = (): void => undefined;
    const complete = new Promise<void>((resolve) => (all = resolve));
    await bus.subscribe(['slmm/v1/+/+/dod'], (message) => {
      seen.push(text(message));
      if (seen.length === 20) all();
      return held;
    });
    const edge = await edgeAt(url);
    // One write, so that the broker finds them in one chunk.
    edge.stream.cork();
    const sent = Array.from({ length: 20 }, (_, index) => edge.publishAsync('slmm/v1/site-1/U1/dod', String(index), { qos: 1 }));
    edge.stream.uncork();
    await complete;
    release();
    await Promise.all(sent);
    expect(seen.length).toBe(20);
  });

  it('resolves a publish after it was closed, and may be closed twice', async () => {
    const { bus } = await start();
    await bus.close();
    await bus.close();
    await bus.publish('slmm/v1/hub/state', 'late', { qos: 1, retain: true });
    expect(bus.connected).toBe(false);
  });
});

describe('HubBus, embedded', () => {
  it('holds back the PUBACK until the handler is done', async () => {
    const { bus, url, close } = await embedded();
    opened.push(close);
    const steps: string[] = [];
    await bus.subscribe(['slmm/v1/+/+/dod'], async () => {
      await new Promise((resolve) => setImmediate(resolve));
      steps.push('handled');
    });
    const edge = await edgeAt(url);
    await edge.publishAsync('slmm/v1/site-1/U1/dod', 'x', { qos: 1 });
    steps.push('acknowledged');
    expect(steps).toEqual(['handled', 'acknowledged']);
  });
});

describe.skipIf(mosquitto === null)('HubBus, external', () => {
  it('comes back by itself, subscribes again and says so', async () => {
    const broker = await startMosquitto(mosquitto ?? '');
    opened.push(() => broker.close());
    const bus = MqttHubBus.open({
      url: broker.url,
      username: null,
      password: null,
      boot: 'b',
      clock: systemClock,
      log,
      random: () => 0,
    });
    opened.push(() => bus.close());
    const box = inbox();
    const seen = { connections: 0, wake: (): void => undefined };
    bus.onConnected(() => {
      seen.connections += 1;
      seen.wake();
    });
    const connected = async (count: number): Promise<void> => {
      while (seen.connections < count) await new Promise<void>((resolve) => (seen.wake = resolve));
    };
    await connected(1);
    await bus.subscribe(['slmm/v1/+/state'], box.take);
    await broker.stop();
    await broker.start();
    await connected(2);
    const edge = await edgeAt(broker.url);
    await edge.publishAsync('slmm/v1/site-1/state', 'again', { qos: 1 });
    expect(text(await box.next())).toBe('again');
  });

  it('leaves its last will on the state of the hub', async () => {
    const broker = await startMosquitto(mosquitto ?? '');
    opened.push(() => broker.close());
    const edge = await edgeAt(broker.url);
    const heard = new Promise<string>((resolve) => edge.on('message', (_topic, payload) => resolve(payload.toString())));
    await edge.subscribeAsync('slmm/v1/hub/state', { qos: 1 });
    // A second client with the same id ends the session of the first without a goodbye.
    const parts = { url: broker.url, username: null, password: null, boot: 'same', clock: systemClock, log, random: () => 0.9 };
    const first = MqttHubBus.open(parts);
    opened.push(() => first.close());
    await new Promise<void>((resolve) => first.onConnected(resolve));
    const second = MqttHubBus.open(parts);
    opened.push(() => second.close());
    expect(JSON.parse(await heard)).toMatchObject({ state: 'offline', boot: 'same' });
  });
});
