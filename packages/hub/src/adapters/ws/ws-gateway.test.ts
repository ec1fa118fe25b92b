import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { EXAMPLE_EPOCH, exampleFrame, UNREACHABLE } from '../../live/live-example.ts';
import { ADMIN_TOKEN, type ExampleServer, startExample } from '../http/server-example.ts';

type Message = Record<string, unknown>;

let server: ExampleServer;
const opened: WebSocket[] = [];
beforeEach(async () => {
  server = await startExample({ units: ['a', 'b'] });
});
afterEach(async () => {
  for (const socket of opened.splice(0)) socket.terminate();
  await server.http.close();
});

interface Watcher {
  readonly socket: WebSocket;
  readonly messages: Message[];
}

const bearer = { authorization: `Bearer ${ADMIN_TOKEN}` };

/** An open socket, or the status of the refusal. */
async function open(path: string, headers: Record<string, string> = bearer): Promise<Watcher | number> {
  const socket = new WebSocket(`${server.base.replace('http', 'ws')}${path}`, { headers });
  opened.push(socket);
  const messages: Message[] = [];
  socket.on('message', (bytes: Buffer) => messages.push(JSON.parse(bytes.toString()) as Message));
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.on('open', () => resolve({ socket, messages }));
    socket.on('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
  });
}

async function watch(path: string, headers?: Record<string, string>): Promise<Watcher> {
  const watcher = await open(path, headers);
  if (typeof watcher === 'number') throw new Error(`refused with ${watcher}`);
  return watcher;
}

const arrived = (watcher: Watcher, count: number): Promise<void> =>
  vi.waitFor(() => expect(watcher.messages.length).toBeGreaterThanOrEqual(count));

async function cookieOf(): Promise<string> {
  const response = await server.ask('GET', `/sign-in?token=${ADMIN_TOKEN}`, { token: null });
  return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

describe('who may open a socket', () => {
  it.each(['/api/nl43/a/monitor', '/api/v1/live'])(
    '%s: a token in the header or the address, or a session of the page',
    async (path) => {
      expect(await open(path, {})).toBe(401);
      expect(await open(path, { authorization: 'Bearer wrong' })).toBe(401);
      expect(await open(`${path}?token=wrong`, {})).toBe(401);
      expect(typeof (await open(path))).toBe('object');
      expect(typeof (await open(`${path}?token=${ADMIN_TOKEN}`, {}))).toBe('object');
      const cookie = await cookieOf();
      expect(typeof (await open(path, { cookie, origin: server.base }))).toBe('object');
      expect(await open(path, { cookie, origin: 'https://evil.example' })).toBe(403);
      expect(await open(path, { cookie })).toBe(403);
    },
  );

  it('a token for one unit opens no other', async () => {
    const token = await server.token('viewer', ['a']);
    expect(await open('/api/nl43/b/monitor', { authorization: `Bearer ${token}` })).toBe(403);
    expect(typeof (await open('/api/nl43/a/monitor', { authorization: `Bearer ${token}` }))).toBe('object');
  });

  it('addresses that are none, and units that cannot be, are not found', async () => {
    for (const path of ['/api/nl43/..%2f/monitor', '/api/nl43/a/b/monitor', '/api/nl43/hub/monitor', '/', '/api/v1/units']) {
      expect([path, await open(path)]).toEqual([path, 404]);
    }
  });

  it('a revoked token loses its sockets', async () => {
    const issued = await server.access.issueToken({ name: 'x', role: 'viewer', units: null });
    const [live, monitor] = [
      await watch('/api/v1/live', { authorization: `Bearer ${issued.token}` }),
      await watch('/api/nl43/a/monitor', { authorization: `Bearer ${issued.token}` }),
    ];
    const other = await watch('/api/nl43/a/monitor');
    const closed = Promise.all([once(live.socket, 'close'), once(monitor.socket, 'close')]);
    await server.access.revokeToken(issued.id);
    expect((await closed).map(([code]) => code as number)).toEqual([1008, 1008]);
    expect(other.socket.readyState).toBe(WebSocket.OPEN);
  });

  it('a session that ends loses its sockets within 10 s', async () => {
    const cookie = await cookieOf();
    const { socket } = await watch('/api/v1/live', { cookie, origin: server.base });
    const closed = once(socket, 'close');
    await server.ask('DELETE', '/api/v1/session', { token: null, headers: { cookie, origin: server.base } });
    server.clock.advance(5_000);
    expect((await closed)[0]).toBe(1008);
  });
});

describe('a socket', () => {
  it('carries the monitor: last frame at once, then each new one, and one word when the unit is lost', async () => {
    server.fleet.tellFrame(exampleFrame('a', 1));
    const watcher = await watch('/api/nl43/a/monitor');
    await arrived(watcher, 1);
    server.fleet.tellFrame(exampleFrame('a', 2));
    server.fleet.tellState('a', UNREACHABLE);
    await arrived(watcher, 3);
    expect(watcher.messages.map((message) => [message['timestamp'], Object.keys(message).length])).toEqual([
      ['2026-11-23T06:00:01', 14],
      ['2026-11-23T06:00:02', 14],
      ['2026-11-23T06:01:00', 3],
    ]);
  });

  it('of a unit that does not exist opens, and says unreachable', async () => {
    const watcher = await watch('/api/nl43/nobody/monitor');
    await arrived(watcher, 1);
    expect(watcher.messages).toEqual([{ unit_id: 'nobody', timestamp: '2026-11-23T06:01:00', feed_status: 'unreachable' }]);
  });

  it('carries many units on /api/v1/live, and what was missed since the last time', async () => {
    for (let seq = 1; seq <= 3; seq += 1) {
      const frame = exampleFrame('a', seq);
      await server.readings.append({
        readings: [{ frame, atMs: Date.parse(frame.at), late: false }],
        streams: [],
        deadLetters: [],
      });
      server.fleet.tellFrame(frame);
    }
    const watcher = await watch('/api/v1/live');
    watcher.socket.send(JSON.stringify({ type: 'subscribe', units: ['*'], after: { a: `${EXAMPLE_EPOCH}:1` } }));
    await vi.waitFor(() => expect(watcher.messages.filter((message) => message['type'] === 'frame')).toHaveLength(2));
    server.fleet.tellFrame(exampleFrame('b', 9));
    await vi.waitFor(() => expect(watcher.messages.at(-1)).toMatchObject({ type: 'frame', unit: 'b', frame: { seq: 9 } }));
  });

  it('takes no message over 64 kB', async () => {
    const { socket } = await watch('/api/v1/live');
    const closed = once(socket, 'close');
    socket.send('x'.repeat(70_000));
    expect((await closed)[0]).toBe(1009);
  });

  it('takes no end of tiny fragments', async () => {
    const { port } = new URL(server.base);
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      `GET /api/v1/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: ${bearer.authorization}\r\n\r\n`,
    );
    await once(socket, 'data');
    const closed = once(socket, 'close');
    const first = Buffer.from([0x01, 0x81, 0, 0, 0, 0, 0x61]);
    const more = Buffer.from([0x00, 0x81, 0, 0, 0, 0, 0x61]);
    socket.write(Buffer.concat([first, ...Array<Buffer>(131_000).fill(more)]));
    socket.resume();
    await closed;
  });

  it('closes politely when the hub stops', async () => {
    const { socket } = await watch('/api/nl43/a/monitor');
    const closed = once(socket, 'close');
    await server.http.close();
    expect((await closed)[0]).toBe(1001);
  });

  it('tells the edge that somebody watches', async () => {
    const { socket } = await watch('/api/nl43/a/monitor');
    expect(server.fleet.demands.get('a')).toMatchObject({ watched: true });
    socket.close();
    await once(socket, 'close');
    await vi.waitFor(() => {
      server.clock.advance(16_000);
      expect(server.fleet.demands.get('a')).toBeNull();
    });
  });
});

