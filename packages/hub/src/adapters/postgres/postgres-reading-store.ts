import pg from 'pg';
import { type ReadingPosition, readCursor, writeCursor } from '../../history/reading-cursor.ts';
import type {
  Reading,
  ReadingBatch,
  ReadingQuery,
  ReadingStore,
  Sequence,
  StoredDeadLetter,
  StreamRecord,
  UnitStateChange,
} from '../../history/reading-store.ts';
import { SequenceFold } from '../../history/ledger/sequence.ts';
import { BatchPacker } from '../readings/packed-batch.ts';
import { readingOf, type StoredRow, type StoredStream, streamOf } from '../readings/stored-rows.ts';
import { migrateReadings } from './migrate-readings.ts';
import { ReadingsWriter } from './readings-writer.ts';

/** Connections for questions; more questions than that wait. */
const READERS = 4;
const STATEMENT_MS = 60_000;
/** Rows of one step while a long period is folded into sequences. */
const FOLD_ROWS = 50_000;

const FROM = 'FROM reading_units u JOIN reading_rows r ON r.unit = u.id JOIN reading_streams s ON s.id = r.stream';
const PLACE = 'u.name AS unit, s.epoch AS epoch, r.seq::float8 AS seq, r.at_ms::float8 AS "atMs", r.late AS late';
const PAGE =
  'WHERE u.name = $1 AND r.at_ms >= $2 AND r.at_ms < $3 AND (r.at_ms, s.epoch, r.seq) > ($4, $5, $6) ORDER BY r.at_ms, s.epoch, r.seq LIMIT $7';

/** Readings in PostgreSQL: one connection writes, a few answer questions. */
export class PostgresReadingStore implements ReadingStore {
  readonly #writer: ReadingsWriter;
  readonly #pool: pg.Pool;
  readonly #packer = new BatchPacker();
  #closed: Promise<void> | null = null;

  private constructor(url: string) {
    this.#writer = new ReadingsWriter(url);
    this.#pool = new pg.Pool({
      connectionString: url,
      max: READERS,
      connectionTimeoutMillis: 10_000,
      statement_timeout: STATEMENT_MS,
      application_name: 'slmm-hub history',
    });
    // A connection that breaks while it is idle is replaced at the next question.
    this.#pool.on('error', () => undefined);
  }

  /** Makes the tables where they are missing, and brings an older layout up to date. */
  static async open(url: string): Promise<PostgresReadingStore> {
    try {
      await migrateReadings(url);
    } catch (error) {
      throw new Error(`the readings in PostgreSQL cannot be opened: ${(error as Error).message}`, { cause: error });
    }
    return new PostgresReadingStore(url);
  }

  async append(batch: ReadingBatch): Promise<void> {
    await this.#writer.append(this.#packer.pack(batch));
    this.#packer.stored(batch);
  }

  async streams(of: { readonly edge?: string; readonly unit?: string } = {}): Promise<readonly StreamRecord[]> {
    const rows = await this.#rows<StoredStream>(
      `SELECT u.name AS unit, s.epoch, s.edge, s.settled, s.lost FROM reading_streams s JOIN reading_units u ON u.id = s.unit
       WHERE ($1::text IS NULL OR s.edge = $1) AND ($2::text IS NULL OR u.name = $2) ORDER BY s.id`,
      [of.edge ?? null, of.unit ?? null],
    );
    return rows.map(streamOf);
  }

  async readings(query: ReadingQuery): Promise<{ readonly readings: readonly Reading[]; readonly next: string | null }> {
    const { limit } = query;
    const after = query.after === undefined ? null : readCursor(query.after);
    const rows = await this.#rows<StoredRow>(
      `SELECT ${PLACE}, r.body AS body ${FROM} ${PAGE}`,
      pageValues(query, after, limit + 1),
    );
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return { readings: rows.slice(0, limit).map(readingOf), next: last === undefined ? null : writeCursor(last) };
  }

  async latest(units?: readonly string[]): Promise<readonly Reading[]> {
    const rows = await this.#rows<StoredRow>(
      `SELECT n.* FROM reading_units v CROSS JOIN LATERAL (
         SELECT ${PLACE}, r.body AS body ${FROM} WHERE u.id = v.id ORDER BY r.at_ms DESC, s.epoch DESC, r.seq DESC LIMIT 1) n
       WHERE $1::text[] IS NULL OR v.name = ANY ($1::text[]) ORDER BY v.name`,
      [units ?? null],
    );
    return rows.map(readingOf);
  }

  async sequences(unit: string, fromMs: number, toMs: number, maxStepMs: number): Promise<readonly Sequence[]> {
    const fold = new SequenceFold(maxStepMs);
    let after: ReadingPosition | null = null;
    do {
      const rows: StoredRow[] = await this.#rows<StoredRow>(
        `SELECT ${PLACE} ${FROM} ${PAGE}`,
        pageValues({ unit, fromMs, toMs }, after, FOLD_ROWS),
      );
      for (const row of rows) fold.add(row);
      after = rows.length === FOLD_ROWS ? (rows.at(-1) ?? null) : null;
    } while (after !== null);
    return fold.done();
  }

  async firstFrameMs(unit: string): Promise<number | null> {
    const [row] = await this.#rows<{ readonly at: number }>(
      'SELECT r.at_ms::float8 AS at FROM reading_units u JOIN reading_rows r ON r.unit = u.id WHERE u.name = $1 ORDER BY r.at_ms LIMIT 1',
      [unit],
    );
    return row?.at ?? null;
  }

  deadLetters(limit: number): Promise<readonly StoredDeadLetter[]> {
    return this.#rows<StoredDeadLetter>(
      'SELECT at_ms::float8 AS "atMs", topic, reason, payload, times FROM dead_letters ORDER BY at_ms DESC, id LIMIT $1',
      [limit],
    );
  }

  async recordState({ unit, atMs, link, run }: UnitStateChange): Promise<void> {
    await this.#rows(
      'INSERT INTO unit_states (unit, at_ms, link, run) VALUES ($1, $2, $3, $4) ON CONFLICT (unit, at_ms) DO UPDATE SET link = excluded.link, run = excluded.run',
      [unit, atMs, link, run],
    );
  }

  states(unit: string, fromMs: number, toMs: number): Promise<readonly UnitStateChange[]> {
    return this.#rows<UnitStateChange>(
      `SELECT unit, at_ms::float8 AS "atMs", link, run FROM unit_states WHERE unit = $1 AND at_ms < $3
       AND at_ms >= coalesce((SELECT max(at_ms) FROM unit_states WHERE unit = $1 AND at_ms <= $2), $2) ORDER BY unit_states.at_ms`,
      [unit, fromMs, toMs],
    );
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#writer.close().then(() => this.#pool.end()));
  }

  async #rows<Row>(text: string, values: readonly unknown[]): Promise<Row[]> {
    const { rows } = await this.#pool.query<Row & pg.QueryResultRow>(text, [...values]);
    return rows;
  }
}

function pageValues(
  { unit, fromMs, toMs }: { readonly unit: string; readonly fromMs: number; readonly toMs: number },
  after: ReadingPosition | null,
  limit: number,
): unknown[] {
  const from = after === null ? fromMs : Math.max(fromMs, after.atMs);
  const behind = after === null ? [-1, '', 0] : [after.atMs, after.epoch, after.seq];
  return [unit, from, toMs, ...behind, limit];
}
