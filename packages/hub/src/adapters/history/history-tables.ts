/**
 * The tables of history (sql/…/0002_history.sql) in the words of what is done with them. Neighbours: history-questions.ts and history-upkeep.ts do it; history-database.ts is
 * what SQLite and PostgreSQL say differently.
 */
import type { Retention } from '../../history/history-store.ts';
import { type LevelName, STORED_LEVELS } from '../../history/levels/rollup-levels.ts';
import { LONGEST_AHEAD_MS, LONGEST_STRETCH_MS } from '../../history/levels/stretch.ts';
import { type Block, type LevelRollup, QUARTER_MS } from '../../history/packing/compaction.ts';
import type { StoredRollup } from '../../history/packing/gather.ts';
import { decodeRollup, encodeRollup } from '../../history/packing/rollup-bytes.ts';
import type { Span } from '../../history/time/spans.ts';
import type { StoredRow } from '../readings/stored-rows.ts';
import { BLOCK_COLUMNS, type BlockSummary, blockValues, SUMMARY_COLUMNS, type SummaryRow, summaryOf } from './block-row.ts';
import type { HistoryDatabase, Soon } from './history-database.ts';

export interface UnitKey {
  readonly id: number;
  readonly name: string;
}

export interface PackedBlock {
  readonly startMs: number;
  readonly bytes: Uint8Array;
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

/** SQLite's driver says `Buffer` for one row and `ArrayBuffer` for several. */
type Blob = Uint8Array | ArrayBuffer;

interface PackedRow {
  readonly start_ms: number;
  readonly bytes: Blob;
}

const DAY_MS = 86_400_000;
/** In one statement; each number of them is a statement that is kept prepared. */
const ROLLUPS_AT_ONCE = 64;
const WITH_FRAMES = '(live IS NULL OR epoch IS NOT NULL)';
/** The parameters are those of `reachBounds`. */
const REACHING = 'unit = $1 AND start_ms > $2 AND start_ms < $3 AND to_ms > $4 AND from_ms < $5';

/** One caller at a time. */
export class HistoryTables {
  readonly #database: HistoryDatabase;

  constructor(database: HistoryDatabase) {
    this.#database = database;
  }

  /** One snapshot of everything for the questions in `work`. */
  reading<T>(work: () => Promise<T>): Promise<T> {
    return this.#database.reading(work);
  }

  /** All of `work` or nothing of it; nobody else packs or imports for these units meanwhile. To be short: ingest waits for it. */
  writing<T>(units: readonly string[], work: () => Promise<T>): Promise<T> {
    return this.#database.writing(units, work);
  }

  unit(name: string): Promise<UnitKey | null> {
    return this.#first<UnitKey>('SELECT id, name FROM reading_units WHERE name = $1', [name]);
  }

  async makeUnit(name: string): Promise<UnitKey> {
    await this.#database.change('INSERT INTO reading_units (name) VALUES ($1) ON CONFLICT DO NOTHING', [name]);
    const unit = await this.unit(name);
    if (unit === null) throw new Error(`the unit ${name} could not be stored`);
    return unit;
  }

  units(): Soon<readonly UnitKey[]> {
    return this.#database.rows<UnitKey>('SELECT id, name FROM reading_units ORDER BY id', []);
  }

  /** Readings not packed yet, with `at` in the span (half-open); oldest first. */
  rows(unit: UnitKey, span: Span): Promise<readonly StoredRow[]> {
    return this.rowsUpTo(unit, span, Number.MAX_SAFE_INTEGER);
  }

  /** The same, of those that were there at the mark. */
  async rowsUpTo(unit: UnitKey, { startMs, endMs }: Span, mark: number): Promise<readonly NumberedRow[]> {
    const id = `r.${this.#database.rowNumber}`;
    const rows = await this.#database.rows<Omit<NumberedRow, 'unit' | 'late' | 'body'> & { late: unknown; body: Blob }>(
      `SELECT ${id} AS id, s.epoch AS epoch, r.seq AS seq, r.at_ms AS "atMs", r.late AS late, r.body AS body
       FROM reading_rows r JOIN reading_streams s ON s.id = r.stream
       WHERE r.unit = $1 AND r.at_ms >= $2 AND r.at_ms < $3 AND ${id} <= $4 ORDER BY r.at_ms, s.epoch, r.seq`,
      [unit.id, startMs, endMs, mark],
    );
    return rows.map((row) => ({ ...row, unit: unit.name, late: Boolean(row.late), body: bytesOf(row.body) }));
  }

  /** Rows of the span by their ids. */
  async deleteRows(unit: UnitKey, { startMs, endMs }: Span, ids: readonly number[]): Promise<void> {
    await this.#database.deleteRows(unit.id, startMs, endMs, ids);
  }

