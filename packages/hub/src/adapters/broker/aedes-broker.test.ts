import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { connectAsync } from 'mqtt';
import { generate } from 'mqtt-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { CERTIFICATE, writeCertificate } from '../tls/example-certificate.ts';
import { closeLater, closeOpened, connectPacket, gone, listen, raw, received, start } from './example-broker.ts';

afterEach(closeOpened);

describe('AedesBroker: signing in', () => {
  it('lets nobody in without a good secret', async () => {
    const { signIn, refused } = await start();
    for (const [user, password] of [
      ['site-1', 'secret-2'],
      ['site-1', ''],
      ['', ''],
      ['hub', 'secret-1'],
      ['site-3', 'secret-1'],
    ] as const)
      await expect(signIn(user, password)).rejects.toThrow(/Bad username or password|Not authorized/i);
    expect((await refused())['login']).toBe(5);
  });

  it('makes a guesser wait, without locking out the edge that it pretends to be at another name', async () => {
    const { signIn } = await start();
    for (let count = 0; count < 10; count += 1) await expect(signIn('site-1', `guess-${count}`)).rejects.toThrow();
    await expect(signIn('site-1', 'guess')).rejects.toThrow(/Server unavailable/i);
    expect((await signIn('site-2', 'secret-2')).connected).toBe(true);
  });

  it('tells an MQTT 5 client that 3.1.1 is spoken here', async () => {
    const { signIn } = await start();
    await expect(signIn('site-1', 'secret-1', { protocolVersion: 5 })).rejects.toThrow(/Unsupported Protocol Version/i);
  });

  it('refuses a last will that the edge may not publish', async () => {
    const { signIn } = await start();
    const will = { topic: 'slmm/v1/site-2/state', payload: Buffer.from('x'), qos: 1, retain: true } as const;
    await expect(signIn('site-1', 'secret-1', { will })).rejects.toThrow(/Not authorized/i);
  });

  it('keeps one session per edge and none that somebody else could take over', async () => {
    const { signIn, reader } = await start();
    const first = await signIn('site-1', 'secret-1', { clientId: 'one' });
    const { client } = await reader(null, { clientId: 'edge/site-1' });
    expect([first.connected, client.connected]).toEqual([true, true]);
    const left = gone(first);
    const second = await signIn('site-1', 'secret-1', { clientId: 'two' });
    await left;
    expect([second.connected, client.connected]).toEqual([true, true]);
  });

  it('keeps no session for those who are away', async () => {
    const { signIn, broker } = await start();
    const options = { clientId: 'fixed', clean: false } as const;
    const first = await signIn('site-1', 'secret-1', options);
    await first.subscribeAsync('slmm/v1/site-1/hub/#', { qos: 1 });
    await first.endAsync();
    await broker.publish('slmm/v1/site-1/hub/command', 'missed', { qos: 1, retain: false });
    const second = await signIn('site-1', 'secret-1', options);
    const { got, until } = listen(second);
    await second.subscribeAsync('slmm/v1/site-1/hub/#', { qos: 1 });
    await broker.publish('slmm/v1/site-1/hub/ack', 'now', { qos: 1, retain: false });
    await until('site-1/hub/ack');
    expect(got).toEqual(['site-1/hub/ack']);
  });

  it('takes any edge id and any reader where access is open', async () => {
    const { signIn, broker, port } = await start('none');
    const heard: string[] = [];
    await broker.subscribe(['slmm/v1/+/+/dod'], (message) => void heard.push(message.topic));
    const edge = await signIn('new-edge', '');
    await edge.publishAsync('slmm/v1/new-edge/U1/dod', 'x', { qos: 1 });
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 4, reconnectPeriod: 0 });
    closeLater(() => client.endAsync(true));
    await client.subscribeAsync('slmm/v1/#');
    expect(heard).toEqual(['slmm/v1/new-edge/U1/dod']);
  });
});

