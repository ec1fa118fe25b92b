import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, systemClock } from '@slmm/shared';
import { afterEach, expect, it, vi } from 'vitest';
import { closeLater, closeOpened, start } from '../broker/example-broker.ts';
import { CERTIFICATE, writeCertificate } from '../tls/example-certificate.ts';
import { MqttHubBus } from './mqtt-hub-bus.ts';

afterEach(closeOpened);

/** What a hub says in its log that looks for its broker there. */
function sayingAt(url: string, password: string | null): string[] {
  const said: string[] = [];
  const log = createLogger('test', 'warn', { write: (line) => void said.push(line) });
  const bus = MqttHubBus.open({ url, username: 'hub', password, boot: 'b', clock: systemClock, log, random: () => 0 });
  closeLater(() => bus.close());
  return said;
}

it('says why it has no broker: the password, or that the port speaks TLS or does not', async () => {
  const { port } = await start();
  const unknown = sayingAt(`mqtt://127.0.0.1:${port}`, 'wrong');
  await vi.waitFor(() => expect(unknown.join()).toContain('Bad username or password'));
  const encrypted = sayingAt(`mqtts://127.0.0.1:${port}`, 'wrong');
  await vi.waitFor(() => expect(encrypted.join()).toContain('does the port speak mqtt://'));
  const directory = mkdtempSync(join(tmpdir(), 'slmm-hub-bus-'));
  closeLater(async () => rmSync(directory, { recursive: true }));
  const secure = await start('required', writeCertificate(directory, CERTIFICATE));
  const plain = sayingAt(`mqtt://127.0.0.1:${secure.port}`, 'wrong');
  await vi.waitFor(() => expect(plain.join()).toContain('does its port speak mqtts://'));
});

it('says it once, however often it tries', async () => {
  const { refused, port } = await start();
  const said = sayingAt(`mqtt://127.0.0.1:${port}`, 'wrong');
  await expect.poll(async () => (await refused())['login'], { timeout: 5_000 }).toBeGreaterThanOrEqual(2);
  expect(said.length).toBe(1);
});
