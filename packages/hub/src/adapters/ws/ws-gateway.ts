import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { isId } from '@slmm/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import { mayDo } from '../../access/policy.ts';
import type { Answer } from '../../api/route.ts';
import type { ApiServices } from '../../api/services.ts';
import type { Dialect } from '../../live/dialect.ts';
import type { LiveFeed } from '../../live/live-feed.ts';
import { LiveSession } from '../../live/live-session.ts';
import type { StreamFeed } from '../../live/stream-feed.ts';
import type { Authentication, Caller } from '../http/authentication.ts';
import { surfaceOf } from '../http/register-routes.ts';
import { CredentialWatch } from './credential-watch.ts';
import { WsConnection } from './ws-connection.ts';

/** Longest message of a viewer; a subscription to a thousand units with resume marks is about that. */
const MAX_PAYLOAD_BYTES = 64 * 1024;
/** Viewers at once; one more is told to come back later. */
const MAX_VIEWERS = 5_000;
/** Time for the closing handshake when the hub stops. */
const CLOSE_MS = 500;

/** What a connection's other end is once it is open. */
interface Watching {
  readonly viewer: { answered(): void; flush?(): void; close(code: number, reason: string): void };
  /** One text message. */
  receive(text: string): void;
  close(): void;
}

/** A WebSocket address that exists. `unit` is `null` where the address names none. */
type Address = { readonly kind: 'monitor' | 'stream'; readonly unit: string } | { readonly kind: 'live'; readonly unit: null };

export interface WsGatewayParts {
  readonly services: ApiServices;
  readonly authentication: Authentication;
  readonly feed: LiveFeed;
  readonly streams: StreamFeed;
  /** The words of SLMM's monitor. */
  readonly monitor: Dialect;
}

