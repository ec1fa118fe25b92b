import { once } from 'node:events';
import { connectAsync } from 'mqtt';
import { generate } from 'mqtt-packet';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { closeLater, closeOpened, connectPacket, listen, raw, received, start } from './example-broker.ts';

afterEach(closeOpened);

type Broker = Awaited<ReturnType<typeof start>>;

/** A connection that signed in as `site-1` by hand, so that it may say anything. */
async function signedIn({ port }: Broker): Promise<ReturnType<typeof raw>> {
  const socket = raw(port);
  socket.write(connectPacket('site-1', 'secret-1'));
  await once(socket, 'data');
  return socket;
}

/** That the broker still serves somebody else, and promptly. */
async function servesOthers({ broker, signIn }: Broker): Promise<void> {
  const other = await signIn('site-2', 'secret-2');
  await other.subscribeAsync('slmm/v1/site-2/#', { qos: 1 });
  const heard = listen(other);
  const startedMs = performance.now();
  await other.publishAsync('slmm/v1/site-2/U1/dod', 'x', { qos: 1 });
  await heard.until('site-2/U1/dod');
  expect(performance.now() - startedMs).toBeLessThan(2000);
  expect(broker.connected).toBe(true);
}

const publishOf = (topic: string, more: { qos?: 0 | 1 | 2; messageId?: number; payload?: string } = {}): Buffer =>
  generate({
    cmd: 'publish',
    topic,
    payload: more.payload ?? 'x',
    qos: more.qos ?? 1,
    messageId: more.messageId ?? 1,
    dup: false,
    retain: false,
  });

