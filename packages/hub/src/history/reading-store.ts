import type { Frame } from '@slmm/protocol';
import type { Closeable } from '@slmm/shared';

/** A stored frame. `late`: it came by backfill, or so long after its `at` that nobody saw it live. */
export interface Reading {
  readonly frame: Frame;
  readonly atMs: number;
  readonly late: boolean;
}

/** Seqs of one unit and epoch that are committed, as closed ranges in ascending order without touching neighbours. */
export type SeqRanges = readonly (readonly [first: number, last: number])[];

/** What the store knows of one unit and epoch. `lost` are the seqs written off, with their cause; they count as settled for the watermark. */
export interface StreamRecord {
  readonly unit: string;
  readonly epoch: string;
  readonly edge: string;
  readonly committed: SeqRanges;
  readonly lost: readonly LostRange[];
}

export interface LostRange {
  readonly first: number;
  readonly last: number;
  readonly cause: 'journal-full' | 'journal-corrupt' | 'poison' | 'unknown';
  readonly atMs: number;
}

/** One group commit: new readings (already free of duplicates) and the streams as they stand after it. All or nothing, on disk when the promise resolves. */
export interface ReadingBatch {
  readonly readings: readonly Reading[];
  readonly streams: readonly StreamRecord[];
  readonly deadLetters: readonly DeadLetter[];
}

/** A message that could not become a reading, kept with its reason for a person to look at. */
export interface DeadLetter {
  readonly atMs: number;
  readonly topic: string;
  readonly reason: string;
  /** At most 4096 bytes of what was received. */
  readonly payload: Uint8Array;
}

export interface ReadingQuery {
  readonly unit: string;
  /** Inclusive. */
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly limit: number;
  /** Continue behind this reading (from an earlier answer); opaque to callers. */
  readonly after?: string;
}

/**
 * Where readings live. Neighbours: ingest appends, history and api ask.
 * Two implementations (SQLite in a worker thread, PostgreSQL) and an in-memory twin pass the same contract test.
 * One process appends; a faulting store rejects and loses nothing that it had resolved.
 */
export interface ReadingStore extends Closeable {
  append(batch: ReadingBatch): Promise<void>;
  /** Every stream of this edge, or of all edges: asked once at the start, to resume watermarks. */
  streams(edge?: string): Promise<readonly StreamRecord[]>;
  /** Oldest first, by `at`, then epoch and seq. */
  readings(query: ReadingQuery): Promise<{ readonly readings: readonly Reading[]; readonly next: string | null }>;
  /** The newest reading by `at`, per unit. */
  latest(units?: readonly string[]): Promise<readonly Reading[]>;
  /** Newest first; at most `limit`. */
  deadLetters(limit: number): Promise<readonly DeadLetter[]>;
}