describe('AedesBroker: permissions', () => {
  it('gives readers everything but the talk of hub and edges, whatever they ask for', async () => {
    const { broker, signIn, reader } = await start();
    const { client } = await reader();
    const { got, until } = listen(client);
    await client.subscribeAsync('#', { qos: 1 });
    for (const filter of ['slmm/v1/site-1/hub/#', 'slmm/v1/+/hub/command', '$SYS/#', '$share/g/slmm/v1/#'])
      await expect(client.subscribeAsync(filter)).rejects.toThrow();
    const edge = await signIn('site-1', 'secret-1');
    for (const topic of ['hub/reply', 'hub/applied', 'U1/dod', 'U1/nonsense'])
      await edge.publishAsync(`slmm/v1/site-1/${topic}`, 'x', { qos: 1 });
    await broker.publish('slmm/v1/site-1/hub/command', 'x', { qos: 1, retain: false });
    await broker.publish('slmm/v1/site-1/hub/config', 'x', { qos: 1, retain: true });
    await broker.publish('slmm/v1/hub/state', 'x', { qos: 1, retain: true });
    await until('hub/state');
    expect(got).toEqual(['site-1/U1/dod', 'hub/state']);
  });

  it('gives a limited reader its own units, retained ones included', async () => {
    const { broker, signIn, reader } = await start();
    const edge = await signIn('site-1', 'secret-1');
    for (const unit of ['U1', 'U2']) await edge.publishAsync(`slmm/v1/site-1/${unit}/state`, 'x', { qos: 1, retain: true });
    const { client } = await reader(['U1']);
    const { got, until } = listen(client);
    await expect(client.subscribeAsync('slmm/v1/site-1/U2/dod')).rejects.toThrow();
    await client.subscribeAsync('slmm/v1/#', { qos: 1 });
    for (const unit of ['U2', 'U1']) await edge.publishAsync(`slmm/v1/site-1/${unit}/dod`, 'x', { qos: 1 });
    await broker.publish('slmm/v1/hub/state', 'x', { qos: 1, retain: true });
    await until('hub/state');
    expect(got.sort()).toEqual(['hub/state', 'site-1/U1/dod', 'site-1/U1/state']);
  });

  it('ends the connection of an edge that speaks for another, and of a reader that speaks at all', async () => {
    const { broker, signIn, reader, refused } = await start();
    const heard: string[] = [];
    await broker.subscribe(['#'], (message) => void heard.push(message.topic));
    const edge = await signIn('site-1', 'secret-1');
    const edgeGone = gone(edge);
    edge.publish('slmm/v1/site-2/U1/dod', 'forged', { qos: 1 });
    await edgeGone;
    const { client } = await reader();
    const readerGone = gone(client);
    client.publish('slmm/v1/site-1/U1/dod', 'forged', { qos: 0 });
    await readerGone;
    expect(heard).toEqual([]);
    expect((await refused())['publish']).toBe(2);
  });

  it('acknowledges what an edge says outside of the contract and gives it to nobody', async () => {
    const { broker, signIn, refused } = await start();
    const heard: string[] = [];
    await broker.subscribe(['#'], (message) => void heard.push(message.topic));
    const edge = await signIn('site-1', 'secret-1');
    await edge.publishAsync('slmm/v1/site-1/U1/spectrum', 'x', { qos: 1, retain: true });
    await edge.publishAsync('slmm/v1/site-1/U1/dod', Buffer.alloc(300_000), { qos: 1 });
    await edge.publishAsync('slmm/v1/site-1/U1/dod', 'x', { qos: 1 });
    expect(heard).toEqual(['slmm/v1/site-1/U1/dod']);
    expect((await refused())['ignored']).toBe(2);
  });

  it('keeps no more retained messages of an edge than the contract can need', async () => {
    const { signIn, refused } = await start();
    const edge = await signIn('site-1', 'secret-1');
    const sent = Array.from({ length: 3_110 }, (_, index) =>
      edge.publishAsync(`slmm/v1/site-1/X${index}/state`, 'x', { qos: 1, retain: true }),
    );
    await Promise.all(sent);
    expect((await refused())['ignored']).toBe(10);
  });
});

describe('AedesBroker: revoking', () => {
  it('ends the session of a revoked token and of a removed edge at once', async () => {
    const { access, edges, signIn, reader } = await start();
    const { client, id } = await reader();
    const edge = await signIn('site-1', 'secret-1');
    const other = await signIn('site-2', 'secret-2');
    const readerGone = gone(client);
    await access.revokeToken(id);
    await readerGone;
    const edgeGone = gone(edge);
    await edges.deleteEdge('site-1');
    access.edgeRevoked('site-1');
    await edgeGone;
    expect(other.connected).toBe(true);
  });
});

describe('AedesBroker: hostile streams', () => {
  it('closes a connection that announces a packet of 256 MB', async () => {
    const { port, refused } = await start();
    const socket = raw(port);
    socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]));
    expect((await received(socket)).length).toBe(0);
    expect(await refused()).toMatchObject({ framing: 1 });
  });

  it('closes a connection that says nothing, or too little, in five seconds', async () => {
    const { port } = await start();
    const silent = raw(port);
    const slow = raw(port);
    slow.write(Buffer.from([0x10]));
    const startedMs = performance.now();
    await Promise.all([received(silent), received(slow)]);
    expect(performance.now() - startedMs).toBeGreaterThan(4_000);
    expect(performance.now() - startedMs).toBeLessThan(8_000);
  });

  it('does not read what follows a CONNECT before it knows who that is', async () => {
    const { port, broker } = await start();
    const heard: string[] = [];
    await broker.subscribe(['#'], (message) => void heard.push(message.topic));
    const publish = generate({ cmd: 'publish', topic: 'slmm/v1/site-1/U1/dod', payload: 'x', qos: 0, dup: false, retain: false });
    const bad = raw(port);
    bad.write(Buffer.concat([connectPacket('site-1', 'wrong'), publish]));
    expect([...(await received(bad))]).toEqual([0x20, 2, 0, 4]);
    const good = raw(port);
    good.write(Buffer.concat([connectPacket('site-1', 'secret-1'), publish, generate({ cmd: 'disconnect' })]));
    expect([...(await received(good))]).toEqual([0x20, 2, 0, 0]);
    expect(heard).toEqual(['slmm/v1/site-1/U1/dod']);
  });

  it('ends a reader that does not read, and never lets the others wait for it', async () => {
    const { broker, port, reader, access, refused } = await start();
    const { token } = await access.issueToken({ name: 'frozen', role: 'viewer', units: null });
    const frozen = raw(port);
    frozen.write(
      Buffer.concat([
        connectPacket('x', token, 'frozen'),
        generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'slmm/v1/#', qos: 0 }] }),
      ]),
    );
    // Its CONNACK and SUBACK; from then on it is silent.
    await once(frozen, 'data');
    frozen.pause();
    const { client } = await reader();
    await client.subscribeAsync('slmm/v1/#', { qos: 0 });
    const seen = { count: 0, wake: (): void => undefined };
    client.on('message', () => {
      seen.count += 1;
      seen.wake();
    });
    const payload = Buffer.alloc(100_000);
    for (const sent of Array.from({ length: 200 }).keys()) {
      const startedMs = performance.now();
      await broker.publish('slmm/v1/site-1/U1/dod', payload, { qos: 0, retain: false });
      while (seen.count <= sent) await new Promise<void>((resolve) => (seen.wake = resolve));
      expect(performance.now() - startedMs).toBeLessThan(2_000);
    }
    expect(await refused()).toMatchObject({ framing: 1 });
  });
});

