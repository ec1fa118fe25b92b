import { createServer, type Server } from 'node:http';
import type { Closeable } from '@slmm/shared';
import type { ApiServices } from '../../api/services.ts';

/** How the hub is to be reached. */
export interface HttpServerOptions {
  readonly services: ApiServices;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Folder of the built page (`packages/hub/web/dist`); `null` serves none. */
  readonly webRoot: string | null;
}

/** REST, WebSockets and the page on one port. */
export interface HttpServer extends Closeable {
  readonly server: Server;
  /** Begins to serve. Rejects with Node's own error (`EADDRINUSE`, …) when it cannot. */
  listen(): Promise<{ readonly host: string; readonly port: number }>;
}

/** Builds the hub's HTTP server; nothing listens until `listen()`. `close()` ends sockets too. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const server = createServer();
  return {
    server,
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(options.port, options.host, () => {
          server.off('error', reject);
          const address = server.address();
          resolve({ host: options.host, port: typeof address === 'object' && address !== null ? address.port : options.port });
        });
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
