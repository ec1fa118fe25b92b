/**
 * Keeps history tidy in the background: packs readings that have settled, prunes what retention no longer keeps, gives the room back. A shell around the store's orders;
 * answers never wait for it and never depend on how far it is. Neighbours: history-store.ts does the work, hub.ts starts it.
 */
import type { Clock, Closeable, Logger } from '@slmm/shared';
import type { HistoryStore, Retention } from './history-store.ts';

/** How often it looks for work. */
const LOOK_MS = 30_000;
/** Readings rest as rows for so long, counted from their arrival, so that a block is seldom written twice. */
const SETTLE_MS = 600_000;
/** Marks are set so far apart. */
const MARK_EVERY_MS = 60_000;
/** A small order keeps transactions of others waiting for milliseconds only. */
const ORDER_LIMIT = 4;
/** Pause between two orders: packing takes less than half of its thread's time, and ingest has the disk in between. */
const PAUSE_MS = 40;
const PRUNE_EVERY_MS = 3_600_000;
const PRUNE_LIMIT = 500;
/** Orders to prune in one go; what is left waits for the next hour. */
const PRUNE_ORDERS = 2_000;

interface Mark {
  readonly atMs: number;
  readonly mark: number;
}

export interface HistoryKeeperParts {
  readonly store: Pick<HistoryStore, 'mark' | 'compact' | 'prune' | 'reclaim'>;
  readonly retention: Retention;
  readonly clock: Clock;
  readonly log: Logger;
}

export class HistoryKeeper implements Closeable {
  readonly #parts: HistoryKeeperParts;
  /** Oldest first; at most `SETTLE_MS / MARK_EVERY_MS` and one. */
  #marks: Mark[] = [];
  #prunedMs = -Infinity;
  #cancel: () => void = () => undefined;
  #work: Promise<void> = Promise.resolve();
  #closed = false;
  #failing = false;
  /** Units whose damage was told. */
  readonly #told = new Set<string>();

  constructor(parts: HistoryKeeperParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#cancel = this.#parts.clock.after(LOOK_MS, () => {
      this.#work = this.#look().finally(() => {
        if (!this.#closed) this.start();
      });
    });
  }

  /** Waits for the order that runs. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#work;
  }

  async #look(): Promise<void> {
    try {
      await this.#setMark();
      await this.#pack();
      await this.#prune();
      await this.#reclaim();
      if (this.#failing) this.#parts.log.info('history is packed and pruned again');
      this.#failing = false;
    } catch (error) {
      if (!this.#failing && !this.#closed)
        this.#parts.log.error(
          { err: error },
          'history cannot be packed or pruned; answers are right but slower, and it is tried again',
        );
      this.#failing = true;
    }
  }

  async #setMark(): Promise<void> {
    const atMs = this.#parts.clock.monotonicMs();
    const newest = this.#marks.at(-1);
    if (newest === undefined || atMs - newest.atMs >= MARK_EVERY_MS)
      this.#marks.push({ atMs, mark: await this.#parts.store.mark() });
  }

  async #pack(): Promise<void> {
    const { clock, store } = this.#parts;
    const settled = this.#marks.findLast((one) => clock.monotonicMs() - one.atMs >= SETTLE_MS);
    if (settled === undefined) return;
    this.#marks = this.#marks.filter((one) => one.atMs >= settled.atMs);
    for (;;) {
      if (this.#closed) return;
      const nowMs = clock.nowMs();
      const { compacted, damaged } = await store.compact({
        beforeMs: nowMs - SETTLE_MS,
        mark: settled.mark,
        nowMs,
        limit: ORDER_LIMIT,
      });
      this.#tellOfDamage(damaged);
      if (compacted === 0) return;
      await this.#pause();
    }
  }

  #tellOfDamage(damaged: readonly string[]): void {
    for (const unit of damaged) {
      if (this.#told.has(unit)) continue;
      this.#told.add(unit);
      this.#parts.log.error(
        { unit },
        'some of the stored history of this unit cannot be read any more: it is kept as it is and no longer packed; restore it from a backup',
      );
    }
  }

  async #prune(): Promise<void> {
    const { clock, store, retention } = this.#parts;
    if (clock.monotonicMs() - this.#prunedMs < PRUNE_EVERY_MS) return;
    this.#prunedMs = clock.monotonicMs();
    for (let order = 0; order < PRUNE_ORDERS && !this.#closed; order += 1) {
      const { deleted } = await store.prune(retention, clock.nowMs(), PRUNE_LIMIT);
      if (deleted === 0) return;
      await this.#pause();
    }
  }

  async #reclaim(): Promise<void> {
    while (!this.#closed) {
      const { bytes } = await this.#parts.store.reclaim();
      if (bytes === 0) return;
      await this.#pause();
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#parts.clock.after(PAUSE_MS, resolve);
    });
  }
}
