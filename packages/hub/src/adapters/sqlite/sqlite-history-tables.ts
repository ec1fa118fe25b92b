import { type Block, type LevelRollup, QUARTER_MS } from '../../history/packing/compaction.ts';
import type { StoredRollup } from '../../history/packing/gather.ts';
import type { Retention } from '../../history/history-store.ts';
import { encodeRollup } from '../../history/packing/rollup-bytes.ts';
import { type LevelName, STORED_LEVELS } from '../../history/levels/rollup-levels.ts';
import type { Span } from '../../history/time/spans.ts';
import {
  BLOCK_COLUMNS,
  blockValues,
  cutoffMs,
  reachBounds,
  SUMMARY_COLUMNS,
  type SummaryRow,
  summaryOf,
} from '../history/history-sql.ts';
import type {
  BlockSummary,
  HistoryTables,
  NumberedRow,
  OldestBlock,
  OldestRow,
  PackedBlock,
  StoredBlock,
  UnitKey,
} from '../history/history-tables.ts';
import { levelNumber, storedRollup } from '../history/rollup-row.ts';
import type { StoredRow } from '../readings/stored-rows.ts';
import { type Database, openForReading, openForWriting } from './readings-database.ts';

type Statement = ReturnType<Database['prepare']>;

interface BlockRow {
  readonly start_ms: number;
  readonly bytes: Blob;
}

/** The driver says `Buffer` for one row and `ArrayBuffer` for several. */
type Blob = Uint8Array | ArrayBuffer;
const bytesOf = (blob: Blob): Uint8Array => (blob instanceof ArrayBuffer ? new Uint8Array(blob) : blob);

/** 16 MB, and a quarter of the file. */
const LEAST_FREE_PAGES = 4096;
const LEAST_FREE_SHARE = 0.25;
/** A megabyte, some milliseconds. */
const PAGES_AT_ONCE = 256;

const placeholders = (count: number): string => Array(count).fill('?').join(', ');

/** The tables of history in the file of readings. Runs in a worker thread; `role` decides whether it may write. */
export class SqliteHistoryTables implements HistoryTables {
  readonly #database: Database;
  readonly #statements = new Map<string, Statement>();

  constructor(file: string, role: 'read' | 'write') {
    this.#database = role === 'write' ? openForWriting(file) : openForReading(file);
  }

  async reading<T>(work: () => Promise<T>): Promise<T> {
    return this.#transaction('BEGIN', work);
  }

  async writing<T>(_units: readonly string[], work: () => Promise<T>): Promise<T> {
    return this.#transaction('BEGIN IMMEDIATE', work);
  }

  unit(name: string): UnitKey | null {
    return first(this.#all<UnitKey>('SELECT id, name FROM reading_units WHERE name = ?', [name]));
  }

  makeUnit(name: string): UnitKey {
    this.#run('INSERT INTO reading_units (name) VALUES (?) ON CONFLICT DO NOTHING', [name]);
    const unit = this.unit(name);
    if (unit === null) throw new Error(`the unit ${name} could not be stored`);
    return unit;
  }

  units(): readonly UnitKey[] {
    return this.#all<UnitKey>('SELECT id, name FROM reading_units ORDER BY id', []);
  }

  rows(unit: UnitKey, span: Span): readonly StoredRow[] {
    return this.#rows(unit, span, Number.MAX_SAFE_INTEGER);
  }

  rowsUpTo(unit: UnitKey, span: Span, mark: number): readonly NumberedRow[] {
    return this.#rows(unit, span, mark);
  }

  deleteRows(_unit: UnitKey, _span: Span, ids: readonly number[]): void {
    this.#run('DELETE FROM reading_rows WHERE rowid IN (SELECT value FROM json_each(?))', [JSON.stringify(ids)]);
  }

  oldestRows(mark: number, beforeMs: number, limit: number): readonly OldestRow[] {
    const rows = this.#all<UnitKey & { atMs: number }>(
      `SELECT id, name, atMs FROM (
         SELECT u.id, u.name, (SELECT r.at_ms FROM reading_rows r WHERE r.unit = u.id AND r.rowid <= ? ORDER BY r.at_ms LIMIT 1) AS atMs
         FROM reading_units u) WHERE atMs < ? ORDER BY atMs LIMIT ?`,
      [mark, beforeMs, limit],
    );
    return rows.map(({ id, name, atMs }) => ({ unit: { id, name }, atMs }));
  }

