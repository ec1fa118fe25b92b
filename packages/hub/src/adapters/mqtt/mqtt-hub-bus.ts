/**
 * The hub's end of the bus on an external MQTT 3.1.1 broker. MQTT.js is used as a plain pipe: connecting, subscribing and sending again are ours.
 * PUBACK goes out as messages come; the hub's own acknowledgement is what edges rely on. Neighbours: hub.ts, as a HubBus.
 */
import { type HubState, topics } from '@slmm/protocol';
import { backOffDelayMs, type Clock, connectFault, type Logger, toInstant, unansweredFault } from '@slmm/shared';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import type { HubBus } from '../../fleet/hub-bus.ts';
import { within } from '../../fleet/within.ts';
import { type BusHandler, BusHandlers } from '../bus-handlers.ts';

const BACK_OFF = { firstMs: 500, maxMs: 30_000, jitter: 0.5 } as const;
const KEEPALIVE_S = 30;
const CONNECT_TIMEOUT_MS = 10_000;
/** Messages whose handlers have not finished: from the first number on the socket is left unread until they are down to the second. */
const PAUSE_AT = 2_000;
const RESUME_AT = 500;
/** Publishes the broker has not acknowledged; more are dropped, because a broker that far behind is as good as away. */
const MAX_UNACKNOWLEDGED = 10_000;

/** How long a clean goodbye may take. */
const GOODBYE_MS = 1_000;

export interface MqttHubBusOptions {
  readonly url: string;
  readonly username: string | null;
  readonly password: string | null;
  /** Identity of this run of the hub: in the client id and in the last will on `/hub/state`. */
  readonly boot: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
}

export class MqttHubBus implements HubBus {
  readonly #options: MqttHubBusOptions;
  /** Filters that every new session asks for. */
  readonly #filters: (readonly string[])[] = [];
  readonly #handlers = new BusHandlers();
  readonly #listeners: (() => void)[] = [];
  #client: MqttClient | null = null;
  #connected = false;
  #failures = 0;
  /** Why the client that is being lost is lost, where it said so. */
  #fault: string | null = null;
  /** What of this was told since the last connection. */
  readonly #saidWhy = new Set<string>();
  #inFlight = 0;
  #unacknowledged = 0;
  #paused: (() => void)[] = [];
  #cancelRetry: () => void = () => undefined;
  #closing: Promise<void> | null = null;

  private constructor(options: MqttHubBusOptions) {
    this.#options = options;
  }

  /** Begins to connect, and goes on trying until it is closed; it does not wait for the broker. */
  static open(options: MqttHubBusOptions): MqttHubBus {
    const bus = new MqttHubBus(options);
    bus.#connect();
    return bus;
  }

  get connected(): boolean {
    return this.#connected;
  }

