/** The last step to a person. Port; one adapter per technology. Neighbours: outbox hands over what is due, adapters/{webhook,smtp} carry it out. */
import type { Channel, Receiver } from './receiver.ts';

/** One message to one receiver over one channel. Its id stays the same over all attempts, so that a receiver can tell a repetition. */
export interface Message {
  readonly id: string;
  readonly createdMs: number;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** What programs get: `{type, timestamp, data}` after Standard Webhooks. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** What became of one attempt. */
export type Delivery =
  | { readonly kind: 'delivered'; readonly detail: string }
  /** Try again later; `retryAfterS` if the other side said when. */
  | { readonly kind: 'failed'; readonly detail: string; readonly retryAfterS: number | null }
  /** Never try this message again; `disable`: nor any other one on this channel (410 Gone). */
  | { readonly kind: 'rejected'; readonly detail: string; readonly disable: boolean };

export interface ChannelSender<K extends Channel['kind'] = Channel['kind']> {
  readonly kind: K;
  /** Never rejects; ends within its own time limit. */
  send(message: Message, channel: Extract<Channel, { kind: K }>, receiver: Receiver): Promise<Delivery>;
}