describe('bad inputs on MQTT', () => {
  it('2: hundreds of connections that send a byte now and then are closed, and nobody waits for them', async () => {
    const started = await start();
    const { port, refused } = started;
    const sockets = Array.from({ length: 300 }, () => raw(port));
    await Promise.all(sockets.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])));
    const dripping = setInterval(() => sockets.forEach((socket) => !socket.destroyed && socket.write(Buffer.from([0x10]))), 1000);
    await servesOthersFrom('127.0.0.2', started);
    const startedMs = performance.now();
    await Promise.all(sockets.filter((socket) => !socket.destroyed).map((socket) => received(socket)));
    clearInterval(dripping);
    expect(performance.now() - startedMs).toBeLessThan(12_000);
    expect((await refused())['too-many-strangers']).toBeGreaterThanOrEqual(100);
  });

  it('3: a thousand sign-ins a second from one address are served, or refused, and leave nothing behind', async () => {
    const started = await start();
    const { port, broker } = started;
    const before = process.memoryUsage.rss();
    for (let round = 0; round < 10; round += 1)
      await Promise.all(
        Array.from({ length: 100 }, async () => {
          const socket = raw(port).resume();
          socket.write(Buffer.concat([connectPacket('site-1', 'secret-1', `c${round}`), generate({ cmd: 'disconnect' })]));
          await once(socket, 'close');
        }),
      );
    await servesOthers(started);
    expect(process.memoryUsage.rss() - before).toBeLessThan(150_000_000);
    expect(broker.connected).toBe(true);
  });

  it('6: subscriptions beyond what an edge may hear are refused with 0x80', async () => {
    const started = await start();
    const socket = await signedIn(started);
    const topics = ['#', '+/#', '$SYS/#', '$share/g/#', 'slmm/v1/+/+/dod', 'slmm/v1/site-2/#', 'slmm/v1/#'];
    socket.write(generate({ cmd: 'subscribe', messageId: 7, subscriptions: topics.map((topic) => ({ topic, qos: 1 })) }));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect([...answer]).toEqual([0x90, 2 + topics.length, 0, 7, ...topics.map(() => 0x80)]);
  });

  it.each([
    ['101 levels', Array.from({ length: 101 }, () => 'a').join('/')],
    ['65,535 bytes', `slmm/v1/site-1/${'x'.repeat(65_520)}`],
    ['NUL', 'slmm/v1/site-1/U\0/dod'],
    ['U+FFFF', 'slmm/v1/site-1/U\uffff/dod'],
    ['control characters', 'slmm/v1/site-1/U\x07/dod'],
    ['a wildcard', 'slmm/v1/site-1/+/dod'],
    ['no topic at all', ''],
  ])('9: a publish on a topic of %s ends its connection and nothing else', async (_name, topic) => {
    const started = await start();
    const socket = await signedIn(started);
    const bytes = Buffer.from(topic);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    const body = Buffer.concat([length, bytes, Buffer.from([0, 1]), Buffer.from('x')]);
    const ended = received(socket);
    socket.write(Buffer.concat([Buffer.from([0x32]), remainingLength(body.length), body]));
    await ended;
    await servesOthers(started);
  });

  it.each(['../../etc/passwd', 'a/b', '$SYS', '%00', '🙂', 'x'.repeat(10_000), '__proto__', 'constructor', 'hub', 'alert'])(
    '10: the unit id %j reaches nobody',
    async (unit) => {
      const started = await start();
      const heard: string[] = [];
      await started.broker.subscribe(['#'], (message) => void heard.push(message.topic));
      const socket = await signedIn(started);
      socket.write(
        Buffer.concat([
          publishOf(`slmm/v1/site-1/${unit}/dod`, { messageId: 3 }),
          publishOf('slmm/v1/site-1/U1/dod', { messageId: 4 }),
        ]),
      );
      await Promise.race([once(socket, 'close'), untilHas(heard, 'slmm/v1/site-1/U1/dod')]);
      // `constructor` is a good name for a unit, and nothing but a name.
      const mayBeHeard = unit === 'constructor' ? ['slmm/v1/site-1/constructor/dod'] : [];
      expect(heard.filter((topic) => topic !== 'slmm/v1/site-1/U1/dod')).toEqual(mayBeHeard);
      await servesOthers(started);
    },
  );

  it('14: QoS 2 without PUBREL is held for a hundred messages and then ends the connection', async () => {
    const started = await start();
    const socket = await signedIn(started);
    const ended = received(socket);
    for (let messageId = 1; messageId <= 300; messageId += 1)
      if (!socket.destroyed) socket.write(publishOf('slmm/v1/site-1/U1/dod', { qos: 2, messageId }));
    const answers = await ended;
    expect(answers.length / 4).toBeLessThanOrEqual(100);
    await servesOthers(started);
  });

  it('15: a packet id that is used twice costs nothing, and a packet id of 0 or QoS 3 ends the connection', async () => {
    const started = await start();
    const twice = await signedIn(started);
    twice.write(Buffer.concat([publishOf('slmm/v1/site-1/U1/dod'), publishOf('slmm/v1/site-1/U1/dod')]));
    const acknowledged: Buffer[] = [];
    twice.on('data', (chunk: Buffer) => acknowledged.push(chunk));
    while (Buffer.concat(acknowledged).length < 8) await once(twice, 'data');
    expect(Buffer.concat(acknowledged)).toEqual(Buffer.from([0x40, 2, 0, 1, 0x40, 2, 0, 1]));
    for (const flags of [0x32, 0x36]) {
      const socket = await signedIn(started);
      const topic = Buffer.from('slmm/v1/site-1/U1/dod');
      const ended = received(socket);
      socket.write(Buffer.concat([Buffer.from([flags, topic.length + 5, 0, topic.length]), topic, Buffer.from([0, 0, 0x78])]));
      if (flags === 0x36) await ended;
      else await Promise.race([ended, new Promise((done) => setTimeout(done, 300))]);
    }
    await servesOthers(started);
  });

  it('18: acknowledgements of nothing cost nothing, and no client id without a clean session is refused with 2', async () => {
    const started = await start();
    const socket = await signedIn(started);
    socket.write(Buffer.from([0x40, 2, 0, 9, 0x50, 2, 0, 9, 0x62, 2, 0, 9, 0x70, 2, 0, 9, 0xc0, 0]));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    while (!Buffer.concat(chunks).includes(Buffer.from([0xd0, 0]))) await once(socket, 'data');
    const nameless = raw(started.port);
    const words = ['MQTT', 4, 0xc0, 0, 60, '', 'site-1', 'secret-1'].map((word) =>
      typeof word === 'number' ? Buffer.from([word]) : Buffer.concat([Buffer.from([0, word.length]), Buffer.from(word)]),
    );
    const body = Buffer.concat(words);
    nameless.write(Buffer.concat([Buffer.from([0x10, body.length]), body]));
    expect([...(await received(nameless))]).toEqual([0x20, 2, 0, 2]);
    await servesOthers(started);
  });

  it.each([0, 65_535])('19: a keepalive of %s is served or refused, and others with it', async (keepalive) => {
    const started = await start();
    const client = await connectAsync(`mqtt://127.0.0.1:${started.port}`, {
      username: 'site-1',
      password: 'secret-1',
      keepalive,
      reconnectPeriod: 0,
    }).catch(() => null);
    if (client !== null) closeLater(() => client.endAsync(true));
    await servesOthers(started);
  });

  it('23: thousands of streams of noise, and of good packets with a bit flipped, leave the broker alive and its memory bounded', async () => {
    const started = await start();
    const good = Buffer.concat([
      connectPacket('site-1', 'secret-1', 'noise'),
      publishOf('slmm/v1/site-1/U1/dod'),
      generate({ cmd: 'subscribe', messageId: 2, subscriptions: [{ topic: 'slmm/v1/site-1/#', qos: 1 }] }),
      publishOf('slmm/v1/site-1/U1/state', { qos: 2, messageId: 3 }),
      generate({ cmd: 'pubrel', messageId: 3 }),
      generate({ cmd: 'pingreq' }),
    ]);
    const before = process.memoryUsage.rss();
    const stream = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.array(fc.nat(good.length * 8 - 1), { minLength: 1, maxLength: 4 }).map((bits) => {
        const bytes = Buffer.from(good);
        for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        return bytes;
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(stream, { minLength: 20, maxLength: 20 }), async (streams) => {
        await Promise.all(
          streams.map(async (bytes) => {
            const socket = raw(started.port).resume();
            const closed = once(socket, 'close').catch(() => undefined);
            socket.end(bytes);
            await closed;
          }),
        );
      }),
      { numRuns: 100 },
    );
    expect(process.memoryUsage.rss() - before).toBeLessThan(150_000_000);
    // This address has guessed so often by now that it has to wait.
    await servesOthersFrom('127.0.0.2', started);
  });
});

/** The strangers' bound is per address: somebody at another one gets in. */
async function servesOthersFrom(localAddress: string, { port }: Broker): Promise<void> {
  const socket = raw(port, localAddress);
  socket.write(connectPacket('site-2', 'secret-2', 'other'));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect([...answer]).toEqual([0x20, 2, 0, 0]);
}

async function untilHas(list: readonly string[], wanted: string): Promise<void> {
  while (!list.includes(wanted)) await new Promise((done) => setTimeout(done, 5));
}

function remainingLength(length: number): Buffer {
  const bytes: number[] = [];
  for (let rest = length; ; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) + (rest >= 128 ? 128 : 0));
    if (rest < 128) return Buffer.from(bytes);
  }
}
