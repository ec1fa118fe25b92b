import type { Clock, Logger } from '@slmm/shared';
import type { Identity } from '../../access/identity.ts';
import type { Credential } from '../http/authentication.ts';

/** Twice within the 10 s in which a revoked token has to lose its live connections. */
const CHECK_MS = 4_000;

interface Holder {
  readonly credential: Credential;
  /** What it stood for when the connection was opened. */
  readonly identity: string;
  readonly connections: Set<() => void>;
}

/** Ends long-lived connections whose credential was revoked, is over, or stands for something else now. Each credential is asked once, however many connections use it. */
export class CredentialWatch {
  readonly #recheck: (credential: Credential) => Promise<Identity | null>;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #holders = new Map<string, Holder>();
  #cancel: (() => void) | null = null;
  #isClosed = false;

  constructor(recheck: (credential: Credential) => Promise<Identity | null>, clock: Clock, log: Logger) {
    this.#recheck = recheck;
    this.#clock = clock;
    this.#log = log;
    this.#arm();
  }

  /** `end` is called when the credential is good no more. Returns the way to stop watching, for connections that end by themselves. */
  watch(credential: Credential, identity: Identity, end: () => void): () => void {
    const text = JSON.stringify(identity);
    const key = `${JSON.stringify(credential)} ${text}`;
    const holder = this.#holders.get(key) ?? { credential, identity: text, connections: new Set() };
    holder.connections.add(end);
    this.#holders.set(key, holder);
    return () => {
      holder.connections.delete(end);
      if (holder.connections.size === 0 && this.#holders.get(key) === holder) this.#holders.delete(key);
    };
  }

  /** Asks for all of them now. A store that cannot be asked revokes nobody. */
  async check(): Promise<void> {
    for (const [key, holder] of this.#holders) {
      try {
        const now = await this.#recheck(holder.credential);
        if (now !== null && JSON.stringify(now) === holder.identity) continue;
      } catch (error) {
        this.#log.warn({ err: error }, 'live connections could not be checked against their tokens; they stay for now');
        continue;
      }
      this.#holders.delete(key);
      for (const end of holder.connections) end();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }

  #arm(): void {
    this.#cancel = this.#clock.after(CHECK_MS, () => {
      void this.check().then(() => {
        if (!this.#isClosed) this.#arm();
      });
    });
  }
}
