/** Bounds failed logins. Pure but for its table. Neighbours: aedes-broker.ts. */

export interface LoginLimits {
  /** Failures after which a key has to wait. */
  readonly failures: number;
  /** How long a failure counts, and so how long a key waits after its last one. */
  readonly windowMs: number;
  /** Most keys remembered; the one that failed longest ago is forgotten first. */
  readonly keys: number;
}

/**
 * Counts failures per key. A key is an address with a user name (so that a guesser beside it does not lock an edge out), or an address alone with a higher bound.
 * Secrets have 256 random bits: the limit is there for the log and the database, not for the secret.
 */
export class LoginLimiter {
  readonly #limits: LoginLimits;
  readonly #failed = new Map<string, { count: number; lastMs: number }>();

  constructor(limits: LoginLimits) {
    this.#limits = limits;
  }

  isBlocked(key: string, nowMs: number): boolean {
    const failed = this.#failed.get(key);
    if (failed === undefined) return false;
    if (nowMs - failed.lastMs < this.#limits.windowMs) return failed.count >= this.#limits.failures;
    this.#failed.delete(key);
    return false;
  }

  /** A try that is refused because the key is blocked is no failure, or it would stay blocked for ever. */
  failed(key: string, nowMs: number): void {
    const known = this.#failed.get(key);
    const isFresh = known !== undefined && nowMs - known.lastMs < this.#limits.windowMs;
    this.#failed.delete(key);
    const oldest = this.#failed.keys().next();
    if (this.#failed.size >= this.#limits.keys && oldest.done !== true) this.#failed.delete(oldest.value);
    this.#failed.set(key, { count: isFresh ? known.count + 1 : 1, lastMs: nowMs });
  }

  succeeded(key: string): void {
    this.#failed.delete(key);
  }
}