  onConnected(listener: () => void): void {
    this.#listeners.push(listener);
    if (this.#connected) listener();
  }

  async subscribe(filters: readonly string[], handler: BusHandler): Promise<void> {
    this.#filters.push(filters);
    this.#handlers.add(filters, handler);
    if (this.#connected && this.#client !== null) await this.#ask(this.#client, filters);
  }

  publish(
    topic: string,
    payload: string | Uint8Array,
    options: { readonly qos: 0 | 1; readonly retain: boolean },
  ): Promise<void> {
    const client = this.#client;
    if (client === null || !this.#connected || this.#unacknowledged >= MAX_UNACKNOWLEDGED) return Promise.resolve();
    const bytes = typeof payload === 'string' ? payload : Buffer.from(payload.buffer, payload.byteOffset, payload.length);
    this.#unacknowledged += 1;
    return new Promise((resolve) => {
      let isDone = false;
      const done = (): void => {
        if (isDone) return;
        isDone = true;
        this.#unacknowledged -= 1;
        client.off('close', done);
        resolve();
      };
      // MQTT.js forgets the callbacks of a client that is ended.
      client.once('close', done);
      client.publish(topic, bytes, options, done);
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#cancelRetry();
    this.#connected = false;
    const client = this.#client;
    this.#client = null;
    this.#release();
    // A clean DISCONNECT, so that the broker does not publish the will; the fleet has said goodbye before.
    if (client === null) return;
    await within(this.#options.clock, GOODBYE_MS, client.endAsync(!client.connected));
    client.stream.destroy();
  }

  #connect(): void {
    const client = connect(this.#options.url, this.#clientOptions());
    client.setMaxListeners(0);
    this.#client = client;
    client.handleMessage = (packet, done) => this.#take(packet, done);
    this.#fault = null;
    client.on('error', (error) => {
      if (client === this.#client) this.#fault ??= connectFault(error);
    });
    client.on('connect', () => void this.#greet(client));
    client.once('close', () => this.#lost(client));
  }

  #clientOptions(): IClientOptions {
    const { boot, clock, username, password } = this.#options;
    const will: HubState = { state: 'offline', boot, at: toInstant(clock.nowMs()) };
    return {
      protocolVersion: 4,
      clientId: `slmm-hub-${boot}`,
      clean: true,
      keepalive: KEEPALIVE_S,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      ...(username === null ? {} : { username }),
      ...(password === null ? {} : { password }),
      will: { topic: topics.hubState(), payload: Buffer.from(JSON.stringify(will)), qos: 1, retain: true },
    };
  }

  async #greet(client: MqttClient): Promise<void> {
    for (const filters of this.#filters) await this.#ask(client, filters);
    if (client !== this.#client || !client.connected) return;
    this.#failures = 0;
    this.#saidWhy.clear();
    this.#connected = true;
    this.#options.log.info({ url: this.#options.url }, 'connected to the MQTT broker');
    for (const listener of this.#listeners) listener();
  }

  /** A broker that refuses a subscription would leave the hub deaf without a sign: said loudly, and tried again with the next connection. */
  async #ask(client: MqttClient, filters: readonly string[]): Promise<void> {
    try {
      const granted = await client.subscribeAsync([...filters], { qos: 1 });
      const refused = granted.filter((one) => one.qos === 128).map((one) => one.topic);
      if (refused.length === 0) return;
      this.#options.log.error({ refused }, 'the MQTT broker refused subscriptions of the hub; allow its user to read slmm/v1/#');
    } catch (error) {
      if (client === this.#client)
        this.#options.log.error(
          { err: error },
          'the MQTT broker refused subscriptions of the hub; allow its user to read slmm/v1/#',
        );
    }
    client.end(true);
  }

  #lost(client: MqttClient): void {
    if (client !== this.#client) return;
    const was = this.#connected;
    this.#connected = false;
    this.#client = null;
    this.#release();
    client.end(true);
    this.#failures += 1;
    const delayMs = backOffDelayMs(BACK_OFF, this.#failures, this.#options.random());
    const reason = this.#fault ?? (was ? 'the connection was closed' : unansweredFault(this.#options.url));
    if (was || !this.#saidWhy.has(reason))
      this.#options.log.warn(
        { url: this.#options.url, reason, delayMs },
        'the MQTT broker is away; edges keep everything until it is back',
      );
    this.#saidWhy.add(reason);
    this.#cancelRetry = this.#options.clock.after(delayMs, () => this.#connect());
  }

  #take(packet: { readonly topic: string; readonly payload: string | Buffer; readonly retain: boolean }, done: () => void): void {
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    const waiting = this.#handlers.hand({ topic: packet.topic, payload, retained: packet.retain });
    if (waiting === null) {
      done();
      return;
    }
    this.#inFlight += 1;
    void waiting
      .catch((error: unknown) =>
        this.#options.log.fatal({ err: error, topic: packet.topic }, 'a handler of the bus rejected, which is a bug'),
      )
      .finally(() => {
        this.#inFlight -= 1;
        if (this.#inFlight <= RESUME_AT) this.#release();
      });
    if (this.#inFlight >= PAUSE_AT) this.#paused.push(done);
    else done();
  }

  #release(): void {
    const paused = this.#paused;
    this.#paused = [];
    for (const go of paused) go();
  }
}
