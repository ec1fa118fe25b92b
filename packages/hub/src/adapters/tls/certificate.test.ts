import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type Server } from 'node:tls';
import { createLogger, FakeClock } from '@slmm/shared';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type CertificateFiles, readCertificate, serveCertificate } from './certificate.ts';
import { CERTIFICATE, RENEWED_CERTIFICATE, writeCertificate } from './example-certificate.ts';

const HOUR_MS = 3_600_000;

function files(): CertificateFiles {
  const directory = mkdtempSync(join(tmpdir(), 'slmm-tls-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return writeCertificate(directory, CERTIFICATE);
}

/** A server with the files, the clock that lets it look again, and what it logged. */
async function serve(of: CertificateFiles, nowMs = Date.UTC(2026, 10, 25)) {
  const clock = new FakeClock(nowMs);
  const lines: string[] = [];
  const log = createLogger('test', 'info', { write: (line: string) => void lines.push(line) });
  const server = createServer((socket) => socket.end());
  const stop = serveCertificate(server, of, { clock, log });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    stop();
    server.close();
    await once(server, 'close');
  });
  return { server, clock, lines };
}

/** Whether a client that trusts this certificate alone gets in. */
async function isTrusted(server: Server, ca: string): Promise<boolean> {
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', ca });
  const verdict = await Promise.race([
    once(socket, 'secureConnect').then(() => true),
    once(socket, 'error').then(
      () => false,
      () => false,
    ),
  ]).catch(() => false);
  socket.destroy();
  return verdict;
}

describe('a certificate', () => {
  it('is refused in words when a file is missing or the key belongs to another', () => {
    const own = files();
    expect(() => readCertificate({ ...own, key: '/nowhere/hub.key' })).toThrow(/\/nowhere\/hub\.key cannot be read: .*ENOENT/);
    writeFileSync(own.key, RENEWED_CERTIFICATE.key);
    expect(() => readCertificate(own)).toThrow(/are no certificate and its key: .*mismatch/);
    writeFileSync(own.cert, 'nothing of the kind');
    expect(() => readCertificate(own)).toThrow(/are no certificate and its key/);
  });

  it('is taken into use within the hour in which it was renewed, and not before', async () => {
    const own = files();
    const { server, clock, lines } = await serve(own);
    writeFileSync(own.cert, RENEWED_CERTIFICATE.cert);
    writeFileSync(own.key, RENEWED_CERTIFICATE.key);
    expect(await isTrusted(server, CERTIFICATE.cert)).toBe(true);
    clock.advance(HOUR_MS);
    expect(await isTrusted(server, RENEWED_CERTIFICATE.cert)).toBe(true);
    expect(await isTrusted(server, CERTIFICATE.cert)).toBe(false);
    expect(lines.join()).toContain('renewed');
  });

  it('stays in use when the renewed one is half written, and gives way once it is whole', async () => {
    const own = files();
    const { server, clock, lines } = await serve(own);
    writeFileSync(own.cert, RENEWED_CERTIFICATE.cert);
    clock.advance(HOUR_MS);
    expect(await isTrusted(server, CERTIFICATE.cert)).toBe(true);
    expect(lines.join()).toContain('the one before stays in force');
    writeFileSync(own.key, RENEWED_CERTIFICATE.key);
    clock.advance(HOUR_MS);
    expect(await isTrusted(server, RENEWED_CERTIFICATE.cert)).toBe(true);
  });

  it('says a week before that it ends', async () => {
    const endMs = Date.parse(new X509Certificate(CERTIFICATE.cert).validTo);
    const { clock, lines } = await serve(files(), endMs - 7 * 24 * HOUR_MS - 90 * 60_000);
    clock.advance(HOUR_MS);
    expect(lines).toEqual([]);
    clock.advance(HOUR_MS);
    expect(lines.join()).toContain('the certificate ends soon');
  });
});
