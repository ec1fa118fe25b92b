/**
 * The embedded MQTT 3.1.1 broker, and the hub's end of the bus inside it. Everything a client may do is decided here, once:
 * framing and sizes by guarded-connection.ts, who it is by broker-door.ts, what it may do by topic-permissions.ts.
 * Neighbours: hub.ts starts it, fleet and ingest use it as a HubBus.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { parseTopic } from '@slmm/protocol';
import { type Clock, type Logger, SeldomLog } from '@slmm/shared';
import { Aedes } from 'aedes';
import type { Access } from '../../access/access.ts';
import type { BusMessage, HubBus } from '../../fleet/hub-bus.ts';
import type { Metrics } from '../../metrics.ts';
import { type BusHandler, BusHandlers } from '../bus-handlers.ts';
import type { CertificateFiles } from '../tls/certificate.ts';
import { encrypt } from '../tls/encrypt.ts';
import { BrokerDoor, type Client, describe } from './broker-door.ts';
import { RetainedQuota } from './retained-quota.ts';
import { mayPublish, mayReceive, maySubscribe } from './topic-permissions.ts';

const MAX_CONNECTIONS = 10_000;
const MAX_FILTERS_PER_CLIENT = 2_000;
/** Longest keepalive a client may ask for, seconds; a client that is silent for 1.5 times its own is gone (MQTT 3.1.1, 3.1.2.10). */
const MAX_KEEPALIVE_S = 1_200;
const CONNECT_TIMEOUT_MS = 5_000;
/** Where a message goes that is acknowledged and given to nobody: no reader may receive it, nobody may subscribe to it. */
const IGNORED_TOPIC = 'slmm-ignored';

type PublishPacket = Parameters<Aedes['authorizePublish']>[1];

