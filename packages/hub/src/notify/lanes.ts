/**
 * What is in a lane of the outbox (a receiver's channel): what travels together, what waits for what, and what goes again when the channel is back.
 * Neighbour: outbox.ts sends.
 */
import type { AlertStore, Lane, OutboxEntry } from '../alerts/alert-store.ts';

/** Most steps told in one message. */
export const MAX_GROUP = 50;
/** Entries that are read in one go. */
const PAGE = 500;

export class Lanes {
  readonly #store: Pick<AlertStore, 'unsent' | 'outbox' | 'updateOutbox'>;

  constructor(store: Pick<AlertStore, 'unsent' | 'outbox' | 'updateOutbox'>) {
    this.#store = store;
  }

  /** Everything that travels with this entry: what did so before, else whatever waits to be told of its site, due or not. Oldest first. */
  async messageOf(due: OutboxEntry, lane: Lane): Promise<OutboxEntry[]> {
    const store = this.#store;
    if (due.message !== null) {
      const before = await store.outbox({ message: due.message, limit: MAX_GROUP });
      return before.filter(({ state }) => state === 'waiting').sort(byAge);
    }
    const together = await store.unsent(lane, due.edge, MAX_GROUP);
    const all = together.some(({ id }) => id === due.id) ? together : [due];
    const ready: OutboxEntry[] = [];
    for (const entry of all) {
      const afterMs = await this.#waitsForMs(entry, lane);
      if (afterMs === null) ready.push(entry);
      // Later than what it waits for, so that it is not looked at first again.
      else await store.updateOutbox([{ ...entry, dueMs: Math.max(afterMs + 1, entry.dueMs) }]);
    }
    return ready.sort(byAge);
  }

  /**
   * Nobody hears of an end before the beginning, nor of it after what came later: when the earlier message about the same event is tried again; `null` where
   * none waits for that. Only that it has grown waits for no beginning: the word `critical` must not.
   */
  async #waitsForMs({ event, place, step }: OutboxEntry, lane: Lane): Promise<number | null> {
    if (place === 0) return null;
    const waiting = await this.#store.outbox({ event, ...lane, state: 'waiting', limit: MAX_GROUP });
    const earlier = waiting.filter((one) => one.place < place && one.message !== null);
    const before = step === 'level-up' ? earlier.filter((one) => one.step === 'clear') : earlier;
    return before.length === 0 ? null : Math.max(...before.map(({ dueMs }) => dueMs));
  }

  /** A channel that had failed is back: what waits there to be tried again goes out now, and what waits for that. */
  async bringForward(lane: Lane, nowMs: number): Promise<void> {
    const store = this.#store;
    const waiting = await this.#waitingIn(lane);
    const tried = new Set(waiting.flatMap(({ attempts, event }) => (attempts > 0 ? [event] : [])));
    const again = waiting.filter(({ event }) => tried.has(event));
    const soon = ({ attempts, dueMs }: OutboxEntry): number => (attempts > 0 ? Math.min(dueMs, nowMs) : nowMs + 1);
    await store.updateOutbox(again.map((entry) => ({ ...entry, dueMs: soon(entry) })));
  }

  /** Everything that waits in a lane, however much has gathered while its channel was away. */
  async #waitingIn(lane: Lane): Promise<OutboxEntry[]> {
    const waiting: OutboxEntry[] = [];
    let page: readonly OutboxEntry[] = [];
    do {
      const last = page.at(-1);
      const after = last === undefined ? {} : { after: last };
      page = await this.#store.outbox({ ...lane, state: 'waiting', limit: PAGE, ...after });
      waiting.push(...page);
    } while (page.length === PAGE);
    return waiting;
  }
}

const byAge = (a: OutboxEntry, b: OutboxEntry): number =>
  a.createdMs - b.createdMs || a.place - b.place || (a.id < b.id ? -1 : 1);
