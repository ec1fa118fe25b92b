/** Says what is wrong with messages from the bus: counts each, logs one per reason and source in a while. */
import type { Clock, Logger } from '@slmm/shared';
import type { Metrics } from '../metrics.ts';

/** One log line per reason and source in this time; the next one says how many were left out. */
const QUIET_MS = 30_000;
/** Most (reason, source) pairs remembered; beyond that only the reason counts. */
const MAX_SOURCES = 500;

/** Why a message was not taken; also the label of its counter. */
export type Refusal = 'bad-topic' | 'bad-payload' | 'unknown-edge' | 'unknown-unit' | 'foreign-unit';

export class Complaints {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #metrics: Metrics;
  readonly #said = new Map<string, { nextMs: number; leftOut: number }>();

  constructor(parts: { readonly clock: Clock; readonly log: Logger; readonly metrics: Metrics }) {
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#metrics = parts.metrics;
  }

  /** `source` is an id of ours (edge or unit); `topic` and `text` come from outside and are shortened for the log. */
  say(reason: Refusal, source: string, topic: string, text: string): void {
    this.#metrics.busRefused.inc({ reason });
    const nowMs = this.#clock.monotonicMs();
    const key = this.#said.size < MAX_SOURCES || this.#said.has(`${reason} ${source}`) ? `${reason} ${source}` : reason;
    const said = this.#said.get(key);
    if (said !== undefined && said.nextMs > nowMs) {
      said.leftOut += 1;
      return;
    }
    const leftOut = said?.leftOut ?? 0;
    this.#said.set(key, { nextMs: nowMs + QUIET_MS, leftOut: 0 });
    this.#log.warn({ reason, topic: topic.slice(0, 200), leftOut }, text.slice(0, 500));
  }
}
