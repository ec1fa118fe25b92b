import type { CoverageReport } from '@slmm/protocol';
import { createLogger, FakeClock, type Logger, toInstant } from '@slmm/shared';
import { Access, type AccessMode } from '../../access/access.ts';
import type { Role } from '../../access/identity.ts';
import { AlertEngine } from '../../alerts/engine.ts';
import type { ApiServices, BrokerPlace } from '../../api/services.ts';
import type { CardFiles } from '../../fleet/card-files.ts';
import { History } from '../../history/history.ts';
import { Outbox } from '../../notify/outbox.ts';
import { EXAMPLE_START_MS } from '../../live/live-example.ts';
import { createMetrics } from '../../metrics.ts';
import { exampleFleet } from '../memory/example-fleet.ts';
import { MemoryAlertStore } from '../memory/memory-alert-store.ts';
import { MemoryAccessStore } from '../memory/memory-access-store.ts';
import { MemoryAnnotationStore } from '../memory/memory-annotation-store.ts';
import type { MemoryFleet } from '../memory/memory-fleet.ts';
import { MemoryHistoryStore } from '../memory/memory-history-store.ts';
import { MemoryReadingStore } from '../memory/memory-reading-store.ts';
import { MemoryStatusNoteStore, MemoryUnitLogStore } from '../memory/memory-unit-log-store.ts';
import type { CertificateFiles } from '../tls/certificate.ts';
import { createHttpServer, type HttpServer } from './http-server.ts';

export const ADMIN_TOKEN = 'admin-token-of-the-tests';

/** A hub's server on a free port, over stores in memory and a clock that stands still until the test moves it. */
export interface ExampleServer {
  readonly http: HttpServer;
  /** `http://127.0.0.1:…`. */
  readonly base: string;
  readonly fleet: MemoryFleet;
  readonly readings: MemoryReadingStore;
  readonly access: Access;
  readonly clock: FakeClock;
  readonly services: ApiServices;
  /** Reasons why this hub is not ready; empty until a test says otherwise. */
  readonly notReady: string[];
  /** A request with a token (the admin's unless another or `null` is given) and a JSON body. */
  ask(
    method: string,
    path: string,
    more?: { readonly body?: unknown; readonly token?: string | null; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<Response>;
  /** A new token. */
  token(role: Role, units?: readonly string[] | null): Promise<string>;
}

export async function startExample(
  options: {
    readonly mode?: AccessMode;
    readonly webRoot?: string;
    readonly units?: readonly string[];
    readonly compatTimes?: 'naive' | 'z';
    readonly broker?: BrokerPlace;
    readonly trustedAddresses?: readonly string[];
    readonly log?: Logger;
    readonly cardFiles?: CardFiles;
    readonly certificate?: CertificateFiles;
    /** Gaps that the ledger names in every period. */
    readonly gaps?: CoverageReport['gaps'];
  } = {},
): Promise<ExampleServer> {
  const fleet = await exampleFleet(...(options.units ?? []));
  const clock = new FakeClock(EXAMPLE_START_MS + 60_000);
  const access = new Access({
    mode: options.mode ?? 'required',
    store: new MemoryAccessStore({ edgeSecretHash: () => null }),
    clock,
  });
  await access.ensureAdmin(ADMIN_TOKEN);
  const readings = new MemoryReadingStore();
  const annotations = new MemoryAnnotationStore();
  const log = options.log ?? createLogger('test', 'silent');
  const alertStore = new MemoryAlertStore();
  const engine = new AlertEngine({
    store: alertStore,
    readings,
    clock,
    log,
    zoneOf: () => 'Europe/Berlin',
    edgeOf: () => 'demo',
    edges: () => [{ edge: 'demo', online: true }],
    announce: () => undefined,
  });
  await engine.start();
  const outbox = new Outbox({
    store: alertStore,
    senders: [],
    receiver: () => null,
    clock,
    random: () => 0,
    log,
    disable: () => Promise.resolve(),
  });
  const notReady: string[] = [];
  const services: ApiServices = {
    fleet,
    readings,
    history: new History(new MemoryHistoryStore(readings), annotations),
    annotations,
    access,
    coverage: (unit, fromMs, toMs) => {
      const expected = Math.floor((toMs - fromMs) / 1000);
      return Promise.resolve({
        unit,
        expected_from: toInstant(fromMs),
        expected,
        live: expected,
        late: 0,
        lost: 0,
        coverage: 1,
        gaps: options.gaps ?? [],
      });
    },
    alerts: { engine, store: alertStore, outbox, listen: () => () => undefined, webhookProblem: () => null },
    unitLog: new MemoryUnitLogStore(),
    statusNotes: new MemoryStatusNoteStore(),
    cardFiles: options.cardFiles ?? null,
    viewersOf: () => 0,
    releasedSlots: new Set(),
    broker: () => options.broker ?? { kind: 'own', port: 1883, isTls: false },
    compatTimes: options.compatTimes ?? 'naive',
    metrics: createMetrics(false),
    readiness: () => Promise.resolve(notReady),
    clock,
    timezone: 'Europe/Berlin',
    log,
  };
  const http = createHttpServer({
    services,
    host: '127.0.0.1',
    port: 0,
    certificate: options.certificate ?? null,
    webRoot: options.webRoot ?? null,
    trustedAddresses: options.trustedAddresses ?? [],
  });
  const { port } = await http.listen();
  const base = `${options.certificate === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  return {
    http,
    base,
    fleet,
    readings,
    access,
    clock,
    services,
    notReady,
    ask: (method, path, more = {}) => {
      const token = more.token === undefined ? ADMIN_TOKEN : more.token;
      const body = more.body === undefined ? null : typeof more.body === 'string' ? more.body : JSON.stringify(more.body);
      const headers = {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === null ? {} : { 'content-type': 'application/json' }),
        ...more.headers,
      };
      return fetch(`${base}${path}`, { method, headers, body, redirect: 'manual' });
    },
    token: async (role, units = null) => (await access.issueToken({ name: `a ${role}`, role, units })).token,
  };
}
