/** Brings the tables of readings in PostgreSQL up to date. Neighbours: postgres-reading-store.ts calls it at every start. */
import pg from 'pg';
import { readingMigrations } from '../readings/reading-migrations.ts';

/** Lets one process of several do it; any number that nobody else uses. */
const LOCK_NUMBER = 5_345_061_978;

export async function migrateReadings(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, application_name: 'slmm-hub migrate' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    // Released with the connection. Who comes second finds everything done.
    await client.query('SELECT pg_advisory_lock($1)', [LOCK_NUMBER]);
    await client.query(
      'CREATE TABLE IF NOT EXISTS reading_layout (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
    );
    const { rows } = await client.query<{ version: number }>('SELECT coalesce(max(version), 0) AS version FROM reading_layout');
    for (const { version, sql } of readingMigrations('postgres', rows[0]?.version ?? 0)) {
      // Several statements in one query are one transaction.
      await client.query(`${sql}\n;INSERT INTO reading_layout (version) VALUES (${version})`);
    }
  } finally {
    await client.end();
  }
}
