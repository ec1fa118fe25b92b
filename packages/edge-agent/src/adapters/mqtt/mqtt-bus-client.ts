/**
 * `BusClient` over MQTT 3.1.1, with MQTT.js as a dumb pipe: one client object per session, clean session, no store that outlives it, no reconnect of its own.
 * (Its store drops messages when a connection breaks while it is replayed: mqttjs/MQTT.js issue 2015.)
 */
import { backOffDelayMs, type BackOff, type Clock, connectFault, type Logger, unansweredFault } from '@slmm/shared';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import type { BusClient, BusListener } from '../../uplink/bus-client.ts';

const RECONNECT: BackOff = { firstMs: 1000, maxMs: 60_000, jitter: 0.5 };
/** A session that ends sooner counts as a failure, so that two clients of one name do not throw each other out in a tight circle. */
const SHORT_SESSION_MS = 10_000;
const CONNECT_LIMIT_MS = 10_000;
const CLOSE_LIMIT_MS = 1000;
/** CONNACK codes of MQTT 3.1.1, section 3.2.2.3: 4 bad user name or password, 5 not authorized. */
const REFUSED_CODES: ReadonlySet<unknown> = new Set([4, 5]);
/** More unsent bytes than this in the socket: messages that may be dropped are. */
const CONGESTED_BYTES = 65_536;

export interface MqttBusClientOptions {
  readonly url: string;
  readonly clientId: string;
  readonly username: string;
  readonly password: string | null;
  /** Silence after which both sides ask whether the other is there; a dead connection is noticed within 1.5 times this. */
  readonly keepaliveS: number;
  readonly subscriptions: readonly { readonly filter: string; readonly qos: 0 | 1 }[];
  /** Least time from the end of a session to the next one; asked each time. */
  readonly leastWaitMs?: () => number;
  readonly lastWill: () => { readonly topic: string; readonly payload: string };
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

export class MqttBusClient implements BusClient {
  readonly #options: MqttBusClientOptions;
  #listener: BusListener | null = null;
  #session: Session | null = null;
  #failures = 0;
  #pastBytes = 0;
  #saidRefused = false;
  /** Why there is no connection, as far as it was said since the last one. */
  readonly #saidWhy = new Set<string>();
  #cancelConnect: (() => void) | null = null;
  #closed = false;

  constructor(options: MqttBusClientOptions) {
    this.#options = options;
  }

  get connected(): boolean {
    return this.#session?.open === true;
  }

