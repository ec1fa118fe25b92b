/** A log line that may be due many times a second, said seldom: for what strangers can cause as often as they like. */
import type { Clock } from '../time/clock.ts';
import type { Logger } from './logger.ts';

/** One line per key in this time; the next one says how many were left out. */
const QUIET_MS = 30_000;
/** Most keys remembered; those that come on top of them share one line. */
const MAX_KEYS = 500;

export class SeldomLog {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #said = new Map<string, { nextMs: number; leftOut: number }>();

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Warns of `text`, unless the same `key` was warned of lately. `fields` and `text` are the caller's to shorten. */
  warn(key: string, fields: Readonly<Record<string, unknown>>, text: string): void {
    const nowMs = this.#clock.monotonicMs();
    const place = this.#placeOf(key, nowMs);
    const said = this.#said.get(place);
    if (said !== undefined && said.nextMs > nowMs) {
      said.leftOut += 1;
      return;
    }
    this.#said.set(place, { nextMs: nowMs + QUIET_MS, leftOut: 0 });
    this.#log.warn({ ...fields, leftOut: said?.leftOut ?? 0 }, text);
  }

  #placeOf(key: string, nowMs: number): string {
    if (this.#said.has(key)) return key;
    if (this.#said.size >= MAX_KEYS)
      for (const [one, { nextMs, leftOut }] of this.#said) if (nextMs <= nowMs && leftOut === 0) this.#said.delete(one);
    return this.#said.size < MAX_KEYS ? key : '';
  }
}
