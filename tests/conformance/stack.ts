/** Hub, edge and four meters at a held 65 dB in one process, as the recording had them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { readEdgeSettings, startEdge } from '@slmm/edge-agent';
import { readHubSettings, startHub } from '@slmm/hub';
import { createLogger } from '@slmm/shared';
import { type Simulator, startSimulator } from '@slmm/simulator';
import { Bench } from './bench.ts';

export const ADMIN_TOKEN = 'admin-token-of-the-conformance';
const EDGE = 'site';
const LEVEL_DB = 65;

export interface ConformanceStack {
  readonly url: string;
  readonly ports: Readonly<Record<number, number>>;
  readonly meters: Simulator;
  readonly bench: Bench;
  close(): Promise<void>;
}

/** A port that nobody listens on. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** `measuring`: whether the meters measure from the start on. */
export async function startConformanceStack(measuring = true): Promise<ConformanceStack> {
  const dataDir = await mkdtemp(join(tmpdir(), 'slmm-conformance-'));
  const log = createLogger('conformance', 'silent');
  const meters = await startSimulator({ count: 4, measuring, controlPort: 0, levelsDb: new Float32Array(60).fill(LEVEL_DB) });
  const hubSettings = readHubSettings([], {
    SLMM_DATA_DIR: join(dataDir, 'hub'),
    SLMM_HTTP_PORT: '0',
    SLMM_ADMIN_TOKEN: ADMIN_TOKEN,
  });
  if (hubSettings.kind !== 'ok') throw new Error(JSON.stringify(hubSettings));
  const hub = await startHub({ ...hubSettings.settings, mqttPort: 'ephemeral' }, { log });
  const url = `http://127.0.0.1:${hub.httpPort}`;
  const ask = async (method: string, path: string, body?: unknown): Promise<{ status: number; body: any }> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as any };
  };
  const { secret } = (await ask('POST', '/api/v1/edges', { edge: EDGE })).body;
  const edgeSettings = readEdgeSettings([], {
    SLMM_EDGE_ID: EDGE,
    SLMM_MQTT_URL: `mqtt://127.0.0.1:${hub.mqttPort}`,
    SLMM_MQTT_PASSWORD: String(secret),
    SLMM_DATA_DIR: dataDir,
    SLMM_EDGE_SYNC_MS: '10',
  });
  if (edgeSettings.kind !== 'ok') throw new Error(JSON.stringify(edgeSettings));
  const edge = await startEdge(edgeSettings.settings, { log });
  const dead = [await deadPort(), await deadPort()];
  const ports: Record<number, number> = { 22999: dead[0] ?? 0, 22998: dead[1] ?? 0 };
  for (const [index, meter] of meters.meters.entries()) {
    ports[22551 + index] = meter.port;
    ports[22151 + index] = meter.ftpPort;
  }
  const isOnline = async (): Promise<boolean> => (await ask('GET', '/api/v1/edges')).body.edges[0]?.state?.state === 'online';
  for (let tries = 0; !(await isOnline()); tries += 1) {
    if (tries > 200) throw new Error('the edge never came online');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    ports,
    meters,
    bench: new Bench({
      hub: { ask },
      control: `http://127.0.0.1:${meters.controlPort}`,
      meters: { a: 'NL43-01', b: 'NL43-02' },
      finishManually: async () => {
        const { meter } = meters.meter('NL43-01');
        meter.set('Store Mode', 'Manual');
        for (const order of ['start', 'stop']) await ask('POST', `/api/nl43/nl43-x/${order}`);
      },
    }),
    close: async () => {
      await edge.close();
      await hub.close();
      await meters.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
