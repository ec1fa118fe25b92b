/**
 * The plain alternative to history: the same rows in the same kind of database, one table with a column per value and the key (unit, at), asked with SQL and without rollups.
 * SQLite here has no power function, so the table keeps the energy of each row ready, which only flatters it. Neighbour: history.ts.
 */
import type { Reading } from '@slmm/hub/testing';
import Libsql from 'libsql';

const VALUES = [
  'lp',
  'leq',
  'le',
  'lmax',
  'lmin',
  'lpeak',
  'ln1',
  'ln2',
  'ln3',
  'ln4',
  'ln5',
  'i_leq',
  'i_lmax',
  'i_lmin',
  'i_lpeak',
  'energy',
];
const COLUMNS = VALUES.length + 3;

type Table = 'readings' | 'minutes';
interface Sums {
  readonly e: number;
  readonly n: number;
}

export class PlainHistory {
  readonly #database: InstanceType<typeof Libsql>;

  constructor(file: string) {
    this.#database = new Libsql(file);
    this.#database.exec('PRAGMA journal_mode = WAL');
    this.#database.exec('PRAGMA cache_size = -32768');
    for (const table of ['readings', 'minutes'])
      this.#database.exec(
        `CREATE TABLE ${table} (unit TEXT NOT NULL, at_ms INTEGER NOT NULL, seq INTEGER NOT NULL, ${VALUES.map((name) => `${name} REAL`).join(', ')}, PRIMARY KEY (unit, at_ms)) WITHOUT ROWID`,
      );
  }

  insert(table: Table, readings: readonly Reading[]): void {
    const insert = this.#database.prepare(`INSERT INTO ${table} VALUES (${Array(COLUMNS).fill('?').join(', ')})`);
    this.#database.exec('BEGIN');
    for (const reading of readings) insert.run(rowOf(reading));
    this.#database.exec('COMMIT');
  }

  /** Pages that hold something. */
  bytes(): number {
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const pragma = (name: string): number =>
      Object.values(this.#database.prepare(`PRAGMA ${name}`).get([]) as Record<string, number>)[0] ?? 0;
    return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
  }

  /** Leq, Lmax and Lmin per bucket; no LN. `behindMs`: how much later than its interval's start a row's time is. */
  chart(table: Table, unit: string, fromMs: number, toMs: number, widthMs: number, behindMs: number): readonly Sums[] {
    return this.#database
      .prepare(
        `SELECT (at_ms - ${behindMs} - ${fromMs}) / ${widthMs} AS bucket, sum(energy) AS e, count(*) AS n, max(i_lmax), min(i_lmin)
         FROM ${table} WHERE unit = ? AND at_ms >= ? AND at_ms < ? GROUP BY bucket`,
      )
      .all([unit, fromMs + behindMs, toMs + behindMs]) as Sums[];
  }

  /** Energy and number of the rows of a span. */
  sums(unit: string, fromMs: number, toMs: number): Sums {
    return this.#database
      .prepare('SELECT sum(energy) AS e, count(*) AS n FROM readings WHERE unit = ? AND at_ms >= ? AND at_ms < ?')
      .get([unit, fromMs, toMs]) as Sums;
  }

  /** The level that `percent` of the rows reach. */
  percentile(unit: string, fromMs: number, toMs: number, count: number, percent: number): number {
    const row = this.#database
      .prepare(
        'SELECT i_leq AS level FROM readings WHERE unit = ? AND at_ms >= ? AND at_ms < ? ORDER BY i_leq DESC LIMIT 1 OFFSET ?',
      )
      .get([unit, fromMs, toMs, Math.floor((count * percent) / 100)]) as { readonly level: number };
    return row.level;
  }

  /** Energy of the loudest window of so many rows. */
  loudestWindow(unit: string, fromMs: number, toMs: number, rows: number): number {
    const { e } = this.#database
      .prepare(
        `SELECT max(e) AS e FROM (SELECT sum(energy) OVER (ORDER BY at_ms ROWS ${rows - 1} PRECEDING) AS e FROM readings WHERE unit = ? AND at_ms >= ? AND at_ms < ?)`,
      )
      .get([unit, fromMs, toMs]) as Sums;
    return e;
  }

  close(): void {
    this.#database.close();
  }
}

function rowOf({ frame, atMs }: Reading): unknown[] {
  const { interval } = frame;
  const leq = interval?.leq ?? null;
  const { unit, seq, lp, leq: cumulative, le, lmax, lmin, lpeak, ln } = frame;
  const inside = [leq, interval?.lmax ?? null, interval?.lmin ?? null, interval?.lpeak ?? null];
  const energy = leq === null ? null : 10 ** (leq / 10) * (interval?.s ?? 0);
  return [unit, atMs, seq, lp, cumulative, le, lmax, lmin, lpeak, ...ln, ...inside, energy];
}
