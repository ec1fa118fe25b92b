/** The meter's card, read over one login. Neighbours: card-transfers.ts reads through it, adapters/ftp/ftp-card.ts is the real one. */
import type { ListedEntry } from './list-line.ts';

/** Why the card could not be read: the meter, the link or the login, never a fault of ours. */
export class CardFault extends Error {
  override readonly name = 'CardFault';
  readonly code: 'unreachable' | 'login' | 'not-found' | 'cut' | 'timeout' | 'refused';

  constructor(code: CardFault['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export interface CardAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export interface CardSession {
  /** The entries of a folder. Rejects with a {@link CardFault}. */
  list(path: string): Promise<readonly ListedEntry[]>;
  /** Gives the bytes of a file from `offset` to its present end to `take`, in order, no faster than `take` resolves. Rejects with a {@link CardFault}; what was taken stays good. */
  read(path: string, offset: number, take: (bytes: Uint8Array) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Logs in. Rejects with a {@link CardFault}. `nowNaiveMs` is the meter's wall time, about, for dates without a year. */
export type OpenCard = (address: CardAddress, nowNaiveMs: number) => Promise<CardSession>;