/** Lets viewers in: authentication and policy first, as HTTP, then the upgrade. Neighbours: live-feed.ts and live-session.ts do the rest. */
export class WsGateway {
  readonly #parts: WsGatewayParts;
  readonly #watch: CredentialWatch;
  readonly #stopRevocations: () => void;
  /** Sockets of which it is not decided yet whether they are let in. */
  readonly #waiting = new Set<Duplex>();
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_PAYLOAD_BYTES,
    perMessageDeflate: false,
    clientTracking: true,
  });

  constructor(parts: WsGatewayParts) {
    const { access, clock, log } = parts.services;
    this.#parts = parts;
    this.#watch = new CredentialWatch((credential) => parts.authentication.recheck(credential), clock, log);
    this.#stopRevocations = access.onRevoked({ token: () => void this.#watch.check() });
  }

  /** Takes over a socket that asked for an upgrade. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A broken socket has nobody left to tell.
    const ignore = (): void => undefined;
    socket.on('error', ignore);
    this.#waiting.add(socket);
    socket.once('close', () => this.#waiting.delete(socket));
    this.#admit(request).then(
      (admitted) => {
        this.#waiting.delete(socket);
        if (socket.destroyed) return;
        if ('refused' in admitted) {
          refuse(socket, admitted.refused);
          return;
        }
        this.#server.handleUpgrade(request, socket, head, (ws) => {
          socket.off('error', ignore);
          this.#open(ws, admitted.address, admitted.caller);
        });
      },
      (error: unknown) => {
        this.#parts.services.log.error({ err: error }, 'a WebSocket could not be opened');
        socket.destroy();
      },
    );
  }

  async close(): Promise<void> {
    this.#stopRevocations();
    this.#watch.close();
    for (const socket of this.#waiting) socket.destroy();
    const open = [...this.#server.clients];
    for (const ws of open) ws.close(1001, 'The hub is stopping.');
    const { clock } = this.#parts.services;
    if (this.#server.clients.size > 0) {
      await new Promise<void>((resolve) => {
        const cancel = clock.after(CLOSE_MS, resolve);
        const left = new Set(open);
        for (const ws of open) {
          ws.once('close', () => {
            left.delete(ws);
            if (left.size > 0) return;
            cancel();
            resolve();
          });
        }
      });
    }
    for (const ws of this.#server.clients) ws.terminate();
  }

  async #admit(
    request: IncomingMessage,
  ): Promise<{ readonly refused: Answer } | { readonly address: Address; readonly caller: Extract<Caller, { kind: 'person' }> }> {
    const { services, authentication } = this.#parts;
    const { path, token } = splitUrl(request.url ?? '/');
    const surface = surfaceOf(path);
    const address = addressOf(path);
    if (address === null) return { refused: surface.noRoute() };
    const caller = await authentication.callerOf({
      headers: request.headers,
      address: request.socket.remoteAddress ?? '',
      urlToken: token,
      isSlmm: address.kind !== 'live',
    });
    if (caller.kind === 'nobody') {
      return { refused: caller.waitSeconds > 0 ? surface.tooMany(caller.waitSeconds) : surface.unauthenticated(caller.reason) };
    }
    if (!authentication.isOwnPage(caller.credential, request.headers)) {
      return { refused: surface.forbidden('This page belongs to another site') };
    }
    if (!mayDo(caller.person, 'read', address.unit)) return { refused: surface.forbidden('Your token may not read this unit') };
    if (this.#server.clients.size >= MAX_VIEWERS) {
      services.log.warn({ viewers: MAX_VIEWERS }, 'a viewer was turned away: there are too many');
      return {
        refused: { status: 503, headers: { 'retry-after': '10' }, body: { detail: 'Too many viewers; try again later' } },
      };
    }
    return { address, caller };
  }

  #open(ws: WebSocket, address: Address, caller: Extract<Caller, { kind: 'person' }>): void {
    const connection = new WsConnection(ws);
    const watching = this.#watching(connection, address, caller);
    const { viewer } = watching;
    connection.onSent = () => viewer.flush?.();
    const forget = this.#watch.watch(caller.credential, caller.person, () =>
      viewer.close(1008, 'The token was revoked or the session is over.'),
    );
    ws.on('pong', () => viewer.answered());
    ws.on('message', (bytes: Buffer, isBinary) => {
      viewer.answered();
      if (!isBinary) watching.receive(bytes.toString('utf8'));
    });
    // What ws does not understand it closes by itself; `close` follows.
    ws.on('error', () => undefined);
    ws.on('close', () => {
      forget();
      watching.close();
    });
  }

  #watching(connection: WsConnection, address: Address, caller: Extract<Caller, { kind: 'person' }>): Watching {
    switch (address.kind) {
      case 'live':
        return this.#live(connection, caller);
      case 'monitor':
        return this.#monitor(connection, address.unit);
      case 'stream': {
        const viewer = this.#parts.streams.join(connection, address.unit);
        return { viewer, receive: () => undefined, close: () => viewer.gone() };
      }
    }
  }

  /** SLMM's monitor: one unit, and whatever the viewer says is of no interest. A unit that does not exist is said to be unreachable, as SLMM did. */
  #monitor(connection: WsConnection, unit: string): Watching {
    const { feed, monitor } = this.#parts;
    const viewer = feed.join(connection, monitor);
    feed.watch(viewer, unit);
    return { viewer, receive: () => undefined, close: () => feed.leave(viewer) };
  }

  #live(connection: WsConnection, caller: Extract<Caller, { kind: 'person' }>): Watching {
    const { services, feed } = this.#parts;
    return new LiveSession(connection, caller.person, { ...services, feed });
  }
}

function splitUrl(url: string): { readonly path: string; readonly token: string | null } {
  const [path = '/', query = ''] = url.split('?', 2);
  const token = new URLSearchParams(query).get('token');
  return { path, token: token === null || token === '' || token.length > 512 ? null : token };
}

function addressOf(path: string): Address | null {
  if (path === '/api/v1/live') return { kind: 'live', unit: null };
  const [, unit, kind] = /^\/api\/nl43\/([^/]+)\/(monitor|stream)$/.exec(path) ?? [];
  return unit !== undefined && isId(unit) ? { kind: kind === 'stream' ? 'stream' : 'monitor', unit } : null;
}

/** The refusal of an upgrade is a plain HTTP answer. */
function refuse(socket: Duplex, answer: Answer): void {
  const text = 'text' in answer ? answer.text : JSON.stringify('body' in answer ? answer.body : {});
  const type = 'text' in answer ? answer.contentType : 'application/json';
  const headers = {
    ...answer.headers,
    ...(answer.status === 401 ? { 'www-authenticate': 'Bearer realm="slmm"' } : {}),
    'content-type': type,
    'content-length': String(Buffer.byteLength(text)),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end([`HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}`, ...lines, '', text].join('\r\n'));
}
