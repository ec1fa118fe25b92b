/** The file of readings, opened and up to date. Neighbours: readings-writer.ts, readings-reader.ts, both in worker threads. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Libsql from 'libsql';
import { readingMigrations } from '../readings/reading-migrations.ts';

export type Database = InstanceType<typeof Libsql>;

/** How long a connection waits for another one that writes. */
const BUSY_MS = 10_000;
/** Pages in the log before they are moved into the file: larger than SQLite's own 1000, because a group of 1000 units touches that many at once. */
const CHECKPOINT_PAGES = 4000;
const LOG_BYTES = 64 * 1024 * 1024;
const CACHE_KB = 32_768;

/** Opens for writing and makes what is lacking. A resolved commit is on the disk: `synchronous = FULL` (NORMAL would not sync the log at a commit). */
export function openForWriting(file: string): Database {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const database = new Libsql(file, { timeout: BUSY_MS });
  // Counts when the file is made. Pages that hold nothing are given back on order (`reclaim`), and never in a commit of ingest.
  database.exec('PRAGMA auto_vacuum = INCREMENTAL');
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL');
  database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  database.exec(`PRAGMA journal_size_limit = ${LOG_BYTES}`);
  database.exec(`PRAGMA cache_size = -${CACHE_KB}`);
  atomically(database, () => {
    for (const { version, sql } of readingMigrations('sqlite', versionOf(database)))
      database.exec(`${sql};\nPRAGMA user_version = ${version}`);
  });
  return database;
}

/** Opens for questions only; the file must be there. */
export function openForReading(file: string): Database {
  const database = new Libsql(file, { timeout: BUSY_MS });
  database.exec('PRAGMA query_only = ON');
  database.exec(`PRAGMA cache_size = -${CACHE_KB}`);
  return database;
}

/** All of `work` or nothing of it. */
export function atomically(database: Database, work: () => void): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    work();
    database.exec('COMMIT');
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function versionOf(database: Database): number {
  const row = database.prepare('PRAGMA user_version').get() as { user_version: number };
  return row.user_version;
}