  mark(): number {
    return first(this.#all<{ mark: number | null }>('SELECT max(rowid) AS mark FROM reading_rows', []))?.mark ?? 0;
  }

  version(unit: UnitKey): number {
    return first(this.#all<{ version: number }>('SELECT version FROM reading_units WHERE id = ?', [unit.id]))?.version ?? 0;
  }

  claim(unit: UnitKey, version: number): boolean {
    return this.#changes('UPDATE reading_units SET version = version + 1 WHERE id = ? AND version = ?', [unit.id, version]) === 1;
  }

  block(unit: UnitKey, startMs: number): StoredBlock | null {
    const row = first(
      this.#all<{ pruned: number; from_ms: number; to_ms: number; bytes: Blob | null }>(
        'SELECT pruned, from_ms, to_ms, bytes FROM reading_blocks WHERE unit = ? AND start_ms = ?',
        [unit.id, startMs],
      ),
    );
    if (row === null) return null;
    const { pruned, from_ms: fromMs, to_ms: toMs, bytes } = row;
    return { pruned: pruned === 1, fromMs, toMs, bytes: bytes === null ? null : bytesOf(bytes) };
  }

  putBlock(unit: UnitKey, block: Block, storedMs: number, pruned: boolean): void {
    const values = blockValues(block, storedMs, pruned).map((value) => (typeof value === 'boolean' ? Number(value) : value));
    const columns = BLOCK_COLUMNS.join(', ');
    const updates = BLOCK_COLUMNS.slice(1).map((column) => `${column} = excluded.${column}`);
    this.#run(
      `INSERT INTO reading_blocks (unit, ${columns}) VALUES (${placeholders(BLOCK_COLUMNS.length + 1)})
       ON CONFLICT (unit, start_ms) DO UPDATE SET ${updates.join(', ')}`,
      [unit.id, ...values],
    );
  }

