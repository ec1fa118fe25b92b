/** Who in the hub listens to which topics, whatever carries the messages. Neighbours: broker/ and mqtt/ hand messages to it. */
import type { BusMessage } from '../fleet/hub-bus.ts';
import { TopicFilter } from './broker/topic-filter.ts';

export type BusHandler = (message: BusMessage) => Promise<void> | void;

/** Topics of which it is remembered where they go; all are forgotten when there are more. */
const MAX_KNOWN = 10_000;

export class BusHandlers {
  readonly #entries: { readonly filters: readonly TopicFilter[]; readonly handle: BusHandler }[] = [];
  readonly #known = new Map<string, readonly BusHandler[]>();

  add(filters: readonly string[], handle: BusHandler): void {
    this.#entries.push({ filters: filters.map((filter) => new TopicFilter(filter)), handle });
    this.#known.clear();
  }

  /** Gives the message to each handler once, however many of its filters fit. What it returns resolves when all are done; `null` when they are already. */
  hand(message: BusMessage): Promise<unknown> | null {
    let waiting: Promise<void>[] | null = null;
    for (const handle of this.#of(message.topic)) {
      const result = handle(message);
      if (result !== undefined) (waiting ??= []).push(result);
    }
    return waiting === null ? null : Promise.all(waiting);
  }

  #of(topic: string): readonly BusHandler[] {
    let handlers = this.#known.get(topic);
    if (handlers === undefined) {
      handlers = this.#entries
        .filter(({ filters }) => filters.some((filter) => filter.matches(topic)))
        .map(({ handle }) => handle);
      if (this.#known.size >= MAX_KNOWN) this.#known.clear();
      this.#known.set(topic, handlers);
    }
    return handlers;
  }
}