  get congested(): boolean {
    return (this.#session?.client.stream.writableLength ?? 0) > CONGESTED_BYTES;
  }

  get bytes(): number {
    return this.#pastBytes + (this.#session?.bytes ?? 0);
  }

  start(listener: BusListener): void {
    this.#listener = listener;
    this.#connect();
  }

  publish(
    topic: string,
    payload: string | Uint8Array,
    options: { readonly qos: 0 | 1; readonly retain: boolean },
  ): Promise<boolean> {
    return this.#session?.publish(topic, payload, options) ?? Promise.resolve(false);
  }

  reconnect(reason: string): void {
    this.#session?.end(reason);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelConnect?.();
    const session = this.#session;
    if (session !== null) await session.goodbye(this.#options.clock);
  }

  #connect(): void {
    this.#cancelConnect = null;
    const { clock } = this.#options;
    const session = new Session(this.#options, {
      opened: () => {
        this.#options.log.info({ broker: this.#options.url }, 'connected to the broker');
        this.#saidRefused = false;
        this.#saidWhy.clear();
        this.#listener?.connected();
      },
      message: (topic, payload, retained) => this.#listener?.message({ topic, payload, retained }),
      ended: (reason, refused) => {
        this.#pastBytes += session.bytes;
        this.#session = null;
        const lastedMs = session.openedMs === null ? 0 : clock.monotonicMs() - session.openedMs;
        this.#failures = lastedMs >= SHORT_SESSION_MS ? 1 : this.#failures + 1;
        if (session.openedMs !== null) this.#listener?.disconnected(reason);
        this.#sayWhy(reason, refused, session.openedMs !== null);
        if (!this.#closed) this.#connectLater(refused);
      },
    });
    this.#session = session;
  }

  #connectLater(refused: boolean): void {
    const { clock, random } = this.#options;
    const delayMs = refused ? RECONNECT.maxMs : backOffDelayMs(RECONNECT, this.#failures, random());
    const leastMs = this.#options.leastWaitMs?.() ?? 0;
    this.#cancelConnect = clock.after(Math.max(delayMs, leastMs), () => this.#connect());
  }

  /** Once for each reason, not at every try. */
  #sayWhy(reason: string, refused: boolean, wasOpen: boolean): void {
    const { log, url, username } = this.#options;
    if (this.#closed) return;
    if (refused) {
      if (!this.#saidRefused)
        log.error(
          { broker: url, username },
          `the broker refuses the credentials: check SLMM_MQTT_USERNAME and SLMM_MQTT_PASSWORD, or enrol this edge; trying again every ${RECONNECT.maxMs / 1000} s`,
        );
      this.#saidRefused = true;
      return;
    }
    if (wasOpen || !this.#saidWhy.has(reason))
      log.warn({ broker: url, reason }, 'no connection to the broker; frames stay in the journal');
    this.#saidWhy.add(reason);
  }
}

interface SessionListener {
  opened(): void;
  message(topic: string, payload: Uint8Array, retained: boolean): void;
  /** Exactly once. */
  ended(reason: string, refused: boolean): void;
}

/** One connection, from the first byte to the last. */
class Session {
  readonly client: MqttClient;
  readonly #listener: SessionListener;
  readonly #waiting = new Set<(sent: boolean) => void>();
  #ended = false;
  #endedBytes = 0;
  open = false;
  openedMs: number | null = null;

  constructor(options: MqttBusClientOptions, listener: SessionListener) {
    this.#listener = listener;
    const { topic, payload } = options.lastWill();
    const settings: IClientOptions = {
      protocolVersion: 4,
      clean: true,
      clientId: options.clientId,
      username: options.username,
      keepalive: options.keepaliveS,
      connectTimeout: CONNECT_LIMIT_MS,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      will: { topic, payload: Buffer.from(payload), qos: 1, retain: true },
    };
    if (options.password !== null) settings.password = options.password;
    this.client = connect(options.url, settings);
    let isAnswered = false;
    this.client.on('connect', () => {
      isAnswered = true;
      this.#subscribe(options);
    });
    this.client.on('message', (from, content, packet) => this.#listener.message(from, content, packet.retain));
    this.client.on('error', (error) => this.end(connectFault(error), 'code' in error && REFUSED_CODES.has(error.code)));
    this.client.on('close', () => this.end(isAnswered ? 'the connection was closed' : unansweredFault(options.url)));
  }

  get bytes(): number {
    return this.#ended ? this.#endedBytes : bytesOf(this.client.stream);
  }

  publish(
    topic: string,
    payload: string | Uint8Array,
    options: { readonly qos: 0 | 1; readonly retain: boolean },
  ): Promise<boolean> {
    if (!this.open) return Promise.resolve(false);
    return new Promise((done) => {
      const once = (sent: boolean): void => {
        this.#waiting.delete(once);
        done(sent);
      };
      this.#waiting.add(once);
      const content = typeof payload === 'string' ? payload : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
      this.client.publish(topic, content, options, (error) => once(error === undefined || error === null));
    });
  }

  /** Kills the socket; whatever is under way was not sent. */
  end(reason: string, refused = false): void {
    if (this.#ended) return;
    this.#endedBytes = bytesOf(this.client.stream);
    this.#ended = true;
    this.open = false;
    // Late errors of a socket that is being destroyed say nothing new.
    this.client.removeAllListeners('error').on('error', () => {});
    this.client.end(true);
    this.client.stream.destroy();
    for (const once of this.#waiting) once(false);
    this.#listener.ended(reason, refused);
  }

  /** Sends DISCONNECT, so that the broker keeps the will to itself, and waits for the end, not too long. */
  async goodbye(clock: Clock): Promise<void> {
    if (this.open) {
      let cancel = (): void => {};
      const limit = new Promise<void>((done) => {
        cancel = clock.after(CLOSE_LIMIT_MS, done);
      });
      await Promise.race([this.client.endAsync(), limit]);
      cancel();
    }
    this.end('closed');
  }

  #subscribe(options: MqttBusClientOptions): void {
    const wanted = Object.fromEntries(options.subscriptions.map(({ filter, qos }) => [filter, { qos }]));
    this.client.subscribe(wanted, (error, granted) => {
      if (this.#ended) return;
      const refused = granted?.find(({ qos }) => qos > 2);
      if (error !== null) return this.end(`the broker refuses a subscription: ${error.message}`);
      if (refused !== undefined) return this.end(`the broker refuses the subscription ${refused.topic}`);
      this.open = true;
      this.openedMs = options.clock.monotonicMs();
      this.#listener.opened();
    });
  }
}

/** Sockets of every kind that MQTT.js uses count their bytes; a WebSocket stream does not, and counts as nothing. */
function bytesOf(stream: object): number {
  const read = 'bytesRead' in stream && typeof stream.bytesRead === 'number' ? stream.bytesRead : 0;
  const written = 'bytesWritten' in stream && typeof stream.bytesWritten === 'number' ? stream.bytesWritten : 0;
  return read + written;
}