  blocksReaching(unit: UnitKey, span: Span): readonly PackedBlock[] {
    return this.#all<BlockRow>(
      `SELECT start_ms, bytes FROM reading_blocks
       WHERE unit = ? AND start_ms > ? AND start_ms < ? AND to_ms > ? AND from_ms < ? AND bytes IS NOT NULL ORDER BY start_ms`,
      [unit.id, ...reachBounds(span)],
    ).map(packedOf);
  }

  isPruned(unit: UnitKey, span: Span): boolean {
    const row = first(
      this.#all(
        'SELECT 1 FROM reading_blocks WHERE unit = ? AND start_ms > ? AND start_ms < ? AND to_ms > ? AND from_ms < ? AND pruned = 1 LIMIT 1',
        [unit.id, ...reachBounds(span)],
      ),
    );
    return row !== null;
  }

  nextBlock(unit: UnitKey, fromMs: number, toMs: number): PackedBlock | null {
    const row = first(
      this.#all<BlockRow>(
        `SELECT start_ms, bytes FROM reading_blocks
       WHERE unit = ? AND start_ms > ? AND start_ms < ? AND to_ms >= ? AND bytes IS NOT NULL ORDER BY start_ms LIMIT 1`,
        [unit.id, fromMs - QUARTER_MS, toMs, fromMs],
      ),
    );
    return row === null ? null : packedOf(row);
  }

  oldestBlock(unit: UnitKey): OldestBlock | null {
    const row = first(
      this.#all<{ start_ms: number; first_at_ms: number | null; bytes: Blob | null }>(
        `SELECT start_ms, first_at_ms, bytes FROM reading_blocks
         WHERE unit = ? AND (live IS NULL OR epoch IS NOT NULL) ORDER BY start_ms LIMIT 1`,
        [unit.id],
      ),
    );
    if (row === null) return null;
    const { start_ms: startMs, first_at_ms: firstAtMs, bytes } = row;
    return { startMs, firstAtMs, bytes: bytes === null ? null : bytesOf(bytes) };
  }

  newestBlock(unit: UnitKey): PackedBlock | null {
    const row = first(
      this.#all<BlockRow>(
        `SELECT start_ms, bytes FROM reading_blocks
       WHERE unit = ? AND bytes IS NOT NULL AND (live IS NULL OR epoch IS NOT NULL) ORDER BY start_ms DESC LIMIT 1`,
        [unit.id],
      ),
    );
    return row === null ? null : packedOf(row);
  }

  summaries(unit: UnitKey, { startMs, endMs }: Span): readonly BlockSummary[] {
    return this.#all<SummaryRow>(
      `SELECT ${SUMMARY_COLUMNS} FROM reading_blocks WHERE unit = ? AND start_ms > ? AND start_ms < ? AND to_ms >= ? ORDER BY start_ms`,
      [unit.id, startMs - QUARTER_MS, endMs, startMs],
    ).map(summaryOf);
  }

  rollups(unit: UnitKey, level: LevelName, { startMs, endMs }: Span): readonly StoredRollup[] {
    const rows = this.#all<{ start_ms: number; body: Blob }>(
      'SELECT start_ms, body FROM rollups WHERE unit = ? AND level = ? AND start_ms >= ? AND start_ms < ? ORDER BY start_ms',
      [unit.id, levelNumber(level), startMs, endMs],
    );
    return rows.map(({ start_ms, body }) => storedRollup({ start_ms, body: bytesOf(body) }));
  }

  putRollups(unit: UnitKey, rollups: readonly LevelRollup[]): void {
    for (const { level, startMs, rollup } of rollups)
      this.#run('INSERT OR REPLACE INTO rollups (unit, level, start_ms, body) VALUES (?, ?, ?, ?)', [
        unit.id,
        levelNumber(level),
        startMs,
        Buffer.from(encodeRollup(rollup, startMs)),
      ]);
  }

  extent(unit: UnitKey): Span | null {
    const row = first(
      this.#all<{ first: number | null; last: number | null }>(
        `SELECT min(first) AS first, max(last) AS last FROM (
         SELECT min(at_ms) AS first, max(at_ms) + 1 AS last FROM reading_rows WHERE unit = ?1
         UNION ALL SELECT min(start_ms), max(start_ms) + ?3 FROM rollups WHERE unit = ?1 AND level = ?2)`,
        [unit.id, levelNumber('15m'), QUARTER_MS],
      ),
    );
    return row === null || row.first === null || row.last === null ? null : { startMs: row.first, endMs: row.last };
  }

  prune(retention: Retention, nowMs: number, limit: number): number {
    let deleted = 0;
    const readingsMs = cutoffMs(retention.readings, nowMs);
    if (readingsMs !== null)
      deleted += this.#changes(
        `UPDATE reading_blocks SET bytes = NULL, pruned = 1 WHERE rowid IN
         (SELECT rowid FROM reading_blocks WHERE bytes IS NOT NULL AND stored_ms < ? LIMIT ?)`,
        [readingsMs, limit],
      );
    for (const { name } of STORED_LEVELS) {
      const beforeMs = cutoffMs(retention.levels[name], nowMs);
      // What can still be made of readings stays, so that an answer does not depend on which level it is taken from.
      if (beforeMs !== null && deleted < limit)
        deleted += this.#changes(
          `DELETE FROM rollups WHERE level = ?1 AND (unit, start_ms) IN (
             SELECT r.unit, r.start_ms FROM reading_units u JOIN rollups r ON r.unit = u.id AND r.level = ?1 AND r.start_ms < ?2
             WHERE NOT EXISTS (SELECT 1 FROM reading_blocks b WHERE b.unit = r.unit AND b.bytes IS NOT NULL
               AND b.start_ms = r.start_ms / ${QUARTER_MS} * ${QUARTER_MS}) LIMIT ?3)`,
          [levelNumber(name), beforeMs, limit - deleted],
        );
    }
    return deleted;
  }

  storedBytes(): number {
    return (this.#pragma('page_count') - this.#pragma('freelist_count')) * this.#pragma('page_size');
  }

  /** Pages that are free now will be filled again soon; only what a backlog or retention has left behind is given back. */
  reclaim(): number {
    const free = this.#pragma('freelist_count');
    if (free < LEAST_FREE_PAGES || free < this.#pragma('page_count') * LEAST_FREE_SHARE) return 0;
    this.#database.exec(`PRAGMA incremental_vacuum(${PAGES_AT_ONCE})`);
    return Math.max(0, free - this.#pragma('freelist_count')) * this.#pragma('page_size');
  }

  close(): void {
    this.#database.close();
  }

  #pragma(name: string): number {
    return Object.values(this.#all<Record<string, number>>(`PRAGMA ${name}`, [])[0] ?? {})[0] ?? 0;
  }

  #rows(unit: UnitKey, { startMs, endMs }: Span, mark: number): readonly NumberedRow[] {
    const rows = this.#all<Omit<NumberedRow, 'unit' | 'late'> & { late: number }>(
      `SELECT r.rowid AS id, s.epoch AS epoch, r.seq AS seq, r.at_ms AS atMs, r.late AS late, r.body AS body
       FROM reading_rows r JOIN reading_streams s ON s.id = r.stream
       WHERE r.unit = ? AND r.at_ms >= ? AND r.at_ms < ? AND r.rowid <= ? ORDER BY r.at_ms, s.epoch, r.seq`,
      [unit.id, startMs, endMs, mark],
    );
    return rows.map((row) => ({ ...row, unit: unit.name, late: row.late === 1, body: bytesOf(row.body) }));
  }

  async #transaction<T>(begin: string, work: () => Promise<T>): Promise<T> {
    this.#database.exec(begin);
    try {
      const result = await work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #prepared(text: string): Statement {
    const known = this.#statements.get(text);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(text);
    this.#statements.set(text, statement);
    return statement;
  }

  #all<Row>(text: string, values: readonly unknown[]): Row[] {
    return this.#prepared(text).all([...values]) as Row[];
  }

  #run(text: string, values: readonly unknown[]): void {
    this.#prepared(text).run([...values]);
  }

  #changes(text: string, values: readonly unknown[]): number {
    return this.#prepared(text).run([...values]).changes;
  }
}

function packedOf({ start_ms: startMs, bytes }: BlockRow): PackedBlock {
  return { startMs, bytes: bytesOf(bytes) };
}

function first<Row>(rows: readonly Row[]): Row | null {
  return rows[0] ?? null;
}
