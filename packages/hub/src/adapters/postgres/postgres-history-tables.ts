import pg from 'pg';
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
import { levelNumber, type RollupRow, storedRollup } from '../history/rollup-row.ts';
import type { StoredRow } from '../readings/stored-rows.ts';

/** A statement that takes longer has met something that will not end by itself. */
const STATEMENT_MS = 60_000;
/** Packing and importing of one unit exclude each other, in all processes: an advisory lock of this class and the hash of the unit's name. */
const LOCK_CLASS = 5_345_061;

const TABLES = ['reading_rows', 'reading_blocks', 'rollups', 'reading_streams', 'reading_units'];

interface BlockRow {
  readonly start_ms: string;
  readonly bytes: Buffer;
}

/** The tables of history in PostgreSQL, over one connection. Runs in a worker thread. */
export class PostgresHistoryTables implements HistoryTables {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async open(url: string): Promise<PostgresHistoryTables> {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: 10_000,
      statement_timeout: STATEMENT_MS,
      keepAlive: true,
      application_name: 'slmm-hub history upkeep',
    });
    // The next statement finds out and fails; then a new connection is made.
    client.on('error', () => undefined);
    await client.connect();
    return new PostgresHistoryTables(client);
  }

  reading<T>(work: () => Promise<T>): Promise<T> {
    return this.#transaction('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', work);
  }

  writing<T>(units: readonly string[], work: () => Promise<T>): Promise<T> {
    return this.#transaction('BEGIN', async () => {
      // In the same order everywhere, so that nobody waits in a circle.
      await this.#all(
        'SELECT pg_advisory_xact_lock($1, lock) FROM (SELECT DISTINCT hashtext(unit) AS lock FROM unnest($2::text[]) AS t (unit) ORDER BY lock) AS locks',
        [LOCK_CLASS, units],
      );
      return work();
    });
  }

  async unit(name: string): Promise<UnitKey | null> {
    return this.#first<UnitKey>('SELECT id, name FROM reading_units WHERE name = $1', [name]);
  }

  async makeUnit(name: string): Promise<UnitKey> {
    await this.#all('INSERT INTO reading_units (name) VALUES ($1) ON CONFLICT DO NOTHING', [name]);
    const unit = await this.unit(name);
    if (unit === null) throw new Error(`the unit ${name} could not be stored`);
    return unit;
  }

  units(): Promise<readonly UnitKey[]> {
    return this.#all<UnitKey>('SELECT id, name FROM reading_units ORDER BY id', []);
  }

  rows(unit: UnitKey, { startMs, endMs }: Span): Promise<readonly StoredRow[]> {
    return this.#rows(unit, 'WHERE r.unit = $1 AND r.at_ms >= $2 AND r.at_ms < $3', [startMs, endMs]);
  }

  rowsUpTo(unit: UnitKey, { startMs, endMs }: Span, mark: number): Promise<readonly NumberedRow[]> {
    const where = 'WHERE r.unit = $1 AND r.at_ms >= $2 AND r.at_ms < $3 AND r.id <= $4';
    return this.#rows(unit, where, [startMs, endMs, mark]);
  }

  async deleteRows(unit: UnitKey, { startMs, endMs }: Span, ids: readonly number[]): Promise<void> {
    // There is no index by id; the span leads to them.
    await this.#all('DELETE FROM reading_rows WHERE unit = $1 AND at_ms >= $2 AND at_ms < $3 AND id = ANY ($4::bigint[])', [
      unit.id,
      startMs,
      endMs,
      ids,
    ]);
  }

  async version(unit: UnitKey): Promise<number> {
    const row = await this.#first<{ version: number }>('SELECT version::float8 AS version FROM reading_units WHERE id = $1', [
      unit.id,
    ]);
    return row?.version ?? 0;
  }

  async claim(unit: UnitKey, version: number): Promise<boolean> {
    const changed = await this.#changes('UPDATE reading_units SET version = version + 1 WHERE id = $1 AND version = $2', [
      unit.id,
      version,
    ]);
    return changed === 1;
  }

  async oldestRows(mark: number, beforeMs: number, limit: number): Promise<readonly OldestRow[]> {
    const rows = await this.#all<UnitKey & { readonly atMs: number }>(
      `SELECT u.id, u.name, o.at_ms::float8 AS "atMs" FROM reading_units u CROSS JOIN LATERAL (
         SELECT r.at_ms FROM reading_rows r WHERE r.unit = u.id AND r.id <= $1 ORDER BY r.at_ms LIMIT 1) o
       WHERE o.at_ms < $2 ORDER BY o.at_ms LIMIT $3`,
      [mark, beforeMs, limit],
    );
    return rows.map(({ id, name, atMs }) => ({ unit: { id, name }, atMs }));
  }

  /** Numbers are given before the commit, so a reading below the mark may come after it; it is only packed sooner than others. */
  async mark(): Promise<number> {
    const row = await this.#first<{ mark: number }>(
      `SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('reading_rows', 'id')::regclass), 0)::float8 AS mark`,
      [],
    );
    return row?.mark ?? 0;
  }

  block(unit: UnitKey, startMs: number): Promise<StoredBlock | null> {
    return this.#first(
      'SELECT pruned, from_ms::float8 AS "fromMs", to_ms::float8 AS "toMs", bytes FROM reading_blocks WHERE unit = $1 AND start_ms = $2',
      [unit.id, startMs],
    );
  }

  async putBlock(unit: UnitKey, block: Block, storedMs: number, pruned: boolean): Promise<void> {
    const values = [unit.id, ...blockValues(block, storedMs, pruned)];
    const updates = BLOCK_COLUMNS.slice(1).map((column) => `${column} = excluded.${column}`);
    await this.#all(
      `INSERT INTO reading_blocks (unit, ${BLOCK_COLUMNS.join(', ')}) VALUES (${numbered(values.length)})
       ON CONFLICT (unit, start_ms) DO UPDATE SET ${updates.join(', ')}`,
      values,
    );
  }

  async blocksReaching(unit: UnitKey, span: Span): Promise<readonly PackedBlock[]> {
    const rows = await this.#all<BlockRow>(
      `SELECT start_ms, bytes FROM reading_blocks
       WHERE unit = $1 AND start_ms > $2 AND start_ms < $3 AND to_ms > $4 AND from_ms < $5 AND bytes IS NOT NULL ORDER BY start_ms`,
      [unit.id, ...reachBounds(span)],
    );
    return rows.map(packedOf);
  }

  async isPruned(unit: UnitKey, span: Span): Promise<boolean> {
    const row = await this.#first(
      'SELECT 1 FROM reading_blocks WHERE unit = $1 AND start_ms > $2 AND start_ms < $3 AND to_ms > $4 AND from_ms < $5 AND pruned LIMIT 1',
      [unit.id, ...reachBounds(span)],
    );
    return row !== null;
  }

  async nextBlock(unit: UnitKey, fromMs: number, toMs: number): Promise<PackedBlock | null> {
    const row = await this.#first<BlockRow>(
      `SELECT start_ms, bytes FROM reading_blocks
       WHERE unit = $1 AND start_ms > $2 AND start_ms < $3 AND to_ms >= $4 AND bytes IS NOT NULL ORDER BY start_ms LIMIT 1`,
      [unit.id, fromMs - QUARTER_MS, toMs, fromMs],
    );
    return row === null ? null : packedOf(row);
  }

  oldestBlock(unit: UnitKey): Promise<OldestBlock | null> {
    return this.#first<OldestBlock>(
      `SELECT start_ms::float8 AS "startMs", first_at_ms::float8 AS "firstAtMs", bytes FROM reading_blocks
       WHERE unit = $1 AND (live IS NULL OR epoch IS NOT NULL) ORDER BY start_ms LIMIT 1`,
      [unit.id],
    );
  }

  async newestBlock(unit: UnitKey): Promise<PackedBlock | null> {
    const row = await this.#first<BlockRow>(
      `SELECT start_ms, bytes FROM reading_blocks
       WHERE unit = $1 AND bytes IS NOT NULL AND (live IS NULL OR epoch IS NOT NULL) ORDER BY start_ms DESC LIMIT 1`,
      [unit.id],
    );
    return row === null ? null : packedOf(row);
  }

  async summaries(unit: UnitKey, { startMs, endMs }: Span): Promise<readonly BlockSummary[]> {
    const rows = await this.#all<SummaryRow>(
      `SELECT ${SUMMARY_COLUMNS} FROM reading_blocks WHERE unit = $1 AND start_ms > $2 AND start_ms < $3 AND to_ms >= $4 ORDER BY start_ms`,
      [unit.id, startMs - QUARTER_MS, endMs, startMs],
    );
    return rows.map(summaryOf);
  }

  async rollups(unit: UnitKey, level: LevelName, { startMs, endMs }: Span): Promise<readonly StoredRollup[]> {
    const rows = await this.#all<RollupRow>(
      'SELECT start_ms, body FROM rollups WHERE unit = $1 AND level = $2 AND start_ms >= $3 AND start_ms < $4 ORDER BY start_ms',
      [unit.id, levelNumber(level), startMs, endMs],
    );
    return rows.map(storedRollup);
  }

  /** All in one statement. */
  async putRollups(unit: UnitKey, rollups: readonly LevelRollup[]): Promise<void> {
    if (rollups.length === 0) return;
    const tuples = rollups.map((_, index) => `($1, ${numbered(3, 1 + index * 3)})`);
    const values = rollups.flatMap(({ level, startMs, rollup }) => [
      levelNumber(level),
      startMs,
      Buffer.from(encodeRollup(rollup, startMs)),
    ]);
    await this.#all(
      `INSERT INTO rollups (unit, level, start_ms, body) VALUES ${tuples.join(', ')}
       ON CONFLICT (unit, level, start_ms) DO UPDATE SET body = excluded.body`,
      [unit.id, ...values],
    );
  }

  async extent(unit: UnitKey): Promise<Span | null> {
    const row = await this.#first<{ first: number | null; last: number | null }>(
      `SELECT min(first)::float8 AS first, max(last)::float8 AS last FROM (
         SELECT min(at_ms) AS first, max(at_ms) + 1 AS last FROM reading_rows WHERE unit = $1
         UNION ALL SELECT min(start_ms), max(start_ms) + $3::bigint FROM rollups WHERE unit = $1 AND level = $2) AS ends`,
      [unit.id, levelNumber('15m'), QUARTER_MS],
    );
    return row === null || row.first === null || row.last === null ? null : { startMs: row.first, endMs: row.last };
  }

  async prune(retention: Retention, nowMs: number, limit: number): Promise<number> {
    let deleted = 0;
    const readingsMs = cutoffMs(retention.readings, nowMs);
    if (readingsMs !== null)
      deleted += await this.#changes(
        `UPDATE reading_blocks SET bytes = NULL, pruned = true WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM reading_blocks WHERE bytes IS NOT NULL AND stored_ms < $1 LIMIT $2))`,
        [readingsMs, limit],
      );
    for (const { name } of STORED_LEVELS) {
      const beforeMs = cutoffMs(retention.levels[name], nowMs);
      // What can still be made of readings stays, so that an answer does not depend on which level it is taken from.
      if (beforeMs !== null && deleted < limit)
        deleted += await this.#changes(
          `DELETE FROM rollups WHERE ctid = ANY (ARRAY(
             SELECT r.ctid FROM reading_units u JOIN rollups r ON r.unit = u.id AND r.level = $1 AND r.start_ms < $2
             WHERE NOT EXISTS (SELECT 1 FROM reading_blocks b WHERE b.unit = r.unit AND b.bytes IS NOT NULL
               AND b.start_ms = r.start_ms / ${QUARTER_MS} * ${QUARTER_MS}) LIMIT $3))`,
          [levelNumber(name), beforeMs, limit - deleted],
        );
    }
    return deleted;
  }

  async storedBytes(): Promise<number> {
    const row = await this.#first<{ bytes: number }>(
      'SELECT sum(pg_total_relation_size(name::regclass))::float8 AS bytes FROM unnest($1::text[]) AS t (name)',
      [TABLES],
    );
    return row?.bytes ?? 0;
  }

  /** PostgreSQL's own autovacuum sees to that. */
  reclaim(): number {
    return 0;
  }

  close(): Promise<void> {
    return this.#client.end();
  }

  async #rows(unit: UnitKey, where: string, values: readonly number[]): Promise<readonly NumberedRow[]> {
    const rows = await this.#all<Omit<NumberedRow, 'unit'>>(
      `SELECT r.id::float8 AS id, s.epoch AS epoch, r.seq::float8 AS seq, r.at_ms::float8 AS "atMs", r.late AS late, r.body AS body
       FROM reading_rows r JOIN reading_streams s ON s.id = r.stream ${where} ORDER BY r.at_ms, s.epoch, r.seq`,
      [unit.id, ...values],
    );
    return rows.map((row) => ({ ...row, unit: unit.name }));
  }

  async #transaction<T>(begin: string, work: () => Promise<T>): Promise<T> {
    await this.#client.query(begin);
    try {
      const result = await work();
      await this.#client.query('COMMIT');
      return result;
    } catch (error) {
      await this.#client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  async #all<Row>(text: string, values: readonly unknown[]): Promise<Row[]> {
    const { rows } = await this.#client.query<Row & pg.QueryResultRow>(text, [...values]);
    return rows;
  }

  async #first<Row>(text: string, values: readonly unknown[]): Promise<Row | null> {
    return (await this.#all<Row>(text, values))[0] ?? null;
  }

  async #changes(text: string, values: readonly unknown[]): Promise<number> {
    return (await this.#client.query(text, [...values])).rowCount ?? 0;
  }
}

const numbered = (count: number, before = 0): string =>
  Array.from({ length: count }, (_, index) => `$${before + index + 1}`).join(', ');

function packedOf({ start_ms: startMs, bytes }: BlockRow): PackedBlock {
  return { startMs: Number(startMs), bytes };
}
