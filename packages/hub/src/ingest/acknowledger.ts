/** Tells edges how far the hub has their frames: `/{edge}/hub/ack`. Neighbours: ingest.ts feeds it after each commit, hub-bus.ts carries. */
import { type Acknowledge, topics } from '@slmm/protocol';
import { type Clock, type Closeable, type Logger, toInstant } from '@slmm/shared';
import type { HubBus } from '../fleet/hub-bus.ts';

/** While frames arrive an edge hears from us this often; the contract asks for every second. */
const INTERVAL_MS = 500;
/** Units in one message: far below the longest JSON payload, with ids of full length. */
const MAX_UNITS = 2000;

type Watermarks = Map<string, Map<string, number>>;

export class Acknowledger implements Closeable {
  readonly #bus: Pick<HubBus, 'publish'>;
  readonly #clock: Clock;
  readonly #log: Logger;
  /** Committed watermarks: edge, epoch, unit. */
  readonly #upto = new Map<string, Watermarks>();
  /** What an edge has not been told yet: edge, epoch, units. */
  #due = new Map<string, Map<string, Set<string>>>();
  #flushedMs = -Infinity;
  #cancel: (() => void) | null = null;
  #closed = false;

  constructor(parts: { readonly bus: Pick<HubBus, 'publish'>; readonly clock: Clock; readonly log: Logger }) {
    this.#bus = parts.bus;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /** The hub has this much. The edge hears of it soon; also when it is nothing new, because somebody who repeats frames may have missed it. */
  committed(edge: string, epoch: string, unit: string, upto: number): void {
    this.#know(edge, epoch, unit, upto);
    this.remind(edge, epoch, unit);
  }

  /** Has the edge told again what is known of this stream. */
  remind(edge: string, epoch: string, unit: string): void {
    units(this.#due, edge, epoch, () => new Set<string>()).add(unit);
    this.#flushSoon();
  }

  /** Known from the store; told when asked for. */
  load(edge: string, epoch: string, unit: string, upto: number): void {
    this.#know(edge, epoch, unit, upto);
  }

  /** The stream now belongs to another edge. */
  move(from: string, to: string, epoch: string, unit: string): void {
    const upto = this.#upto.get(from)?.get(epoch)?.get(unit);
    this.#upto.get(from)?.get(epoch)?.delete(unit);
    this.#due.get(from)?.get(epoch)?.delete(unit);
    if (upto !== undefined) this.#know(to, epoch, unit, upto);
  }

  /** Everything known of this edge, at once; `epoch` also when nothing is known of it, for then the edge starts from the beginning. */
  announce(edge: string, epoch?: string): void {
    const epochs = this.#upto.get(edge) ?? new Map<string, Map<string, number>>();
    for (const known of epochs.keys()) this.#tell(edge, known, [...(epochs.get(known)?.keys() ?? [])]);
    if (epoch !== undefined && !epochs.has(epoch)) this.#tell(edge, epoch, []);
  }

  announceAll(): void {
    for (const edge of this.#upto.keys()) this.announce(edge);
  }

  /** Tells what is due, and then nothing more. */
  close(): Promise<void> {
    if (!this.#closed) {
      this.#cancel?.();
      this.#flush();
    }
    this.#closed = true;
    return Promise.resolve();
  }

  #know(edge: string, epoch: string, unit: string, upto: number): void {
    units(this.#upto, edge, epoch, () => new Map<string, number>()).set(unit, upto);
  }

  #flushSoon(): void {
    if (this.#closed || this.#cancel !== null) return;
    const waitMs = Math.max(0, this.#flushedMs + INTERVAL_MS - this.#clock.monotonicMs());
    this.#cancel = this.#clock.after(waitMs, () => {
      this.#cancel = null;
      this.#flush();
    });
  }

  #flush(): void {
    this.#flushedMs = this.#clock.monotonicMs();
    const due = this.#due;
    this.#due = new Map();
    for (const [edge, epochs] of due) for (const [epoch, names] of epochs) this.#tell(edge, epoch, [...names]);
  }

  #tell(edge: string, epoch: string, names: readonly string[]): void {
    const known = this.#upto.get(edge)?.get(epoch);
    for (let start = 0; start === 0 || start < names.length; start += MAX_UNITS) {
      const upto = Object.fromEntries(names.slice(start, start + MAX_UNITS).map((unit) => [unit, known?.get(unit) ?? 0]));
      const message: Acknowledge = { epoch, upto, at: toInstant(this.#clock.nowMs()) };
      // A message that is not carried is no loss: the edge asks again by repeating frames, and hears everything at its next birth.
      this.#bus
        .publish(topics.ack(edge), JSON.stringify(message), { qos: 1, retain: false })
        .catch((error: unknown) => this.#log.debug({ err: error, edge }, 'an acknowledgement was not carried'));
    }
  }
}

function units<T>(all: Map<string, Map<string, T>>, edge: string, epoch: string, make: () => T): T {
  let epochs = all.get(edge);
  if (epochs === undefined) all.set(edge, (epochs = new Map()));
  let found = epochs.get(epoch);
  if (found === undefined) epochs.set(epoch, (found = make()));
  return found;
}
