import { QUARTER_MS } from '../../history/packing/compaction.ts';
import type { HistoryDatabase } from '../history/history-database.ts';
import { type Database, openForReading, openForWriting } from './readings-database.ts';

type Statement = ReturnType<Database['prepare']>;

/** 16 MB, and a quarter of the file. */
const LEAST_FREE_PAGES = 4096;
const LEAST_FREE_SHARE = 0.25;
/** A megabyte, some milliseconds. */
const PAGES_AT_ONCE = 256;

/** The tables of history in the file of readings. Runs in a worker thread; `role` decides whether it may write. */
export class SqliteHistoryDatabase implements HistoryDatabase {
  readonly rowNumber = 'rowid';
  readonly pruneBlocks = `UPDATE reading_blocks SET bytes = NULL, pruned = 1 WHERE rowid IN
    (SELECT rowid FROM reading_blocks WHERE bytes IS NOT NULL AND stored_ms < $1 LIMIT $2)`;
  readonly pruneRollups = `DELETE FROM rollups WHERE level = $1 AND (unit, start_ms) IN (
    SELECT r.unit, r.start_ms FROM reading_units u JOIN rollups r ON r.unit = u.id AND r.level = $1 AND r.start_ms < $2
    WHERE NOT EXISTS (SELECT 1 FROM reading_blocks b WHERE b.unit = r.unit AND b.bytes IS NOT NULL
      AND b.start_ms = r.start_ms / ${QUARTER_MS} * ${QUARTER_MS}) LIMIT $3)`;
  readonly #database: Database;
  readonly #statements = new Map<string, Statement>();

  constructor(file: string, role: 'read' | 'write') {
    this.#database = role === 'write' ? openForWriting(file) : openForReading(file);
  }

  reading<T>(work: () => Promise<T>): Promise<T> {
    return this.#transaction('BEGIN', work);
  }

  writing<T>(_units: readonly string[], work: () => Promise<T>): Promise<T> {
    return this.#transaction('BEGIN IMMEDIATE', work);
  }

  rows<Row>(text: string, values: readonly unknown[]): Row[] {
    return this.#prepared(text).all(bound(values)) as Row[];
  }

  change(text: string, values: readonly unknown[]): number {
    return this.#prepared(text).run(bound(values)).changes;
  }

  mark(): number {
    return this.rows<{ mark: number | null }>('SELECT max(rowid) AS mark FROM reading_rows', [])[0]?.mark ?? 0;
  }

  deleteRows(_unit: number, _startMs: number, _endMs: number, numbers: readonly number[]): number {
    return this.change('DELETE FROM reading_rows WHERE rowid IN (SELECT value FROM json_each($1))', [JSON.stringify(numbers)]);
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
    return Object.values(this.rows<Record<string, number>>(`PRAGMA ${name}`, [])[0] ?? {})[0] ?? 0;
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
    // `$1` would be a name to SQLite, `?1` is a place.
    const statement = this.#database.prepare(text.replaceAll(/\$(?=\d)/g, '?'));
    this.#statements.set(text, statement);
    return statement;
  }
}

/** SQLite has no flags. */
const bound = (values: readonly unknown[]): unknown[] =>
  values.map((value) => (typeof value === 'boolean' ? Number(value) : value));
