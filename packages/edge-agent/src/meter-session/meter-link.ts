/** The wire to one meter: bytes out, bytes in, an end. Neighbours: meter-session.ts uses it, adapters/tcp/ makes it. */
import type { LinkEndCause } from './exchange.ts';

/** Calls of one link, in order; nothing comes after `ended`. */
export interface MeterLinkEvents {
  connected(): void;
  bytes(chunk: Uint8Array): void;
  /** The link is gone for good: no socket is left. Called exactly once, also after `close()`. */
  ended(cause: LinkEndCause, detail: string): void;
}

export interface MeterLink {
  /** Sends at once. On a link that is not connected it does nothing. */
  send(bytes: Uint8Array): void;
  /** Ends our side properly (FIN); when the meter does not answer within a second, without it. Twice is allowed. */
  close(): void;
}

/** Starts to connect and returns at once; never throws. The link calls its events later, never before this returns. */
export type OpenMeterLink = (address: MeterAddress, events: MeterLinkEvents) => MeterLink;

export interface MeterAddress {
  readonly host: string;
  readonly port: number;
}
