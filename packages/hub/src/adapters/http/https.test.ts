import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { get as getSecurely } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { CERTIFICATE, writeCertificate } from '../tls/example-certificate.ts';
import { ADMIN_TOKEN, type ExampleServer, startExample } from './server-example.ts';

const ca = CERTIFICATE.cert;

async function startSecureServer(): Promise<ExampleServer> {
  const directory = mkdtempSync(join(tmpdir(), 'slmm-https-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const server = await startExample({ certificate: writeCertificate(directory, CERTIFICATE) });
  onTestFinished(() => server.http.close());
  return server;
}

const startSecure = async (): Promise<string> => (await startSecureServer()).base;

async function answerOf(base: string, path: string): Promise<IncomingMessage> {
  const [answer] = (await once(getSecurely(`${base}${path}`, { ca }), 'response')) as [IncomingMessage];
  answer.resume();
  return answer;
}

it('serves over https with its certificate, and tells the browser to keep its session to https', async () => {
  const base = await startSecure();
  expect((await answerOf(base, '/health')).statusCode).toBe(200);
  const signedIn = await answerOf(base, `/sign-in?token=${ADMIN_TOKEN}`);
  expect(signedIn.headers['set-cookie']?.join()).toContain('; Secure');
});

it('opens WebSockets over it', async () => {
  const base = await startSecure();
  const socket = new WebSocket(`${base.replace('https', 'wss')}/api/v1/live?token=${ADMIN_TOKEN}`, { ca });
  await once(socket, 'open');
  socket.close();
  await once(socket, 'close');
});

it('answers nobody who does not encrypt', async () => {
  const base = await startSecure();
  await expect(once(get(base.replace('https', 'http')), 'response')).rejects.toThrow(/socket hang up|ECONNRESET/);
});

it('ends at once although somebody is connected who never began to encrypt', async () => {
  const { http, base } = await startSecureServer();
  const silent = connect(Number(new URL(base).port), '127.0.0.1');
  onTestFinished(() => void silent.destroy());
  await once(http.server, 'connection');
  const startMs = performance.now();
  await http.close();
  expect(performance.now() - startMs).toBeLessThan(2_000);
});
