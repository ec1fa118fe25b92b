import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Webhook } from 'standardwebhooks';
import type { Delivery, Message } from '../../notify/channel.ts';
import { receiverSchema } from '../../notify/receiver.ts';
import { createWebhookChannel, webhookUrlProblem, type WebhookOptions } from './webhook-channel.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const message: Message = {
  id: 'msg_1',
  createdMs: 0,
  subject: 's',
  text: 't',
  html: 'h',
  data: { type: 'alert.onset', data: { unit: 'NL43-01' } },
};
const receiver = receiverSchema.parse({ id: 'ann', name: 'Ann', channels: [{ kind: 'log' }] });
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(answer: (request: IncomingMessage, response: ServerResponse, body: string) => void): Promise<number> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => answer(request, response, body));
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

function send(url: string, options: Partial<WebhookOptions> = {}): Promise<Delivery> {
  const channel = createWebhookChannel({ allowPrivate: true, nowMs: () => Date.now(), timeoutMs: 500, ...options });
  return channel.send(message, { kind: 'webhook', url, secrets: [SECRET], disabled: null }, receiver);
}

describe('webhook channel', () => {
  it('delivers what the reference verifier accepts, and what it refuses once a byte is changed', async () => {
    const verdicts: string[] = [];
    const port = await listen((request, response, body) => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      const verify = (text: string): string => {
        try {
          new Webhook(SECRET).verify(text, headers);
          return 'accepted';
        } catch {
          return 'refused';
        }
      };
      verdicts.push(verify(body), verify(body.replace('01', '02')), headers['webhook-id'] ?? '');
      response.writeHead(204).end();
    });
    expect(await send(`http://127.0.0.1:${port}/hook`)).toEqual({ kind: 'delivered', detail: 'HTTP 204' });
    expect(verdicts).toEqual(['accepted', 'refused', 'msg_1']);
  });

  it('is accepted by whoever knows either secret while one replaces the other', async () => {
    const next = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
    const accepted: boolean[] = [];
    const port = await listen((request, response, body) => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      for (const secret of [SECRET, next, 'whsec_AAAAsBQIhrscChlQIMV+b5sSYspob7oD']) {
        try {
          new Webhook(secret).verify(body, headers);
          accepted.push(true);
        } catch {
          accepted.push(false);
        }
      }
      response.end();
    });
    const channel = createWebhookChannel({ allowPrivate: true, nowMs: () => Date.now() });
    const url = `http://127.0.0.1:${port}/`;
    await channel.send(message, { kind: 'webhook', url, secrets: [next, SECRET], disabled: null }, receiver);
    expect(accepted).toEqual([true, true, false]);
  });

  it.each([
    [500, { kind: 'failed', detail: 'HTTP 500', retryAfterS: 7 }],
    [302, { kind: 'failed', detail: 'HTTP 302', retryAfterS: 7 }],
    [410, { kind: 'rejected', disable: true }],
  ])('takes HTTP %i for what it is', async (status, expected) => {
    const port = await listen((_request, response) =>
      response.writeHead(status, { 'retry-after': '7', location: 'http://127.0.0.1:1/' }).end(),
    );
    expect(await send(`http://127.0.0.1:${port}/`)).toMatchObject(expected);
  });

  it('gives up on a receiver that never answers, and on one that answers for ever', async () => {
    const silent = await listen(() => undefined);
    expect(await send(`http://127.0.0.1:${silent}/`)).toMatchObject({ kind: 'failed' });
    const endless = await listen((_request, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'.repeat(1000)), 1);
      response.on('close', () => clearInterval(timer));
    });
    expect(await send(`http://127.0.0.1:${endless}/`)).toMatchObject({ kind: 'delivered' });
  });

  it('does not connect to a name that points into our own network, whatever stands beside it', async () => {
    let called = false;
    const port = await listen((_request, response) => {
      called = true;
      response.end();
    });
    const mixed = [
      { address: '93.184.216.34', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
    const delivery = await send('https://hooks.example/', { allowPrivate: false, lookup: () => Promise.resolve(mixed) });
    expect(delivery).toMatchObject({ kind: 'failed', detail: expect.stringContaining('not a public address') });
    expect(await send(`http://127.0.0.1:${port}/`, { allowPrivate: false })).toMatchObject({ kind: 'rejected' });
    expect(called).toBe(false);
  });

  it.each([
    'http://example.org/',
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://0x7f000001/',
    'https://2130706433/',
    'https://example.org:22/',
    'https://user@example.org/',
    'ftp://example.org/',
    'file:///etc/passwd',
    'https://[::ffff:10.0.0.1]/',
    'https://0/',
    'nonsense',
  ])('refuses the address %s', (url) => {
    expect(webhookUrlProblem(url, false)).not.toBeNull();
  });

  it('accepts an ordinary https address', () => {
    expect(webhookUrlProblem('https://hooks.example.org/a?b=c', false)).toBeNull();
  });
});
