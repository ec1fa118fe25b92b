/** Says what is wrong with messages from the bus: counts each, logs one per reason and source in a while. */
import { type Clock, type Logger, SeldomLog } from '@slmm/shared';
import type { Metrics } from '../metrics.ts';

/** Why a message was not taken; also the label of its counter. */
export type Refusal = 'bad-topic' | 'bad-payload' | 'unknown-edge' | 'unknown-unit' | 'foreign-unit';

export class Complaints {
  readonly #log: SeldomLog;
  readonly #metrics: Metrics;

  constructor(parts: { readonly clock: Clock; readonly log: Logger; readonly metrics: Metrics }) {
    this.#log = new SeldomLog(parts.clock, parts.log);
    this.#metrics = parts.metrics;
  }

  /** `source` is an id of ours (edge or unit); `topic` and `text` come from outside and are shortened for the log. */
  say(reason: Refusal, source: string, topic: string, text: string): void {
    this.#metrics.busRefused.inc({ reason });
    this.#log.warn(`${reason} ${source}`, { reason, topic: topic.slice(0, 200) }, text.slice(0, 500));
  }
}