describe('AedesBroker: load', () => {
  it('takes thousands of messages that nobody subscribed to while it delivers hundreds of others', async () => {
    const { broker, port } = await start('none');
    await broker.subscribe(['slmm/v1/+/+/dod'], () => undefined);
    const edges = await Promise.all(
      Array.from({ length: 120 }, async (_, index) => {
        const name = `edge-${index}`;
        const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { username: name, clientId: name, reconnectPeriod: 0 });
        closeLater(() => client.endAsync(true));
        await client.subscribeAsync(`slmm/v1/${name}/hub/ack`, { qos: 1 });
        return { name, client };
      }),
    );
    const allHeard = new Promise<void>((resolve) => {
      let heard = 0;
      for (const { client } of edges) client.on('message', () => (heard += 1) === 360 && resolve());
    });
    const sent = edges.flatMap(({ name, client }) =>
      Array.from({ length: 500 }, () => client.publishAsync(`slmm/v1/${name}/unit/dod`, '{}', { qos: 1 })),
    );
    const acks = Promise.all(
      edges.flatMap(({ name }) =>
        [0, 1, 2].map(() => broker.publish(`slmm/v1/${name}/hub/ack`, '{}', { qos: 1, retain: false })),
      ),
    );
    await Promise.all(sent);
    await acks;
    await allHeard;
    expect(broker.connected).toBe(true);
  });
});

describe('AedesBroker with a certificate', () => {
  const startSecure = () => {
    const directory = mkdtempSync(join(tmpdir(), 'slmm-broker-'));
    closeLater(async () => rmSync(directory, { recursive: true }));
    return start('required', writeCertificate(directory, CERTIFICATE));
  };

  it('lets in who trusts it, and carries messages as ever', async () => {
    const { signIn, reader } = await startSecure();
    const ca = CERTIFICATE.cert;
    const { client } = await reader(null, { ca });
    const { got, until } = listen(client);
    await client.subscribeAsync('slmm/v1/+/+/dod');
    const edge = await signIn('site-1', 'secret-1', { ca });
    await edge.publishAsync('slmm/v1/site-1/NL43-01/dod', 'x'.repeat(100_000), { qos: 1 });
    await until('site-1/NL43-01/dod');
    expect(got).toEqual(['site-1/NL43-01/dod']);
  });

  it('is not trusted by who does not know its issuer', async () => {
    const { signIn } = await startSecure();
    await expect(signIn('site-1', 'secret-1')).rejects.toThrow(/self-signed certificate/);
  });

  it('takes no word that is not encrypted, and no old TLS', async () => {
    const { port, refused } = await startSecure();
    const plain = raw(port);
    plain.write(connectPacket('site-1', 'secret-1'));
    expect((await received(plain)).includes(Buffer.from([0x20, 0x02]))).toBe(false);
    const old = connectTls({ port, host: '127.0.0.1', ca: CERTIFICATE.cert, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' });
    await expect(once(old, 'secureConnect')).rejects.toThrow();
    await expect.poll(async () => (await refused())['tls']).toBeGreaterThanOrEqual(1);
  });

  it('closes a connection that never begins to encrypt, in five seconds', async () => {
    const { port, refused } = await startSecure();
    await once(raw(port), 'close');
    expect((await refused())['tls']).toBe(1);
  }, 15_000);

  it('lets two hundred of one address begin and no more, and ends at once although they have said nothing', async () => {
    const { broker, port, refused } = await startSecure();
    const silent = Array.from({ length: 201 }, () => raw(port));
    await expect.poll(async () => (await refused())['too-many-strangers']).toBe(1);
    expect(silent.filter((socket) => !socket.closed).length).toBeGreaterThanOrEqual(200);
    const startMs = performance.now();
    await broker.close();
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });
});
