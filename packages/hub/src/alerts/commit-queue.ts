/** One durable step at a time: everything that gathers while a commit is under way goes into the next one. Neighbours: engine and unit-runtime add, alert-store writes. */
import type { Clock, Logger } from '@slmm/shared';
import type { OutboxEntry } from './alert-store.ts';
import type { AlertCommit, AlertStore } from './alert-store.ts';
import type { EventRecord } from './event-record.ts';

/** Told after the commit: what is announced is on disk. */
export interface Announcement {
  readonly record: EventRecord;
  readonly text: string;
}

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 30_000;

/** Events and outbox entries waiting while the database is away are few (they are keyed by id); positions replace one another. */
export class CommitQueue {
  readonly #store: AlertStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #announce: (announcements: readonly Announcement[], fillsOutbox: boolean) => void;
  #events = new Map<string, EventRecord>();
  #outbox = new Map<string, OutboxEntry>();
  #announcements: Announcement[] = [];
  #checkpoints = new Map<string, AlertCommit['checkpoints'][number]>();
  #forgetGaps = new Map<string, number>();
  #dropGaps = new Map<string, { readonly unit: string; readonly atMs: number }>();
  #running: Promise<void> | null = null;

  constructor(
    store: AlertStore,
    clock: Clock,
    log: Logger,
    announce: (announcements: readonly Announcement[], fillsOutbox: boolean) => void,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.#announce = announce;
  }

  add(record: EventRecord, text: string, entries: readonly OutboxEntry[]): void {
    this.#events.set(record.id, record);
    this.#announcements.push({ record, text });
    for (const entry of entries) this.#outbox.set(entry.id, entry);
    this.#start();
  }

  /** A position must not reach the disk before the events that lie before it: both go into the same commit, in the order of these calls. */
  position(change: AlertCommit['checkpoints'][number]): void {
    this.#checkpoints.set(`${change.unit}/${change.kind}/${change.kind === 'gap' ? change.checkpoint.atMs : ''}`, change);
    this.#start();
  }

  forgetGaps(unit: string, atMs: number): void {
    for (const [key, one] of this.#checkpoints) {
      if (one.unit === unit && one.kind === 'gap' && one.checkpoint.atMs >= atMs) this.#checkpoints.delete(key);
    }
    this.#forgetGaps.set(unit, Math.min(atMs, this.#forgetGaps.get(unit) ?? atMs));
  }

  /** One gap checkpoint that is given up. */
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
      const change: AlertCommit = {
        events: [...this.#events.values()],
        outbox: [...this.#outbox.values()],
        checkpoints: [...this.#checkpoints.values()],
        dropGaps: [...this.#dropGaps.values()],
        forgetGaps: [...this.#forgetGaps].map(([unit, atMs]) => ({ unit, atMs })),
      };
      const announcements = this.#announcements;
      this.#events = new Map();
      this.#outbox = new Map();
      this.#checkpoints = new Map();
      this.#forgetGaps = new Map();
      this.#dropGaps = new Map();
      this.#announcements = [];
      try {
        await this.#store.commit(change);
        failures = 0;
        this.#announce(announcements, change.outbox.length > 0);
      } catch (error) {
        failures += 1;
        if (failures === 1) this.#log.error({ err: error }, 'alerts cannot be written; trying again until they can');
        this.#putBack(change, announcements);
        await this.#pause(Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures, 10)));
      }
    }
    // In the same turn as the last look: what is added from now on starts a run of its own.
    this.#running = null;
  }

  /** Newer versions that were added meanwhile win. */
  #putBack(change: AlertCommit, announcements: readonly Announcement[]): void {
    this.#events = new Map([...change.events.map((event) => [event.id, event] as const), ...this.#events]);
    this.#outbox = new Map([...change.outbox.map((entry) => [entry.id, entry] as const), ...this.#outbox]);
    const keyed = change.checkpoints.map(
      (one) => [`${one.unit}/${one.kind}/${one.kind === 'gap' ? one.checkpoint.atMs : ''}`, one] as const,
    );
    this.#checkpoints = new Map([...keyed, ...this.#checkpoints]);
    for (const one of change.dropGaps ?? []) this.#dropGaps.set(`${one.unit}/gap/${one.atMs}`, one);
    for (const { unit, atMs } of change.forgetGaps ?? [])
      this.#forgetGaps.set(unit, Math.min(atMs, this.#forgetGaps.get(unit) ?? atMs));
    this.#announcements = [...announcements, ...this.#announcements];
  }

  #pause(ms: number): Promise<void> {
    return new Promise((done) => this.#clock.after(ms, done));
  }
}
