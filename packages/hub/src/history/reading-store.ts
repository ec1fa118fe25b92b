/** Where readings live, as a port. Neighbours: ingest/ appends; ledger/, history.ts and api ask; adapters/{sqlite,postgres,memory} implement. */
import type { Frame, Link, LostRange as ReportedLoss, RunState } from '@slmm/protocol';
import type { Closeable } from '@slmm/shared';

/** A stored frame. `late`: nobody could have seen it live (the rule is ingest/accept.ts's). */
export interface Reading {
  readonly frame: Frame;
  readonly atMs: number;
  readonly late: boolean;
  /** It is a row of a series of other origin (`slmm-hub import-levels`) in the form of a frame: only its interval means anything. */
  readonly imported?: true;
}

/** A set of seqs as closed ranges in ascending order that neither overlap nor touch. */
export type SeqRanges = readonly (readonly [first: number, last: number])[];

/**
 * What the store knows of one unit and epoch. `settled` are the seqs that need not come again: committed as readings, or written off.
 * `lost` names those written off; the oldest entries of a very long list are forgotten while their seqs stay settled.
 */
export interface StreamRecord {
  readonly unit: string;
  readonly epoch: string;
  /** The edge that speaks for it. */
  readonly edge: string;
  readonly settled: SeqRanges;
  readonly lost: readonly LostRange[];
}

/** Seqs that will never be readings. `poison`: the edge sent something that is no frame; the others are the edge's own words. */
export interface LostRange {
  readonly first: number;
  readonly last: number;
  readonly cause: ReportedLoss['cause'] | 'poison';
  /** Time of the first and of the last of these frames, where the edge knew. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** Hub time at which they were written off. */
  readonly atMs: number;
}

/** One group commit: new readings (already free of duplicates) and the streams as they stand after it. The stream of every reading is among them. */
export interface ReadingBatch {
  readonly readings: readonly Reading[];
  readonly streams: readonly StreamRecord[];
  readonly deadLetters: readonly DeadLetter[];
}

/** A message that could not become readings, kept with its reason for a person to look at. */
export interface DeadLetter {
  readonly atMs: number;
  readonly topic: string;
  readonly reason: string;
  /** At most `MAX_DEAD_LETTER_BYTES` of what was received. */
  readonly payload: Uint8Array;
}

export const MAX_DEAD_LETTER_BYTES = 4096;
/** Older dead letters are deleted beyond this many. */
export const MAX_DEAD_LETTERS = 10_000;

/** `times`: how often the same payload came on the same topic; `atMs` is the newest of them. */
export interface StoredDeadLetter extends DeadLetter {
  readonly times: number;
}

export interface ReadingQuery {
  readonly unit: string;
  /** Inclusive. */
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly limit: number;
  /** `next` of an earlier answer to the same question; a RangeError when it is not one. */
  readonly after?: string;
}

/** From `atMs` on, how a unit's link and run state were. */
export interface UnitStateChange {
  readonly unit: string;
  readonly atMs: number;
  readonly link: Link;
  readonly run: RunState;
}

/**
 * Readings of one epoch that follow one another in time and in seq, without a step longer than asked for: what the ledger reads instead of every reading.
 * `live` + `late` is their number, `last - first + 1`.
 */
export interface Sequence {
  readonly epoch: string;
  readonly first: number;
  readonly last: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly live: number;
  readonly late: number;
}

/**
 * Implementations: SQLite behind worker threads, PostgreSQL, and an in-memory twin; all pass tests/contracts/reading-store.contract.test.ts.
 * One process appends. A faulting store rejects, and loses nothing of what had been resolved.
 */
export interface ReadingStore extends Closeable {
  /** All or nothing, and on the disk when it resolves. Repeating a batch after a rejection is harmless: (unit, epoch, seq) is stored once, the first content stays. */
  append(batch: ReadingBatch): Promise<void>;
  /** Streams of one edge, of one unit, or all; in the order in which they were first seen. */
  streams(of?: { readonly edge?: string; readonly unit?: string }): Promise<readonly StreamRecord[]>;
  /** Oldest first, by `at`, then epoch and seq. */
  readings(query: ReadingQuery): Promise<{ readonly readings: readonly Reading[]; readonly next: string | null }>;
  /** The newest frame by `at`, per unit, of these units or of all. */
  latest(units?: readonly string[]): Promise<readonly Reading[]>;
  /** Time of the unit's first frame; rows of imported series are none. `null` without any. */
  firstFrameMs(unit: string): Promise<number | null>;
  /** Oldest first, of frames. A sequence ends where the next reading is more than `maxStepMs` later, has another epoch, or another than the next seq. */
  sequences(unit: string, fromMs: number, toMs: number, maxStepMs: number): Promise<readonly Sequence[]>;
  /** Newest first; at most `limit`. */
  deadLetters(limit: number): Promise<readonly StoredDeadLetter[]>;
  recordState(change: UnitStateChange): Promise<void>;
  /** Oldest first: the state in force at `fromMs`, where known, and every change until `toMs`. */
  states(unit: string, fromMs: number, toMs: number): Promise<readonly UnitStateChange[]>;
}
