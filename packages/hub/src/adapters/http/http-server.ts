import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type Clock, type Closeable, type Logger, SeldomLog } from '@slmm/shared';
import type { ApiServices } from '../../api/services.ts';
import { zonedDialect, zonedWords } from '../../api/nl43/compat-times.ts';
import { monitorDialect } from '../../api/nl43/monitor-dialect.ts';
import { streamWords } from '../../api/nl43/stream-words.ts';
import { LiveFeed } from '../../live/live-feed.ts';
import { StreamFeed } from '../../live/stream-feed.ts';
import { WatchDemand } from '../../live/watch-demand.ts';
import type { CertificateFiles } from '../tls/certificate.ts';
import { encrypt } from '../tls/encrypt.ts';
import { WsGateway } from '../ws/ws-gateway.ts';
import { Authentication } from './authentication.ts';
import { createHttpApp } from './http-app.ts';

/** Headers have to be there in this time, so that sockets which say nothing are not kept. */
const HEADERS_MS = 5_000;
/** And the whole request in this. */
const REQUEST_MS = 30_000;
const KEEP_ALIVE_MS = 10_000;
/** Sockets at once; a hub with 5 000 viewers and room for as many requests. */
const MAX_CONNECTIONS = 10_000;

/** How the hub is to be reached. */
export interface HttpServerOptions {
  readonly services: Omit<ApiServices, 'viewersOf' | 'releasedSlots'>;
  /** Addresses and networks (CIDR) that are operators on SLMM's surface without a token. */
  readonly trustedAddresses: readonly string[];
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** `null`: plain HTTP. */
  readonly certificate: CertificateFiles | null;
  /** Folder of the built page (`packages/hub/web/dist`); `null` serves none. */
  readonly webRoot: string | null;
}

/** REST, WebSockets and the page on one port. */
export interface HttpServer extends Closeable {
  readonly server: Server;
  /** Begins to serve. Rejects with Node's own error (`EADDRINUSE`, …) when it cannot. */
  listen(): Promise<{ readonly host: string; readonly port: number }>;
}

const LIMITS = {
  headersTimeout: HEADERS_MS,
  requestTimeout: REQUEST_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
  connectionsCheckingInterval: 1_000,
} as const;

/** Builds the hub's HTTP server; nothing listens until `listen()`. `close()` tells viewers and ends every socket. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { services: given, host, port, webRoot, trustedAddresses, certificate } = options;
  const { access, clock, log, fleet, compatTimes } = given;
  const demand = new WatchDemand(fleet, clock);
  const services: ApiServices = { ...given, viewersOf: (unit) => demand.viewers(unit), releasedSlots: new Set() };
  const authentication = new Authentication({ access, clock, log, host, trustedAddresses });
  const app = createHttpApp({ services, authentication }, webRoot);
  const { server, stopEncrypting } = nodeServer(app, certificate, clock, log);
  server.maxConnections = MAX_CONNECTIONS;
  const feed = new LiveFeed(fleet, clock, services.metrics, demand);
  const unlisten = services.alerts.listen((alert) => feed.alert(alert));
  const words = compatTimes === 'z' ? zonedWords(streamWords) : streamWords;
  const streams = new StreamFeed(fleet, clock, demand, words);
  const monitor = compatTimes === 'z' ? zonedDialect(monitorDialect) : monitorDialect;
  const gateway = new WsGateway({ services, authentication, feed, streams, monitor });
  server.on('upgrade', (request, socket, head) => gateway.upgrade(request, socket, head));

  const listen: HttpServer['listen'] = () =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        server.on('error', (error) => log.error({ err: error }, 'the HTTP port had a fault'));
        const address = server.address();
        resolve({ host, port: typeof address === 'object' && address !== null ? address.port : port });
      });
    });

  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    unlisten();
    stopEncrypting();
    await feed.close();
    await streams.close();
    demand.close();
    await gateway.close();
    server.closeAllConnections();
    await closed;
  };
  return { server, listen, close: () => (closing ??= close()) };
}

function nodeServer(
  app: RequestListener,
  certificate: CertificateFiles | null,
  clock: Clock,
  log: Logger,
): { readonly server: Server; readonly stopEncrypting: () => void } {
  if (certificate === null) return { server: createServer(LIMITS, app), stopEncrypting: () => undefined };
  const server = createTlsServer({ ...LIMITS, handshakeTimeout: HEADERS_MS }, app);
  const seldom = new SeldomLog(clock, log);
  const refused = (address: string): void =>
    seldom.warn(address, { address }, 'too many connections that have not agreed on TLS');
  return { server, stopEncrypting: encrypt(server, certificate, { clock, log, refused }) };
}
