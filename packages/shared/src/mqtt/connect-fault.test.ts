import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { connect } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { connectFault } from './connect-fault.ts';

const fault = (code: string, message = 'words of Node'): Error => Object.assign(new Error(message), { code });

it.each([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'NODE_EXTRA_CA_CERTS'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'NODE_EXTRA_CA_CERTS'],
  ['CERT_HAS_EXPIRED', 'renew'],
  ['CERT_NOT_YET_VALID', 'clock'],
])('says of %s what to do', (code, what) => {
  expect(connectFault(fault(code))).toContain(what);
});

it('knows an end that hangs up at the first word of TLS', async () => {
  const server = createServer((socket) => socket.once('data', () => socket.destroy())).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const [error] = (await once(connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' }), 'error').catch(
    (thrown: unknown) => [thrown],
  )) as [Error];
  expect(connectFault(error)).toContain('instead of agreeing on TLS');
});

it('leaves other faults as they are', () => {
  expect(connectFault(fault('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:9'))).toBe('connect ECONNREFUSED 127.0.0.1:9');
  expect(connectFault(new Error('no code'))).toBe('no code');
});

it('knows a port that speaks no TLS by what Node says of it', async () => {
  const server = createServer((socket) => socket.end('no TLS here')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const [error] = (await once(connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' }), 'error').catch(
    (thrown: unknown) => [thrown],
  )) as [Error];
  expect(connectFault(error)).toContain('the port speaks no TLS');
});