describe('a hub that stops', () => {
  it('does not wait for a socket of which it is not decided whether it is let in', async () => {
    const asked = vi.spyOn(server.access, 'identityOfToken').mockReturnValue(new Promise(() => undefined));
    void open('/api/v1/live');
    await vi.waitFor(() => expect(asked).toHaveBeenCalled());
    const startMs = performance.now();
    await server.http.close();
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });
});

describe('one viewer that reads nothing', () => {
  it('keeps nobody else waiting, costs a bounded amount, and then gets the newest frame and the count of what it missed', async () => {
    const others = await Promise.all(Array.from({ length: 20 }, () => watch('/api/nl43/a/monitor')));
    const frozen = await watch('/api/nl43/a/monitor');
    frozen.socket.pause();
    // Ten seconds in which nothing is heard of it: from its unanswered ping on it counts as slow, whatever the kernel would still take.
    for (let second = 0; second < 16; second += 1) {
      server.clock.advance(1_000);
      for (const { socket } of others) socket.ping();
      await Promise.all(others.map(({ socket }) => once(socket, 'pong')));
    }
    const frames = 500;
    for (let seq = 1; seq <= frames; seq += 1) server.fleet.tellFrame(exampleFrame('a', seq));
    await Promise.all(others.map((other) => arrived(other, frames)));
    expect(others.every((other) => other.messages.every((message) => message['missed'] === undefined))).toBe(true);
    expect(frozen.messages).toHaveLength(0);
    frozen.socket.resume();
    await arrived(frozen, 1);
    server.fleet.tellFrame(exampleFrame('a', frames + 1));
    await arrived(frozen, 2);
    const [first, second] = frozen.messages;
    expect(first).toMatchObject({ timestamp: '2026-11-23T06:08:20', missed: frames - 1 });
    expect(second).toMatchObject({ timestamp: '2026-11-23T06:08:21' });
    expect(second).not.toHaveProperty('missed');
  });
});
