/**
 * The tables of history (sql/…/0002_history.sql) in the words of what is done with them. Neighbours: history-questions.ts and history-upkeep.ts do it; sqlite/ and postgres/ speak SQL.
 * One caller at a time; methods may answer at once or later.
 */
import type { Block, LedgerSummary, LevelRollup } from '../../history/packing/compaction.ts';
import type { StoredRollup } from '../../history/packing/gather.ts';
import type { Retention } from '../../history/history-store.ts';
import type { LevelName } from '../../history/levels/rollup-levels.ts';
import type { Span } from '../../history/time/spans.ts';
import type { StoredRow } from '../readings/stored-rows.ts';

export interface UnitKey {
  readonly id: number;
  readonly name: string;
}

export interface PackedBlock {
  readonly startMs: number;
  readonly bytes: Uint8Array;
}

export interface BlockSummary {
  readonly startMs: number;
  readonly toMs: number;
  readonly ledger: LedgerSummary;
}

export interface OldestRow {
  readonly unit: UnitKey;
  readonly atMs: number;
}

/** `id` stays the row's own as long as it is there. */
export interface NumberedRow extends StoredRow {
  readonly id: number;
}

/** `bytes` null: pruned. */
export interface StoredBlock {
  readonly pruned: boolean;
  readonly fromMs: number;
  readonly toMs: number;
  readonly bytes: Uint8Array | null;
}

/** `firstAtMs` null: not all of one sequence, so only the readings tell. */
export interface OldestBlock {
  readonly startMs: number;
  readonly firstAtMs: number | null;
  readonly bytes: Uint8Array | null;
}

type Soon<T> = T | Promise<T>;

export interface HistoryTables {
  /** One snapshot of everything for the questions in `work`. */
  reading<T>(work: () => Promise<T>): Promise<T>;
  /** All of `work` or nothing of it; nobody else packs or imports for these units meanwhile. To be short: ingest waits for it. */
  writing<T>(units: readonly string[], work: () => Promise<T>): Promise<T>;

  unit(name: string): Soon<UnitKey | null>;
  makeUnit(name: string): Soon<UnitKey>;
  units(): Soon<readonly UnitKey[]>;

  /** Readings not packed yet, with `at` in the span (half-open); oldest first. */
  rows(unit: UnitKey, span: Span): Soon<readonly StoredRow[]>;
  /** The same, of those that were there at the mark. */
  rowsUpTo(unit: UnitKey, span: Span, mark: number): Soon<readonly NumberedRow[]>;
  /** Rows of the span by their ids. */
  deleteRows(unit: UnitKey, span: Span, ids: readonly number[]): Soon<void>;
  /** Units with a row that was there at the mark and lies before `beforeMs`, each with the time of its oldest; those that wait longest first. */
  oldestRows(mark: number, beforeMs: number, limit: number): Soon<readonly OldestRow[]>;
  mark(): Soon<number>;

  /** Grows with every change of the unit's blocks and rollups but pruning. */
  version(unit: UnitKey): Soon<number>;
  /** Lets the version grow if it is still this one; `false` if not: then somebody else has changed the unit's history. */
  claim(unit: UnitKey, version: number): Soon<boolean>;

  block(unit: UnitKey, startMs: number): Soon<StoredBlock | null>;
  putBlock(unit: UnitKey, block: Block, storedMs: number, pruned: boolean): Soon<void>;
  /** Blocks whose readings may reach into the span, oldest first. */
  blocksReaching(unit: UnitKey, span: Span): Soon<readonly PackedBlock[]>;
  /** Whether readings that reached into the span are gone. */
  isPruned(unit: UnitKey, span: Span): Soon<boolean>;
  /** The first block with readings at or after `fromMs` and before `toMs`. */
  nextBlock(unit: UnitKey, fromMs: number, toMs: number): Soon<PackedBlock | null>;
  /** The oldest block with frames in it, pruned or not. */
  oldestBlock(unit: UnitKey): Soon<OldestBlock | null>;
  /** The newest block with frames in it. */
  newestBlock(unit: UnitKey): Soon<PackedBlock | null>;
  /** Blocks with readings in the span, pruned ones too, oldest first. */
  summaries(unit: UnitKey, span: Span): Soon<readonly BlockSummary[]>;

  /** Buckets that start in the span, oldest first. */
  rollups(unit: UnitKey, level: LevelName, span: Span): Soon<readonly StoredRollup[]>;
  putRollups(unit: UnitKey, rollups: readonly LevelRollup[]): Soon<void>;

  extent(unit: UnitKey): Soon<Span | null>;
  /** At most `limit` rows; answers how many. */
  prune(retention: Retention, nowMs: number, limit: number): Soon<number>;
  storedBytes(): Soon<number>;
  /** Gives some of the bytes that hold nothing back to the disk, where these are many; answers how many. */
  reclaim(): Soon<number>;
  close(): Soon<void>;
}
