import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openTcpMeterLink } from './tcp-meter-link.ts';
import { probeTcpPort } from './tcp-port-probe.ts';

/** A listener on a free port; what a test opens there is gone when it ends. */
async function listen(
  onSocket: (socket: Socket) => void,
  allowHalfOpen = false,
): Promise<{ readonly server: Server; readonly port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port };
}

async function closedPort(): Promise<number> {
  const { server, port } = await listen(() => undefined);
  server.close();
  await once(server, 'close');
  return port;
}

/** Opens a link and writes down its calls; each can be awaited. */
function open(port: number) {
  const calls: string[] = [];
  const waiting = new Map<string, () => void>();
  const note = (kind: string, detail = ''): void => {
    calls.push(`${kind}${detail}`);
    waiting.get(kind)?.();
  };
  const link = openTcpMeterLink(
    { host: '127.0.0.1', port },
    {
      connected: () => note('connected'),
      bytes: (chunk) => note('bytes', ` ${Buffer.from(chunk).toString('latin1')}`),
      ended: (cause) => note('ended', ` ${cause}`),
    },
  );
  const next = (kind: string): Promise<void> => new Promise((resolve) => waiting.set(kind, resolve));
  return { link, calls, next };
}

describe('a TCP meter link', () => {
  it('tells of connection, bytes and the end by the meter, in order and once each', async () => {
    const { port } = await listen((socket) => socket.on('data', (bytes) => socket.end(`got ${bytes.toString('latin1')}`)));
    const { link, calls, next } = open(port);
    await next('connected');
    link.send(Buffer.from('DOD?'));
    await next('ended');
    link.close();
    expect(calls).toEqual(['connected', 'bytes got DOD?', 'ended closed']);
  });

  it('tells a refused connection from a closed one', async () => {
    const { calls, next } = open(await closedPort());
    await next('ended');
    expect(calls).toEqual(['ended refused']);
  });

  it('ends its side with FIN, so that the meter frees its slot', async () => {
    let ended: Promise<unknown> = Promise.resolve();
    const { port } = await listen((socket) => {
      ended = once(socket.resume(), 'end');
    });
    const { link, calls, next } = open(port);
    await next('connected');
    link.close();
    await next('ended');
    await ended;
    expect(calls).toEqual(['connected', 'ended closed']);
  });

  it('does not wait for ever for a meter that leaves the FIN unanswered, and passes nothing on meanwhile', async () => {
    const { port } = await listen((socket) => socket.on('end', () => socket.write('too late')).resume(), true);
    const { link, calls, next } = open(port);
    await next('connected');
    link.close();
    await next('ended');
    expect(calls).toEqual(['connected', 'ended closed']);
  });

  it('can be closed before it is connected', async () => {
    const { port } = await listen(() => undefined);
    const { link, calls, next } = open(port);
    link.close();
    link.close();
    await next('ended');
    expect(calls).toEqual(['ended unreachable']);
  });
});

describe('a look at a port', () => {
  it('tells an open port from a refusing one', async () => {
    const { port } = await listen(() => undefined);
    expect(await probeTcpPort({ host: '127.0.0.1', port })).toBe('open');
    expect(await probeTcpPort({ host: '127.0.0.1', port: await closedPort() })).toBe('refused');
  });
});
