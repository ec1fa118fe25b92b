import type { Closeable } from '@slmm/shared';

export interface BusMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retained: boolean;
}

export interface BusListener {
  /** A new session: nothing of a former one is left in it, neither subscriptions (they are made anew before this call) nor messages under way. */
  connected(): void;
  disconnected(reason: string): void;
  message(message: BusMessage): void;
}

/**
 * The edge's end of the bus, a dumb pipe: it connects, connects again with growing pauses, and forgets everything between two sessions.
 * What has to arrive is kept, windowed and sent again by those who use it. Adapter: `MqttBusClient`.
 */
export interface BusClient extends Closeable {
  /** Begins to connect; never rejects, a broker that is away is tried again for ever. */
  start(listener: BusListener): void;
  readonly connected: boolean;
  /** True once the broker has acknowledged it (QoS 1) or the socket took it (QoS 0); false when the session ended before. Never rejects. */
  publish(
    topic: string,
    payload: string | Uint8Array,
    options: { readonly qos: 0 | 1; readonly retain: boolean },
  ): Promise<boolean>;
  /** The socket cannot keep up; what may be dropped should be. */
  readonly congested: boolean;
  /** Kills the socket and connects anew. */
  reconnect(reason: string): void;
  /** Bytes sent and received by all sessions so far, as MQTT counts them: without TLS, TCP and IP. */
  readonly bytes: number;
}
