/**
 * Applies the committed SQL migrations of prisma/, without an engine of Prisma. Each runs in one transaction together with its note in
 * Prisma's own table `_prisma_migrations`, so Prisma's tools find a history they understand.
 * Neighbours: config-database.ts calls it at every start; prisma/README.md says how a migration is made.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Libsql from 'libsql';
import pg from 'pg';
import type { DatabasePlaces } from '../../settings.ts';

const FOLDER = fileURLToPath(new URL('../../../prisma/', import.meta.url));
/** Lock in PostgreSQL that lets one process of several migrate at a time; any number that nobody else uses. */
const LOCK_NUMBER = 5_345_061_977;

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** What a runner needs of a database. `atomically` runs several statements in one transaction. */
interface Connection {
  applied(): Promise<readonly { readonly name: string; readonly checksum: string }[]>;
  atomically(script: string): Promise<void>;
  close(): Promise<void>;
}

/** Brings the configuration database up to date and returns the names of what was applied now. Throws when the history is not ours. */
export async function migrate(places: DatabasePlaces): Promise<readonly string[]> {
  const connection = places.kind === 'sqlite' ? openSqlite(places.configFile) : await openPostgres(places.url);
  try {
    const applied = new Map((await connection.applied()).map((one) => [one.name, one.checksum]));
    const known = migrations(places.kind);
    const strange = [...applied.keys()].filter((name) => !known.some((one) => one.name === name));
    if (strange.length > 0)
      throw new Error(
        `the database was made by a newer version of the hub (migration ${strange[0]}); start that version, or restore a backup`,
      );
    const due = known.filter((one) => !applied.has(one.name));
    for (const one of known) {
      const checksum = applied.get(one.name);
      if (checksum !== undefined && checksum !== one.checksum)
        throw new Error(`migration ${one.name} was edited after it had been applied to this database`);
    }
    for (const one of due) await connection.atomically(`${one.sql}\n;${note(one)}`);
    return due.map((one) => one.name);
  } finally {
    await connection.close();
  }
}

function migrations(kind: DatabasePlaces['kind']): readonly Migration[] {
  const folder = join(FOLDER, kind, 'migrations');
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return names
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = readFileSync(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}

/** Columns and types as Prisma's engine makes them. */
const history = (instant: string): string => `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL, "finished_at" ${instant}, "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT, "rolled_back_at" ${instant}, "started_at" ${instant} NOT NULL DEFAULT CURRENT_TIMESTAMP, "applied_steps_count" INTEGER NOT NULL DEFAULT 0)`;

const APPLIED = `SELECT "migration_name" AS "name", "checksum" FROM "_prisma_migrations" WHERE "rolled_back_at" IS NULL AND "finished_at" IS NOT NULL`;

/** Names come from our own folder and hold no quote. */
function note({ name, checksum }: Migration): string {
  return `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "finished_at", "applied_steps_count")
    VALUES ('${randomUUID()}', '${checksum}', '${name}', CURRENT_TIMESTAMP, 1)`;
}

function openSqlite(file: string): Connection {
  const database = new Libsql(file, { timeout: 5_000 });
  database.exec('PRAGMA journal_mode = WAL');
  database.exec(history('DATETIME'));
  return {
    applied: async () => database.prepare(APPLIED).all() as { name: string; checksum: string }[],
    atomically: async (script) => {
      try {
        database.exec(`BEGIN IMMEDIATE;\n${script};\nCOMMIT`);
      } catch (error) {
        if (database.inTransaction) database.exec('ROLLBACK');
        throw error;
      }
    },
    close: async () => void database.close(),
  };
}

async function openPostgres(url: string): Promise<Connection> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, application_name: 'slmm-hub migrate' });
  await client.connect();
  // Released with the connection. Another process that starts at the same time waits here and then finds everything done.
  await client.query('SELECT pg_advisory_lock($1)', [LOCK_NUMBER]);
  await client.query(history('TIMESTAMPTZ'));
  return {
    applied: async () => (await client.query<{ name: string; checksum: string }>(APPLIED)).rows,
    atomically: async (script) => {
      await client.query('BEGIN');
      try {
        await client.query(script);
        await client.query('COMMIT');
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      }
    },
    close: () => client.end(),
  };
}