export interface AedesBrokerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** `null`: plain MQTT. */
  readonly certificate: CertificateFiles | null;
  readonly access: Access;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export class AedesBroker implements HubBus {
  readonly #options: AedesBrokerOptions;
  readonly #aedes: Aedes;
  readonly #server: Server;
  readonly #door: BrokerDoor;
  readonly #handlers = new BusHandlers();
  readonly #retained = new RetainedQuota();
  readonly #refusals: SeldomLog;
  #closing: Promise<void> | null = null;
  readonly #stopListening: () => void;
  #stopEncrypting = (): void => undefined;

  private constructor(options: AedesBrokerOptions, aedes: Aedes) {
    this.#options = options;
    this.#aedes = aedes;
    this.#refusals = new SeldomLog(options.clock, options.log);
    this.#door = new BrokerDoor({
      access: options.access,
      clock: options.clock,
      log: options.log,
      refused: (reason, who, text) => this.#refused(reason, who, text),
      handle: (connection) => void aedes.handle(connection),
    });
    this.#server = this.#createServer();
    this.#server.maxConnections = MAX_CONNECTIONS;
    aedes.preConnect = (client, packet, done) => void this.#door.meet(client, packet).finally(() => done(null, true));
    aedes.authenticate = (client, _user, _password, done) => this.#door.authenticate(client, done);
    aedes.authorizePublish = (client, packet, done) => this.#authorizePublish(client, packet, done);
    aedes.authorizeSubscribe = (client, subscription, done) =>
      done(null, this.#maySubscribe(client, subscription.topic) ? subscription : null);
    aedes.authorizeForward = (client, packet) => (this.#mayReceive(client, packet.topic) ? packet : null);
    this.#watch();
    this.#stopListening = options.access.onRevoked({
      token: () => void this.#door.endRevoked((party) => party.kind === 'reader'),
      edge: (edge) => void this.#door.endRevoked((party) => party.kind === 'edge' && party.edge === edge),
    });
  }

  /** Makes the broker; nobody can connect until `listen()`. */
  static async create(options: AedesBrokerOptions): Promise<AedesBroker> {
    const aedes = await Aedes.createBroker({
      // Without a bound: past one its emitter queues messages and works them off by recursion, which overflows the stack of a busy hub. Each client has
      // at most the packets of one chunk under way, and no connection makes the emitter wait (guarded-connection.ts).
      concurrency: 0,
      connectTimeout: CONNECT_TIMEOUT_MS,
      drainTimeout: 10_000,
      keepaliveLimit: MAX_KEEPALIVE_S,
      maxTopicLevels: 10,
      maxInflightInbound: 100,
      maxClientsIdLength: 1_024,
      queueLimit: 100,
    });
    return new AedesBroker(options, aedes);
  }

  /** Begins to listen and returns the port. Rejects with Node's own error (`EADDRINUSE`, …). */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#options.port, this.#options.host, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) => this.#options.log.error({ err: error }, 'the MQTT port had a fault'));
        resolve(this.port);
      });
    });
  }

  /** The port it listens on; before it listens, the one that was asked for. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : this.#options.port;
  }

  get connected(): boolean {
    return this.#closing === null;
  }

  onConnected(listener: () => void): void {
    if (this.connected) listener();
  }

  publish(
    topic: string,
    payload: string | Uint8Array,
    options: { readonly qos: 0 | 1; readonly retain: boolean },
  ): Promise<void> {
    return new Promise((resolve) => {
      if (this.#aedes.closed) {
        resolve();
        return;
      }
      const bytes =
        typeof payload === 'string' ? Buffer.from(payload) : Buffer.from(payload.buffer, payload.byteOffset, payload.length);
      if (options.retain && bytes.length === 0) this.#retained.cleared(topic);
      this.#aedes.publish({ cmd: 'publish', topic, payload: bytes, qos: options.qos, retain: options.retain, dup: false }, () =>
        resolve(),
      );
    });
  }

  async subscribe(filters: readonly string[], handler: BusHandler): Promise<void> {
    this.#handlers.add(filters, handler);
    const { persistence } = this.#aedes as unknown as {
      persistence: { createRetainedStreamCombi(filters: readonly string[]): AsyncIterable<{ topic: string; payload: Buffer }> };
    };
    for await (const { topic, payload } of persistence.createRetainedStreamCombi(filters))
      await handler({ topic, payload, retained: true });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stopListening();
    this.#stopEncrypting();
    const ended = new Promise<void>((resolve) => {
      if (this.#server.listening) this.#server.close(() => resolve());
      else resolve();
    });
    await new Promise<void>((resolve) => this.#aedes.close(() => resolve()));
    this.#door.close();
    await ended;
  }

  #createServer(): Server {
    const { certificate, clock, log } = this.#options;
    const sockets = { keepAlive: true, keepAliveInitialDelay: 30_000 };
    const greet = (socket: Socket): void => this.#door.greet(socket);
    if (certificate === null) return createServer(sockets, greet);
    const server = createTlsServer({ ...sockets, handshakeTimeout: CONNECT_TIMEOUT_MS }, greet);
    server.on('tlsClientError', (error, socket) => {
      this.#refused('tls', socket.remoteAddress ?? 'unknown', `no TLS could be agreed on: ${error.message}`);
      // Node leaves open what took too long for its handshake.
      socket.destroy();
    });
    const refused = (address: string): void =>
      this.#refused('too-many-strangers', address, 'too many connections that have not agreed on TLS');
    this.#stopEncrypting = encrypt(server, certificate, { clock, log, refused });
    return server;
  }

  #authorizePublish(client: Client | null, packet: PublishPacket, done: (error?: Error | null) => void): void {
    const session = client === null ? undefined : this.#door.session(client);
    if (client === null || session === undefined) {
      done(new Error('nobody signed in'));
      return;
    }
    const { topic } = packet;
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    const verdict = mayPublish(session.party, { topic, retain: packet.retain, bytes: payload.length });
    if (verdict.kind === 'refuse') {
      this.#refused('publish', describe(session.party), `${verdict.reason} (${JSON.stringify(topic.slice(0, 100))})`);
      done(new Error(verdict.reason));
      return;
    }
    packet.retain = verdict.kind === 'accept' && verdict.retain;
    if (verdict.kind === 'ignore' || !this.#retained.allows(packet.retain, topic, payload.length)) {
      const reason = verdict.kind === 'ignore' ? verdict.reason : 'the edge has too many retained messages';
      this.#refused('ignored', describe(session.party), `${reason} (${JSON.stringify(topic.slice(0, 100))})`);
      packet.topic = IGNORED_TOPIC;
      packet.retain = false;
      done();
      return;
    }
    this.#deliver({ topic, payload, retained: false }, done);
  }

  /** Gives a client's message to the hub first. Its PUBACK waits for this; other clients get it afterwards. */
  #deliver(message: BusMessage, done: (error?: Error | null) => void): void {
    if (this.#closing !== null) {
      done();
      return;
    }
    const waiting = this.#handlers.hand(message);
    if (waiting === null) done();
    else
      waiting.then(
        () => done(),
        (error: unknown) => {
          this.#options.log.fatal({ err: error, topic: message.topic }, 'a handler of the bus rejected, which is a bug');
          done(new Error('the hub could not take the message'));
        },
      );
  }

  #maySubscribe(client: Client, filter: string): boolean {
    const session = this.#door.session(client);
    if (session === undefined) return false;
    const allowed = maySubscribe(session.party, filter) && session.filters.size < MAX_FILTERS_PER_CLIENT;
    if (allowed) session.filters.add(filter);
    else this.#refused('subscribe', describe(session.party), `may not subscribe to ${JSON.stringify(filter.slice(0, 100))}`);
    return allowed;
  }

  #mayReceive(client: Client, text: string): boolean {
    const session = this.#door.session(client);
    if (session === undefined) return false;
    return mayReceive(session.party, parseTopic(text));
  }

  #watch(): void {
    const { brokerClients } = this.#options.metrics;
    this.#aedes.on('clientReady', (client) => {
      const kind = this.#door.session(client)?.party.kind ?? 'open';
      if (this.#door.open(client, () => brokerClients.dec({ kind }))) brokerClients.inc({ kind });
    });
    this.#aedes.on('unsubscribe', (filters, client) => {
      const session = client === null ? undefined : this.#door.session(client);
      if (session !== undefined) for (const filter of filters) session.filters.delete(filter);
    });
    this.#aedes.on('clientError', (client, error) => {
      this.#options.log.debug({ client: client.id, reason: error.message }, 'MQTT client lost');
    });
    this.#aedes.on('connectionError', (_client, error) => {
      this.#options.log.debug({ reason: error.message }, 'MQTT connection ended before it signed in');
    });
  }

  #refused(reason: string, who: string, text: string): void {
    this.#options.metrics.brokerRefused.inc({ reason });
    this.#refusals.warn(`${reason} ${who}`, { reason, who: who.slice(0, 100) }, text.slice(0, 300));
  }
}
