/**
 * The one writer: what comes while a commit is under way goes into the next one together. Neighbours: ingest.ts adds, the reading store commits.
 * A commit that fails is tried again, unchanged, until the store takes it; meanwhile the open group fills up and is then full, which is the hub's back-pressure.
 */
import { type BackOff, backOffDelayMs, type Clock, type Closeable, type Logger } from '@slmm/shared';
import type { DeadLetter, ReadingBatch, ReadingStore } from '../history/reading-store.ts';
import type { IngestedReading, Stream } from './accept.ts';

/**
 * The open group takes no more from here on; one message more may overshoot it. Both groups together are what ingest can hold in memory.
 * A live frame waits for the commit that is under way and for its own: with 4,000 readings that is 70 ms in the middle while a backlog pours in, with 10,000 it was 250 ms,
 * with 2,000 the commits themselves cost too much.
 */
export const GROUP_LIMITS = { readings: 4_000, deadLetters: 500 } as const;
/** Commits begin at least this far apart, so that a trickle from many meters does not become a disk write each. */
const INTERVAL_MS = 10;
const RETRY: BackOff = { firstMs: 100, maxMs: 5000, jitter: 0.5 };

export interface Group extends ReadingBatch {
  readonly readings: readonly IngestedReading[];
  readonly streams: readonly Stream[];
}

interface OpenGroup {
  readonly readings: IngestedReading[];
  readonly streams: Map<string, Stream>;
  readonly deadLetters: DeadLetter[];
  readonly sinceMs: number;
}

export interface GroupCommitParts {
  readonly store: Pick<ReadingStore, 'append'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** In [0, 1), for the jitter of retries. */
  readonly random: () => number;
  /** The group is on the disk; `tookMs` since its first message. */
  readonly committed: (group: Group, tookMs: number) => void;
  /** There is room again. */
  readonly room: () => void;
}

export class GroupCommit implements Closeable {
  readonly #parts: GroupCommitParts;
  #open: OpenGroup | null = null;
  #committing: Promise<void> | null = null;
  #lastStartMs = -Infinity;
  #cancel: (() => void) | null = null;
  #wake: (() => void) | null = null;
  #failure: { readonly reason: string; readonly sinceMs: number } | null = null;
  #closed = false;

  constructor(parts: GroupCommitParts) {
    this.#parts = parts;
  }

  get full(): boolean {
    const open = this.#open;
    if (open === null) return false;
    return open.readings.length >= GROUP_LIMITS.readings || open.deadLetters.length >= GROUP_LIMITS.deadLetters;
  }

  /** Why nothing is being stored, and since when (wall time); `null` when all is well. */
  get failure(): { readonly reason: string; readonly sinceMs: number } | null {
    return this.#failure;
  }

  /** Adds to the open group. `stream`: as it stands with these readings. */
  add(stream: Stream | null, readings: readonly IngestedReading[], deadLetter: DeadLetter | null): void {
    const open: OpenGroup = (this.#open ??= {
      readings: [],
      streams: new Map(),
      deadLetters: [],
      sinceMs: this.#parts.clock.monotonicMs(),
    });
    for (const reading of readings) open.readings.push(reading);
    if (stream !== null) open.streams.set(`${stream.unit} ${stream.epoch}`, stream);
    if (deadLetter !== null) open.deadLetters.push(deadLetter);
    this.#startSoon();
  }

  /** Tries once to commit what is held, and stops. What is not committed was not acknowledged either. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    await this.#committing;
    this.#cancel?.();
    if (this.#open !== null && this.#failure === null) await this.#start();
  }

  #startSoon(): void {
    if (this.#committing !== null || this.#cancel !== null || this.#closed) return;
    const waitMs = Math.max(0, this.#lastStartMs + INTERVAL_MS - this.#parts.clock.monotonicMs());
    this.#cancel = this.#parts.clock.after(waitMs, () => {
      this.#cancel = null;
      void this.#start();
    });
  }

  #start(): Promise<void> {
    const taken = this.#open;
    if (taken === null) return Promise.resolve();
    this.#open = null;
    this.#lastStartMs = this.#parts.clock.monotonicMs();
    const group: Group = { readings: taken.readings, streams: [...taken.streams.values()], deadLetters: taken.deadLetters };
    this.#committing = this.#commit(group, taken.sinceMs).finally(() => {
      this.#committing = null;
      if (this.#open !== null) this.#startSoon();
    });
    this.#parts.room();
    return this.#committing;
  }

  async #commit(group: Group, sinceMs: number): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      try {
        await this.#parts.store.append(group);
        break;
      } catch (error) {
        this.#failed(error);
        if (this.#closed) return;
        await this.#pause(backOffDelayMs(RETRY, failures, this.#parts.random()));
        if (this.#closed) return;
      }
    }
    this.#recovered();
    this.#parts.committed(group, this.#parts.clock.monotonicMs() - sinceMs);
  }

  #failed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (this.#failure === null)
      this.#parts.log.error(
        { err: error },
        'readings cannot be stored; edges keep their frames, and it is tried again until it works',
      );
    this.#failure = { reason, sinceMs: this.#failure?.sinceMs ?? this.#parts.clock.nowMs() };
  }

  #recovered(): void {
    if (this.#failure === null) return;
    this.#parts.log.info({ forMs: this.#parts.clock.nowMs() - this.#failure.sinceMs }, 'readings are stored again');
    this.#failure = null;
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(delayMs, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
