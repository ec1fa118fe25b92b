/** The database of the hub's configuration, through Prisma. One code base, two generated clients. Neighbours: prisma-fleet-store.ts, prisma-access-store.ts. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Closeable } from '@slmm/shared';
import type { DatabasePlaces } from '../../settings.ts';
import type { PrismaClient } from './generated/sqlite/client.ts';
import { migrate } from './migrate.ts';

/** The client as all stores see it. Both generated clients come from the same models, so the type of one stands for both. */
export type ConfigClient = PrismaClient;

export interface ConfigDatabase extends Closeable {
  readonly client: ConfigClient;
  /** Migrations that were applied at this opening. */
  readonly applied: readonly string[];
}

/** Opens the database, makes it if it is not there, and brings it up to date. */
export async function openConfigDatabase(places: DatabasePlaces): Promise<ConfigDatabase> {
  const applied = await prepare(places);
  const client = places.kind === 'sqlite' ? await sqliteClient(places.configFile) : await postgresClient(places.url);
  return { client, applied, close: () => client.$disconnect() };
}

async function prepare(places: DatabasePlaces): Promise<readonly string[]> {
  try {
    if (places.kind === 'sqlite') mkdirSync(dirname(places.configFile), { recursive: true, mode: 0o700 });
    return await migrate(places);
  } catch (error) {
    // Without the URL: there may be a password in it.
    const place = places.kind === 'sqlite' ? places.configFile : 'PostgreSQL (SLMM_DATABASE_URL)';
    throw new Error(`the database ${place} cannot be opened: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** Only the client that is used is loaded. The option `timeout` holds also after a transaction, which a PRAGMA set by hand does not. */
async function sqliteClient(file: string): Promise<ConfigClient> {
  const [{ PrismaClient: Client }, { PrismaLibSql }] = await Promise.all([
    import('./generated/sqlite/client.ts'),
    import('@prisma/adapter-libsql'),
  ]);
  return new Client({ adapter: new PrismaLibSql({ url: `file:${file}`, timeout: 5_000 }) });
}

async function postgresClient(url: string): Promise<ConfigClient> {
  const [{ PrismaClient: Client }, { PrismaPg }] = await Promise.all([
    import('./generated/postgres/client.ts'),
    import('@prisma/adapter-pg'),
  ]);
  return new Client({ adapter: new PrismaPg({ connectionString: url, max: 5 }) }) as unknown as ConfigClient;
}
