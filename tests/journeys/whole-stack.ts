/** Meters, edge and hub together in one process, over real sockets, broker and database, in a folder of their own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Edge, readEdgeSettings, startEdge } from '@slmm/edge-agent';
import { type HubSettings, readHubSettings, type RunningHub, startHub } from '@slmm/hub';
import { createLogger } from '@slmm/shared';
import { type Simulator, type SimulatorOptions, startSimulator } from '@slmm/simulator';

export const ADMIN_TOKEN = 'admin-token-of-the-journeys';
const EDGE = 'site';
const silent = createLogger('journey', 'silent');

export interface WholeStack {
  readonly edgeId: string;
  readonly meters: Simulator;
  readonly dataDir: string;
  hub: RunningHub;
  edge: Edge;
  /** Name and password of the edge at the broker. */
  readonly secret: string;
  ask(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: any }>;
  /** Stops the hub and starts it again on the same port and folder. */
  restartHub(): Promise<void>;
  stopHub(): Promise<void>;
  startHub(): Promise<void>;
  restartEdge(): Promise<void>;
  close(): Promise<void>;
}

/** Starts everything; the units are named as the meters are. */
export async function startWholeStack(
  options: SimulatorOptions & {
    readonly hub?: Readonly<Record<string, string>>;
    readonly edge?: Readonly<Record<string, string>>;
  } = {},
): Promise<WholeStack> {
  const dataDir = await mkdtemp(join(tmpdir(), 'slmm-stack-'));
  const meters = await startSimulator({ count: 1, measuring: true, ...options });
  let ports = { http: 0, mqtt: 0 };
  const bootHub = async (): Promise<RunningHub> => {
    const environment = {
      SLMM_DATA_DIR: join(dataDir, 'hub'),
      SLMM_HTTP_PORT: String(ports.http),
      SLMM_ADMIN_TOKEN: ADMIN_TOKEN,
      ...options.hub,
    };
    const read = readHubSettings([], environment);
    if (read.kind !== 'ok') throw new Error(JSON.stringify(read));
    const settings: HubSettings = { ...read.settings, mqttPort: ports.mqtt === 0 ? 'ephemeral' : ports.mqtt };
    const hub = await startHub(settings, { log: silent });
    ports = { http: hub.httpPort, mqtt: hub.mqttPort ?? 0 };
    return hub;
  };
  const ask: WholeStack['ask'] = async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${ports.http}${path}`, {
      method,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  };
  const hub = await bootHub();
  const secret = String((await ask('POST', '/api/v1/edges', { edge: EDGE })).body.secret);
  for (const meter of meters.meters) {
    const unit = {
      unit_id: meter.name,
      host: '127.0.0.1',
      tcp_port: meter.port,
      ftp_port: meter.ftpPort,
      ftp_enabled: true,
      ftp_username: 'USER',
      ftp_password: '0000',
    };
    const answer = await ask('POST', '/api/nl43/roster', unit);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  }
  const bootEdge = (): Promise<Edge> => {
    const environment = {
      SLMM_EDGE_ID: EDGE,
      SLMM_MQTT_URL: `mqtt://127.0.0.1:${ports.mqtt}`,
      SLMM_MQTT_PASSWORD: secret,
      SLMM_DATA_DIR: dataDir,
      SLMM_EDGE_SYNC_MS: '10',
      ...options.edge,
    };
    const read = readEdgeSettings([], environment);
    if (read.kind !== 'ok') throw new Error(JSON.stringify(read));
    return startEdge(read.settings, { log: silent });
  };
  const stack: WholeStack = {
    edgeId: EDGE,
    meters,
    dataDir,
    hub,
    edge: await bootEdge(),
    secret,
    ask,
    stopHub: () => stack.hub.close(),
    startHub: async () => {
      stack.hub = await bootHub();
    },
    restartHub: async () => {
      await stack.hub.close();
      stack.hub = await bootHub();
    },
    restartEdge: async () => {
      await stack.edge.close();
      stack.edge = await bootEdge();
    },
    close: async () => {
      await stack.edge.close();
      await stack.hub.close();
      await meters.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return stack;
}

/** Waits for a fact; says which one never came. */
export async function eventually<T>(
  fact: string,
  look: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  limitMs = 30_000,
): Promise<T> {
  const endMs = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() > endMs) throw new Error(`never came true in ${limitMs} ms: ${fact}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
