import type { Closeable } from '@slmm/shared';

/** One message from the bus. `from` is the MQTT user that published it, where the broker is ours. */
export interface BusMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retained: boolean;
}

/**
 * The hub's end of the bus; embedded broker and external broker both fit behind it.
 * A handler may return a promise: the sender gets no PUBACK (embedded) or the stream is paused (external) until it resolves, which is the hub's back-pressure.
 * A handler never rejects. Order between messages is not promised.
 */
export interface HubBus extends Closeable {
  publish(topic: string, payload: string | Uint8Array, options: { readonly qos: 0 | 1; readonly retain: boolean }): Promise<void>;
  subscribe(filters: readonly string[], handler: (message: BusMessage) => Promise<void> | void): Promise<void>;
  /** Called at every (re)connection, at once when connected already: retained topics of the hub are sent again here. */
  onConnected(listener: () => void): void;
  readonly connected: boolean;
}
