import pg from 'pg';
import { QUARTER_MS } from '../../history/packing/compaction.ts';
import type { HistoryDatabase } from '../history/history-database.ts';

/** A statement that takes longer has met something that will not end by itself. */
const STATEMENT_MS = 60_000;
/** Packing and importing of one unit exclude each other, in all processes: an advisory lock of this class and the hash of the unit's name. */
const LOCK_CLASS = 5_345_061;

const TABLES = ['reading_rows', 'reading_blocks', 'rollups', 'reading_streams', 'reading_units'];

/** Times and counts fit a number; the driver gives `bigint` as text otherwise. */
const typesWithNumbers = new pg.TypeOverrides();
typesWithNumbers.setTypeParser(pg.types.builtins.INT8, Number);

/** The tables of history in PostgreSQL, over one connection. Runs in a worker thread. */
export class PostgresHistoryDatabase implements HistoryDatabase {
  readonly rowNumber = 'id';
  readonly pruneBlocks = `UPDATE reading_blocks SET bytes = NULL, pruned = true WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM reading_blocks WHERE bytes IS NOT NULL AND stored_ms < $1 LIMIT $2))`;
  readonly pruneRollups = `DELETE FROM rollups WHERE ctid = ANY (ARRAY(
    SELECT r.ctid FROM reading_units u JOIN rollups r ON r.unit = u.id AND r.level = $1 AND r.start_ms < $2
    WHERE NOT EXISTS (SELECT 1 FROM reading_blocks b WHERE b.unit = r.unit AND b.bytes IS NOT NULL
      AND b.start_ms = r.start_ms / ${QUARTER_MS} * ${QUARTER_MS}) LIMIT $3))`;
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async open(url: string): Promise<PostgresHistoryDatabase> {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: 10_000,
      statement_timeout: STATEMENT_MS,
      keepAlive: true,
      application_name: 'slmm-hub history',
      types: typesWithNumbers,
    });
    // The next statement finds out and fails; then a new connection is made.
    client.on('error', () => undefined);
    await client.connect();
    return new PostgresHistoryDatabase(client);
  }

  reading<T>(work: () => Promise<T>): Promise<T> {
    return this.#transaction('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', work);
  }

  writing<T>(units: readonly string[], work: () => Promise<T>): Promise<T> {
    return this.#transaction('BEGIN', async () => {
      // In the same order everywhere, so that nobody waits in a circle.
      await this.rows(
        'SELECT pg_advisory_xact_lock($1, lock) FROM (SELECT DISTINCT hashtext(unit) AS lock FROM unnest($2::text[]) AS t (unit) ORDER BY lock) AS locks',
        [LOCK_CLASS, units],
      );
      return work();
    });
  }

  async rows<Row>(text: string, values: readonly unknown[]): Promise<Row[]> {
    return (await this.#client.query<Row & pg.QueryResultRow>(text, [...values])).rows;
  }

  async change(text: string, values: readonly unknown[]): Promise<number> {
    return (await this.#client.query(text, [...values])).rowCount ?? 0;
  }

  /** Numbers are given before the commit, so a reading below the mark may come after it; it is only packed sooner than others. */
  async mark(): Promise<number> {
    const [row] = await this.rows<{ mark: number }>(
      `SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('reading_rows', 'id')::regclass), 0) AS mark`,
      [],
    );
    return row?.mark ?? 0;
  }

  /** There is no index by number; the span leads to them. */
  deleteRows(unit: number, startMs: number, endMs: number, numbers: readonly number[]): Promise<number> {
    return this.change('DELETE FROM reading_rows WHERE unit = $1 AND at_ms >= $2 AND at_ms < $3 AND id = ANY ($4::bigint[])', [
      unit,
      startMs,
      endMs,
      numbers,
    ]);
  }

  async storedBytes(): Promise<number> {
    const [row] = await this.rows<{ bytes: number }>(
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
}
