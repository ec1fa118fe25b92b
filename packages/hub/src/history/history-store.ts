import type { Closeable } from '@slmm/shared';
import type { Cells } from './levels/cells.ts';
import type { Reading } from './reading-store.ts';
import type { LevelName } from './levels/rollup-levels.ts';
import type { Rollup } from './levels/rollup.ts';
import type { Span } from './time/spans.ts';
import type { OverloadRule } from './levels/statistics.ts';

/** How long each tier is kept, in days; `null`: for ever. Readings count from when they were stored, so that an old series can be looked at in full after it was imported. */
export interface Retention {
  readonly readings: number | null;
  readonly levels: Readonly<Partial<Record<LevelName, number | null>>>;
}

/** Quarter-hours stay for ever with the hours: a day in a zone of half-hour or 45-minute offset is cut from them. */
export const DEFAULT_RETENTION: Retention = { readings: 30, levels: { '1m': 5 * 365, '15m': null, '1h': null } };

/** What is to be packed. */
export interface CompactOrder {
  /** Only quarter-hours that ended before. */
  readonly beforeMs: number;
  /** Only readings that were there at this mark. */
  readonly mark: number;
  readonly nowMs: number;
  /** At most so many quarter-hours of units; the rest has to be asked for again. */
  readonly limit: number;
}

export interface Compacted {
  readonly compacted: number;
  readonly damaged: readonly string[];
}

/**
 * The questions that statistics ask of the store, and the work that keeps the answers quick. Readings come in through ReadingStore; here they are seen added up.
 * Every answer is what the readings say at that moment: late ones included as soon as they are committed, whether or not rollups are behind.
 * Implementations: SQLite in a worker thread of its own, PostgreSQL, and a twin in memory that knows no rollups; all pass tests/contracts/history-store.contract.test.ts.
 */
export interface HistoryStore extends Closeable {
  /** For each of `wanted`, which is a list of spans, the rollup over all of them; `null` where nothing is stored. */
  rollups(unit: string, wanted: readonly (readonly Span[])[]): Promise<readonly (Rollup | null)[]>;
  /**
   * Cells of `cellMs` from the span's start on. `masked` (sorted, without overlaps) is left out. Where cells are whole buckets of a stored level they are made of those, so that
   * they are there also when the readings are pruned.
   */
  cells(unit: string, span: Span, cellMs: number, masked: readonly Span[], overload: OverloadRule): Promise<Cells>;
  /** Rows of a series of other origin, in the form of frames; those that are stored already (by epoch and seq) stay as they are. On the disk when it resolves. */
  importReadings(unit: string, readings: readonly Reading[]): Promise<{ readonly stored: number }>;
  /** A mark that separates the readings that are there now from those to come. */
  mark(): Promise<number>;
  /**
   * Packs readings into blocks and brings their rollups up to date. Short transactions, so that ingest is not kept waiting. `damaged`: units of which something stored cannot
   * be read any more; they are passed over, so that one broken disk page does not stop all the others.
   */
  compact(order: CompactOrder): Promise<Compacted>;
  /** Deletes what retention no longer keeps, at most `limit` rows; answers how many. */
  prune(retention: Retention, nowMs: number, limit: number): Promise<{ readonly deleted: number }>;
  /** Bytes on the disk that hold something, indexes included. */
  storedBytes(): Promise<number>;
  /** Gives some of the bytes that hold nothing back to the disk, after a backlog was packed or much was pruned; answers how many, 0 when there is no more to be had. */
  reclaim(): Promise<{ readonly bytes: number }>;
}