  /** Units with a row that was there at the mark and lies before `beforeMs`, each with the time of its oldest; those that wait longest first. */
  async oldestRows(mark: number, beforeMs: number, limit: number): Promise<readonly OldestRow[]> {
    const rows = await this.#database.rows<UnitKey & { atMs: number }>(
      `SELECT id, name, at_ms AS "atMs" FROM (
         SELECT u.id, u.name, (SELECT r.at_ms FROM reading_rows r WHERE r.unit = u.id AND r.${this.#database.rowNumber} <= $1
           ORDER BY r.at_ms LIMIT 1) AS at_ms
         FROM reading_units u) AS oldest WHERE at_ms < $2 ORDER BY at_ms LIMIT $3`,
      [mark, beforeMs, limit],
    );
    return rows.map(({ id, name, atMs }) => ({ unit: { id, name }, atMs }));
  }

  mark(): Soon<number> {
    return this.#database.mark();
  }

  /** Grows with every change of the unit's blocks and rollups but pruning. */
  async version(unit: UnitKey): Promise<number> {
    const row = await this.#first<{ version: number }>('SELECT version FROM reading_units WHERE id = $1', [unit.id]);
    return row?.version ?? 0;
  }

  /** Lets the version grow if it is still this one; `false` if not: then somebody else has changed the unit's history. */
  async claim(unit: UnitKey, version: number): Promise<boolean> {
    const text = 'UPDATE reading_units SET version = version + 1 WHERE id = $1 AND version = $2';
    return (await this.#database.change(text, [unit.id, version])) === 1;
  }

  async block(unit: UnitKey, startMs: number): Promise<StoredBlock | null> {
    const row = await this.#first<{ pruned: unknown; from_ms: number; to_ms: number; bytes: Blob | null }>(
      'SELECT pruned, from_ms, to_ms, bytes FROM reading_blocks WHERE unit = $1 AND start_ms = $2',
      [unit.id, startMs],
    );
    if (row === null) return null;
    const { pruned, from_ms: fromMs, to_ms: toMs, bytes } = row;
    return { pruned: Boolean(pruned), fromMs, toMs, bytes: bytes === null ? null : bytesOf(bytes) };
  }

  async putBlock(unit: UnitKey, block: Block, storedMs: number, pruned: boolean): Promise<void> {
    const values = [unit.id, ...blockValues(block, storedMs, pruned)];
    const updates = BLOCK_COLUMNS.slice(1).map((column) => `${column} = excluded.${column}`);
    await this.#database.change(
      `INSERT INTO reading_blocks (unit, ${BLOCK_COLUMNS.join(', ')}) VALUES (${parameters(values.length)})
       ON CONFLICT (unit, start_ms) DO UPDATE SET ${updates.join(', ')}`,
      values,
    );
  }

  /** Blocks whose readings may reach into the span, oldest first. */
  async blocksReaching(unit: UnitKey, span: Span): Promise<readonly PackedBlock[]> {
    const rows = await this.#database.rows<PackedRow>(
      `SELECT start_ms, bytes FROM reading_blocks WHERE ${REACHING} AND bytes IS NOT NULL ORDER BY start_ms`,
      [unit.id, ...reachBounds(span)],
    );
    return rows.map(packedOf);
  }

  /** Whether readings that reached into the span are gone. */
  async isPruned(unit: UnitKey, span: Span): Promise<boolean> {
    const text = `SELECT 1 FROM reading_blocks WHERE ${REACHING} AND pruned LIMIT 1`;
    return (await this.#first(text, [unit.id, ...reachBounds(span)])) !== null;
  }

  /** The first block with readings at or after `fromMs` and before `toMs`. */
  nextBlock(unit: UnitKey, fromMs: number, toMs: number): Promise<PackedBlock | null> {
    return this.#packed(
      'unit = $1 AND start_ms > $2 AND start_ms < $3 AND to_ms >= $4 AND bytes IS NOT NULL ORDER BY start_ms LIMIT 1',
      [unit.id, fromMs - QUARTER_MS, toMs, fromMs],
    );
  }

  /** The oldest block with frames in it, pruned or not. */
  async oldestBlock(unit: UnitKey): Promise<OldestBlock | null> {
    const row = await this.#first<{ start_ms: number; first_at_ms: number | null; bytes: Blob | null }>(
      `SELECT start_ms, first_at_ms, bytes FROM reading_blocks WHERE unit = $1 AND ${WITH_FRAMES} ORDER BY start_ms LIMIT 1`,
      [unit.id],
    );
    if (row === null) return null;
    const { start_ms: startMs, first_at_ms: firstAtMs, bytes } = row;
    return { startMs, firstAtMs, bytes: bytes === null ? null : bytesOf(bytes) };
  }

  /** The newest block with frames in it. */
  newestBlock(unit: UnitKey): Promise<PackedBlock | null> {
    return this.#packed(`unit = $1 AND bytes IS NOT NULL AND ${WITH_FRAMES} ORDER BY start_ms DESC LIMIT 1`, [unit.id]);
  }

  /** Blocks with readings in the span, pruned ones too, oldest first. */
  async summaries(unit: UnitKey, { startMs, endMs }: Span): Promise<readonly BlockSummary[]> {
    const rows = await this.#database.rows<SummaryRow>(
      `SELECT ${SUMMARY_COLUMNS} FROM reading_blocks WHERE unit = $1 AND start_ms > $2 AND start_ms < $3 AND to_ms >= $4 ORDER BY start_ms`,
      [unit.id, startMs - QUARTER_MS, endMs, startMs],
    );
    return rows.map(summaryOf);
  }

  /** Buckets that start in the span, oldest first. */
  async rollups(unit: UnitKey, level: LevelName, { startMs, endMs }: Span): Promise<readonly StoredRollup[]> {
    const rows = await this.#database.rows<{ start_ms: number; body: Blob }>(
      'SELECT start_ms, body FROM rollups WHERE unit = $1 AND level = $2 AND start_ms >= $3 AND start_ms < $4 ORDER BY start_ms',
      [unit.id, levelNumber(level), startMs, endMs],
    );
    return rows.map(({ start_ms, body }) => ({ startMs: start_ms, rollup: decodeRollup(bytesOf(body), start_ms) }));
  }

  async putRollups(unit: UnitKey, rollups: readonly LevelRollup[]): Promise<void> {
    for (let from = 0; from < rollups.length; from += ROLLUPS_AT_ONCE) {
      const some = rollups.slice(from, from + ROLLUPS_AT_ONCE);
      const tuples = some.map((_, index) => `($1, ${parameters(3, 1 + index * 3)})`);
      const values = some.flatMap(({ level, startMs, rollup }) => [
        levelNumber(level),
        startMs,
        Buffer.from(encodeRollup(rollup, startMs)),
      ]);
      await this.#database.change(
        `INSERT INTO rollups (unit, level, start_ms, body) VALUES ${tuples.join(', ')}
         ON CONFLICT (unit, level, start_ms) DO UPDATE SET body = excluded.body`,
        [unit.id, ...values],
      );
    }
  }

  /** At most `limit` rows; answers how many. */
  async prune(retention: Retention, nowMs: number, limit: number): Promise<number> {
    const { pruneBlocks, pruneRollups } = this.#database;
    let pruned = 0;
    const readingsMs = cutoffMs(retention.readings, nowMs);
    if (readingsMs !== null) pruned += await this.#database.change(pruneBlocks, [readingsMs, limit]);
    for (const { name } of STORED_LEVELS) {
      const beforeMs = cutoffMs(retention.levels[name], nowMs);
      if (beforeMs !== null && pruned < limit)
        pruned += await this.#database.change(pruneRollups, [levelNumber(name), beforeMs, limit - pruned]);
    }
    return pruned;
  }

  storedBytes(): Soon<number> {
    return this.#database.storedBytes();
  }

  /** Gives some of the bytes that hold nothing back to the disk, where these are many; answers how many. */
  reclaim(): Soon<number> {
    return this.#database.reclaim();
  }

  close(): Soon<void> {
    return this.#database.close();
  }

  async #packed(where: string, values: readonly number[]): Promise<PackedBlock | null> {
    const row = await this.#first<PackedRow>(`SELECT start_ms, bytes FROM reading_blocks WHERE ${where}`, values);
    return row === null ? null : packedOf(row);
  }

  async #first<Row>(text: string, values: readonly unknown[]): Promise<Row | null> {
    return (await this.#database.rows<Row>(text, values))[0] ?? null;
  }
}

const bytesOf = (blob: Blob): Uint8Array => (blob instanceof ArrayBuffer ? new Uint8Array(blob) : blob);

const packedOf = ({ start_ms: startMs, bytes }: PackedRow): PackedBlock => ({ startMs, bytes: bytesOf(bytes) });

const parameters = (count: number, before = 0): string =>
  Array.from({ length: count }, (_, index) => `$${before + index + 1}`).join(', ');

/** The number by which a level is stored: its width in seconds. */
function levelNumber(name: LevelName): number {
  const level = STORED_LEVELS.find((one) => one.name === name);
  if (level === undefined) throw new RangeError(`rollups of ${name} are not stored`);
  return level.widthMs / 1000;
}

/** Bounds of the search for blocks that may reach into a span: two for `start_ms` (both exclusive), then the span. */
function reachBounds({ startMs, endMs }: Span): [number, number, number, number] {
  return [startMs - QUARTER_MS - LONGEST_AHEAD_MS, endMs + LONGEST_STRETCH_MS, startMs, endMs];
}

/** Before this instant a tier's data is to go; `null` for never. */
function cutoffMs(days: number | null | undefined, nowMs: number): number | null {
  return days === null || days === undefined ? null : nowMs - days * DAY_MS;
}
