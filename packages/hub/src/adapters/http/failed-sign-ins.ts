// How often an address may try a wrong credential. Pure: time comes in.

const WINDOW_MS = 60_000;
/** Failures per address and window; a person who mistypes needs five, a program in a loop is stopped. */
const MAX_FAILURES = 20;
/** Addresses that are remembered; the one that failed longest ago is forgotten first. */
const MAX_ADDRESSES = 10_000;

interface Failures {
  readonly sinceMs: number;
  readonly count: number;
}

export class FailedSignIns {
  readonly #byAddress = new Map<string, Failures>();

  /** Seconds that this address has to wait; 0 when it may try. */
  waitSeconds(address: string, nowMs: number): number {
    const failures = this.#current(address, nowMs);
    if (failures === null || failures.count < MAX_FAILURES) return 0;
    return Math.max(1, Math.ceil((failures.sinceMs + WINDOW_MS - nowMs) / 1000));
  }

  /** Notes a failure. True when it is the one that makes the address wait. */
  failed(address: string, nowMs: number): boolean {
    const before = this.#current(address, nowMs) ?? { sinceMs: nowMs, count: 0 };
    const oldest = this.#byAddress.keys().next();
    if (this.#byAddress.size >= MAX_ADDRESSES && oldest.done !== true) this.#byAddress.delete(oldest.value);
    this.#byAddress.delete(address);
    this.#byAddress.set(address, { ...before, count: before.count + 1 });
    return before.count + 1 === MAX_FAILURES;
  }

  #current(address: string, nowMs: number): Failures | null {
    const failures = this.#byAddress.get(address);
    return failures === undefined || nowMs - failures.sinceMs >= WINDOW_MS ? null : failures;
  }
}
