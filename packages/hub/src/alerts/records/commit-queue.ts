/** One durable step at a time: everything that gathers while a commit is under way goes into the next one. Neighbours: event-book.ts and the runtimes add, alert-store.ts writes. */
import type { Clock, Logger } from '@slmm/shared';
import type { AlertCommit, AlertStore, OutboxEntry, StoredCheckpoint } from '../alert-store.ts';
import { type EventRecord, newSteps } from './event-record.ts';
import type { EventStep } from '../judging/event-story.ts';

/** Told after the commit: what is announced is on disk. */
export interface Announcement {
  readonly record: EventRecord;
  /** What is new in it; empty when only figures or decisions have changed. */
  readonly steps: readonly EventStep[];
}

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 30_000;

interface Waiting {
  /** As it was announced last; `null` for an event that is new. */
  readonly before: EventRecord | null;
  readonly record: EventRecord;
}

/** What waits is bounded by what there is: one record per event, one entry per notification, one position per unit; newer versions replace older ones. */
export class CommitQueue {
  readonly #store: AlertStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #committed: (announcements: readonly Announcement[], fillsOutbox: boolean) => void;
  #events = new Map<string, Waiting>();
  #outbox = new Map<string, OutboxEntry>();
  #checkpoints = new Map<string, StoredCheckpoint>();
  #forgetGaps = new Map<string, number>();
  #dropGaps = new Map<string, { readonly unit: string; readonly atMs: number }>();
  #running: Promise<void> | null = null;

  constructor(
    store: AlertStore,
    clock: Clock,
    log: Logger,
    committed: (announcements: readonly Announcement[], fillsOutbox: boolean) => void,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.#committed = committed;
  }

  /** An event as it stands now, and what is to be sent about it: both or neither will be on disk. */
  event(before: EventRecord | null, record: EventRecord, entries: readonly OutboxEntry[]): void {
    const waiting = this.#events.get(record.id);
    this.#events.set(record.id, { before: waiting === undefined ? before : waiting.before, record });
    for (const entry of entries) this.#outbox.set(entry.id, entry);
    this.#start();
  }

  /** A position must not reach the disk before the events that lie before it: what is added in one turn goes into one commit. */
  checkpoint(one: StoredCheckpoint): void {
    this.#checkpoints.set(keyOf(one), one);
    this.#start();
  }

  /** Gap checkpoints from this instant on are no longer true. */
  forgetGaps(unit: string, atMs: number): void {
    for (const [key, one] of this.#checkpoints)
      if (one.unit === unit && one.kind === 'gap' && one.checkpoint.atMs >= atMs) this.#checkpoints.delete(key);
    this.#forgetGaps.set(unit, Math.min(atMs, this.#forgetGaps.get(unit) ?? atMs));
  }

  /** One gap checkpoint is given up. */
  dropGap(unit: string, atMs: number): void {
    const key = `${unit}/gap/${atMs}`;
    this.#checkpoints.delete(key);
    this.#dropGaps.set(key, { unit, atMs });
  }

  /** Waits until everything that was added is on disk. */
  async settled(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  #start(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    let failures = 0;
    // The caller's whole turn belongs into one commit.
    await Promise.resolve();
    while (this.#events.size > 0 || this.#checkpoints.size > 0 || this.#outbox.size > 0) {
      const events = this.#events;
      const change: AlertCommit = {
        events: [...events.values()].map(({ record }) => record),
        outbox: [...this.#outbox.values()],
        checkpoints: [...this.#checkpoints.values()],
        dropGaps: [...this.#dropGaps.values()],
        forgetGaps: [...this.#forgetGaps].map(([unit, atMs]) => ({ unit, atMs })),
      };
      this.#events = new Map();
      this.#outbox = new Map();
      this.#checkpoints = new Map();
      this.#forgetGaps = new Map();
      this.#dropGaps = new Map();
      try {
        await this.#store.commit(change);
        failures = 0;
      } catch (error) {
        failures += 1;
        if (failures === 1) this.#log.error({ err: error }, 'alerts cannot be written; trying again until they can');
        this.#putBack(change, events);
        await this.#pause(Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures, 10)));
        continue;
      }
      const announcements = [...events.values()].map(({ before, record }) => ({ record, steps: newSteps(before, record) }));
      this.#committed(announcements, change.outbox.length > 0);
    }
    // In the same turn as the last look: what is added from now on starts a run of its own.
    this.#running = null;
  }

  /** Newer versions that were added meanwhile win. */
  #putBack(change: AlertCommit, events: ReadonlyMap<string, Waiting>): void {
    const merged = new Map(events);
    for (const [id, { before, record }] of this.#events) {
      const former = merged.get(id);
      merged.set(id, { before: former === undefined ? before : former.before, record });
    }
    this.#events = merged;
    this.#outbox = new Map([...change.outbox.map((entry) => [entry.id, entry] as const), ...this.#outbox]);
    const gapsFrom = (unit: string): number => this.#forgetGaps.get(unit) ?? Number.POSITIVE_INFINITY;
    const former = change.checkpoints.filter((one) => one.kind !== 'gap' || one.checkpoint.atMs < gapsFrom(one.unit));
    this.#checkpoints = new Map([...former.map((one) => [keyOf(one), one] as const), ...this.#checkpoints]);
    for (const one of change.dropGaps ?? []) this.#dropGaps.set(`${one.unit}/gap/${one.atMs}`, one);
    for (const { unit, atMs } of change.forgetGaps ?? []) this.#forgetGaps.set(unit, Math.min(atMs, gapsFrom(unit)));
  }

  #pause(ms: number): Promise<void> {
    return new Promise((done) => this.#clock.after(ms, done));
  }
}

const keyOf = ({ unit, kind, checkpoint }: StoredCheckpoint): string =>
  `${unit}/${kind}/${kind === 'gap' ? checkpoint.atMs : ''}`;
