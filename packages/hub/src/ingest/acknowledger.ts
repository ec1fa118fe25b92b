/** Tells edges how far the hub has their frames: `/{edge}/hub/ack`. Neighbours: ingest.ts feeds it after each commit, hub-bus.ts carries. */
import { type Acknowledge, topics } from '@slmm/protocol';
import { type Clock, type Closeable, type Logger, toInstant } from '@slmm/shared';
import type { HubBus } from '../fleet/hub-bus.ts';

/** While frames arrive an edge hears from us this often; the contract asks for every second. */
const INTERVAL_MS = 500;
/** An edge whose line is paid for by the byte hears so often, or after so many messages. Nothing hangs on it: acknowledged frames stay in its journal anyway. */
const ECONOMY_MS = 240_000;
const ECONOMY_MESSAGES = 32;
/** Units in one message: far below the longest JSON payload, with ids of full length. */
const MAX_UNITS = 2000;

type Watermarks = Map<string, Map<string, number>>;

/** Epochs and units of which an edge is to be told, and how many messages it has sent meanwhile. */
interface Due {
  readonly epochs: Map<string, Set<string>>;
  messages: number;
}

export class Acknowledger implements Closeable {
  readonly #bus: Pick<HubBus, 'publish'>;
  readonly #clock: Clock;
  readonly #log: Logger;
  /** Committed watermarks: edge, epoch, unit. */
  readonly #upto = new Map<string, Watermarks>();
  /** What edges have not been told yet. */
  readonly #due = new Map<string, Due>();
  readonly #toldMs = new Map<string, number>();
  readonly #economy: (edge: string) => boolean;
  #timer: { readonly atMs: number; readonly cancel: () => void } | null = null;
  #closed = false;

  /** `economy`: whether an edge pays for every byte. */
  constructor(parts: {
    readonly bus: Pick<HubBus, 'publish'>;
    readonly clock: Clock;
    readonly log: Logger;
    readonly economy: (edge: string) => boolean;
  }) {
    this.#bus = parts.bus;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#economy = parts.economy;
  }

  /** The hub has this much. The edge hears of it soon. */
  committed(edge: string, epoch: string, unit: string, upto: number): void {
    this.#know(edge, epoch, unit, upto);
    this.#tellSoon(edge, epoch, unit, 1);
  }

  /** Has the edge told again what is known of this stream: who repeats frames may have missed it. */
  remind(edge: string, epoch: string, unit: string): void {
    this.#tellSoon(edge, epoch, unit, ECONOMY_MESSAGES);
  }

  /** Known from the store; told when asked for. */
  load(edge: string, epoch: string, unit: string, upto: number): void {
    this.#know(edge, epoch, unit, upto);
  }

  /** The stream now belongs to another edge. */
  move(from: string, to: string, epoch: string, unit: string): void {
    const upto = this.#upto.get(from)?.get(epoch)?.get(unit);
    this.#upto.get(from)?.get(epoch)?.delete(unit);
    this.#due.get(from)?.epochs.get(epoch)?.delete(unit);
    if (upto !== undefined) this.#know(to, epoch, unit, upto);
  }

  /** Everything known of this edge, at once; of `epochs` also that nothing is known, for then the edge starts from the beginning. */
  announce(edge: string, epochs: readonly string[] = []): void {
    this.answer(edge, [...(this.#upto.get(edge)?.keys() ?? []), ...epochs]);
  }

  /** What is known of these epochs, at once. */
  answer(edge: string, epochs: readonly string[]): void {
    const known = this.#upto.get(edge);
    for (const epoch of new Set(epochs)) this.#tell(edge, epoch, [...(known?.get(epoch)?.keys() ?? [])], true);
  }

  announceAll(): void {
    for (const edge of this.#upto.keys()) this.announce(edge);
  }

  /** Tells what is due, and then nothing more. */
  close(): Promise<void> {
    if (!this.#closed) {
      this.#timer?.cancel();
      for (const [edge, due] of this.#due) this.#flush(edge, due);
    }
    this.#closed = true;
    return Promise.resolve();
  }

  #know(edge: string, epoch: string, unit: string, upto: number): void {
    entryOf(
      entryOf(this.#upto, edge, () => new Map<string, Map<string, number>>()),
      epoch,
      () => new Map<string, number>(),
    ).set(unit, upto);
  }

  #tellSoon(edge: string, epoch: string, unit: string, messages: number): void {
    if (this.#closed) return;
    const due = entryOf(this.#due, edge, () => ({ epochs: new Map<string, Set<string>>(), messages: 0 }));
    entryOf(due.epochs, epoch, () => new Set<string>()).add(unit);
    due.messages += messages;
    this.#wakeAt(this.#dueAtMs(edge, due));
  }

  #dueAtMs(edge: string, { messages }: Due): number {
    const pauseMs = messages < ECONOMY_MESSAGES && this.#economy(edge) ? ECONOMY_MS : INTERVAL_MS;
    return (this.#toldMs.get(edge) ?? Number.NEGATIVE_INFINITY) + pauseMs;
  }

  #wakeAt(atMs: number): void {
    if (this.#timer !== null && this.#timer.atMs <= atMs) return;
    this.#timer?.cancel();
    const cancel = this.#clock.after(Math.max(0, atMs - this.#clock.monotonicMs()), () => this.#flushDue());
    this.#timer = { atMs, cancel };
  }

  #flushDue(): void {
    this.#timer = null;
    const nowMs = this.#clock.monotonicMs();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [edge, due] of this.#due) {
      const atMs = this.#dueAtMs(edge, due);
      if (atMs <= nowMs) this.#flush(edge, due);
      else nextMs = Math.min(nextMs, atMs);
    }
    if (Number.isFinite(nextMs)) this.#wakeAt(nextMs);
  }

  #flush(edge: string, { epochs }: Due): void {
    this.#due.delete(edge);
    this.#toldMs.set(edge, this.#clock.monotonicMs());
    for (const [epoch, names] of epochs) this.#tell(edge, epoch, [...names], false);
  }

  /** `all`: these are all units that are known. */
  #tell(edge: string, epoch: string, names: readonly string[], all: boolean): void {
    const known = this.#upto.get(edge)?.get(epoch);
    for (let start = 0; start === 0 || start < names.length; start += MAX_UNITS) {
      const upto = Object.fromEntries(names.slice(start, start + MAX_UNITS).map((unit) => [unit, known?.get(unit) ?? 0]));
      const message: Acknowledge = { epoch, upto, at: toInstant(this.#clock.nowMs()) };
      if (all && names.length <= MAX_UNITS) message.all = true;
      // A message that is not carried is no loss: the edge asks again by repeating frames, and hears everything at its next birth.
      this.#bus
        .publish(topics.ack(edge), JSON.stringify(message), { qos: 1, retain: false })
        .catch((error: unknown) => this.#log.debug({ err: error, edge }, 'an acknowledgement was not carried'));
    }
  }
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let found = map.get(key);
  if (found === undefined) map.set(key, (found = make()));
  return found;
}
