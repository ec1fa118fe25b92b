import type { Closeable } from '@slmm/shared';

/** One message from the bus. `retained`: it is what the broker had kept, not news. */
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
  /**
   * Resolves when the broker has it. Never rejects and never waits for a broker that is away: then the message is dropped,
   * because everything the hub says is either sent again at `onConnected` or worthless later.
   */
  publish(topic: string, payload: string | Uint8Array, options: { readonly qos: 0 | 1; readonly retain: boolean }): Promise<void>;
  subscribe(filters: readonly string[], handler: (message: BusMessage) => Promise<void> | void): Promise<void>;
  /** Called at every (re)connection, at once when connected already: retained topics of the hub are sent again here. */
  onConnected(listener: () => void): void;
  readonly connected: boolean;
}
