import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import { receiverSchema } from '../../notify/receiver.ts';
import { createSmtpChannel } from './smtp-channel.ts';

const receiver = receiverSchema.parse({ id: 'ann', name: 'Ann', channels: [{ kind: 'log' }] });
const message = {
  id: 'ntf-1',
  createdMs: Date.UTC(2026, 5, 1),
  subject: 'Alarm at NL43-01',
  text: 'It is loud.',
  html: '<p>It is loud.</p>',
  data: {},
};
const closing: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A mail server that keeps what it gets, or refuses every recipient with `refuse`. */
async function mailServer(mails: string[], refuse?: number, signIns: string[] = [], refuseSender?: number): Promise<number> {
  const server = new SMTPServer({
    onMailFrom(_address, _session, callback) {
      if (refuseSender === undefined) callback();
      else callback(Object.assign(new Error('not from you'), { responseCode: refuseSender }));
    },
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    allowInsecureAuth: true,
    onAuth({ username }, _session, callback) {
      signIns.push(username ?? '');
      callback(null, { user: username });
    },
    onRcptTo(_address, _session, callback) {
      if (refuse === undefined) callback();
      else callback(Object.assign(new Error('no such person'), { responseCode: refuse }));
    },
    onData(stream, _session, callback) {
      let mail = '';
      stream.on('data', (chunk: Buffer) => (mail += chunk.toString()));
      stream.on('end', () => {
        mails.push(mail);
        callback();
      });
    },
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closing.push(() => new Promise<void>((done) => server.close(() => done())));
  return (server.server.address() as AddressInfo).port;
}

function send(port: number, who = '') {
  const channel = createSmtpChannel({
    url: `smtp://${who}127.0.0.1:${port}`,
    from: 'SLMM <alerts@example.org>',
    timeoutMs: 2000,
  });
  closing.push(() => channel.close());
  return channel.send(message, { kind: 'email', address: 'ann@example.org' }, receiver);
}

describe('smtp channel', () => {
  it('sends text and HTML with the notification as message id', async () => {
    const mails: string[] = [];
    expect(await send(await mailServer(mails))).toMatchObject({ kind: 'delivered' });
    expect(mails).toHaveLength(1);
    expect(mails[0]).toMatch(/^Message-ID: <ntf-1@slmm>/im);
    expect(mails[0]).toContain('multipart/alternative');
    expect(mails[0]).toContain('It is loud.');
  });

  it('signs in nowhere without encryption, not even where the server would take it', async () => {
    const signIns: string[] = [];
    const mails: string[] = [];
    const port = await mailServer(mails, undefined, signIns);
    expect(await send(port, 'ann:secret@')).toMatchObject({ kind: 'failed', detail: expect.not.stringContaining('secret') });
    expect([mails, signIns]).toEqual([[], []]);
  });

  it('takes it as final that there is no such person, and everything else as a reason to try again', async () => {
    expect(await send(await mailServer([], 554))).toMatchObject({ kind: 'failed' });
    expect(await send(await mailServer([], undefined, [], 550))).toMatchObject({ kind: 'failed' });
    expect(await send(await mailServer([], 550))).toMatchObject({ kind: 'rejected', disable: false });
    expect(await send(await mailServer([], 451))).toMatchObject({ kind: 'failed' });
    expect(await send(1)).toMatchObject({ kind: 'failed' });
  });
});
