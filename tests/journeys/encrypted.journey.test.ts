import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { readHubSettings, startHub } from '@slmm/hub';
import { CERTIFICATE, writeCertificate } from '@slmm/hub/testing';
import { createLogger, toInstant } from '@slmm/shared';
import { startSimulator } from '@slmm/simulator';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from './whole-stack.ts';

const PROGRAM = fileURLToPath(new URL('../../packages/edge-agent/bin/slmm-edge.js', import.meta.url));
const ADMIN_TOKEN = 'admin-token-of-the-test';

/** A hub that speaks nothing but TLS, one meter, and the program of an edge that trusts its certificate or nothing. */
async function start(trusts: boolean) {
  const directory = await mkdtemp(join(tmpdir(), 'slmm-tls-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const { cert, key } = writeCertificate(directory, CERTIFICATE);
  const read = readHubSettings([], {
    SLMM_DATA_DIR: join(directory, 'hub'),
    SLMM_HTTP_PORT: '0',
    SLMM_ADMIN_TOKEN: ADMIN_TOKEN,
    SLMM_HTTP_TLS_CERT: cert,
    SLMM_HTTP_TLS_KEY: key,
    SLMM_MQTT_TLS_CERT: cert,
    SLMM_MQTT_TLS_KEY: key,
  });
  if (read.kind !== 'ok') throw new Error(JSON.stringify(read));
  const hub = await startHub({ ...read.settings, mqttPort: 'ephemeral' }, { log: createLogger('journey', 'silent') });
  onTestFinished(() => hub.close());
  const ask = async (method: string, path: string, body?: object): Promise<any> => {
    const asking = request(`https://127.0.0.1:${hub.httpPort}${path}`, {
      method,
      ca: CERTIFICATE.cert,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    });
    asking.end(body === undefined ? undefined : JSON.stringify(body));
    const [answer] = await once(asking, 'response');
    return JSON.parse(await text(answer));
  };
  const meters = await startSimulator({ count: 1, measuring: true });
  onTestFinished(() => meters.close());
  const { secret, broker } = await ask('POST', '/api/v1/edges', { edge: 'site' });
  for (const { name, port } of meters.meters)
    await ask('POST', '/api/nl43/roster', { unit_id: name, host: '127.0.0.1', tcp_port: port, edge_id: 'site' });
  const edge = spawn(process.execPath, [PROGRAM], {
    env: {
      PATH: process.env['PATH'],
      ...(trusts ? { NODE_EXTRA_CA_CERTS: cert } : {}),
      SLMM_EDGE_ID: 'site',
      SLMM_MQTT_URL: `mqtts://127.0.0.1:${hub.mqttPort}`,
      SLMM_MQTT_PASSWORD: secret,
      SLMM_DATA_DIR: join(directory, 'edge'),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => end(edge));
  let log = '';
  edge.stderr.on('data', (bytes: Buffer) => (log += bytes.toString()));
  return { ask, broker, unit: meters.meters[0]?.name ?? '', log: () => log };
}

async function end(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null) return;
  program.kill('SIGTERM');
  await once(program, 'exit');
}

it('brings frames from the meter into the history over encrypted connections alone', async () => {
  const { ask, broker, unit } = await start(true);
  expect(broker).toMatchObject({ tls: true });
  const from = toInstant(Date.now() - 60_000);
  await eventually('three readings are there', async () => {
    const { readings } = await ask('GET', `/api/v1/units/${unit}/readings?from=${from}&to=${toInstant(Date.now() + 60_000)}`);
    return readings.length >= 3;
  });
});

it('tells whoever reads the log of an edge that it does not trust the hub, and sends nothing', async () => {
  const { ask, log } = await start(false);
  await eventually('the log says so', () => log().includes('NODE_EXTRA_CA_CERTS'));
  expect((await ask('GET', '/api/v1/edges')).edges).toMatchObject([{ edge: 'site', online: false, last_seen: null }]);
});
