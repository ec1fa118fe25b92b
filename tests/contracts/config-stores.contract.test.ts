import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AccessStore,
  type DatabasePlaces,
  type FleetStore,
  hashSecret,
  MemoryAccessStore,
  MemoryFleetStore,
  openConfigDatabase,
  PrismaAccessStore,
  PrismaFleetStore,
  type UnitConfig,
} from '@slmm/hub/testing';
import Libsql from 'libsql';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findPostgres, POSTGRES_MISSING, type PostgresCluster, startPostgres } from '../servers/postgres.ts';

interface Stores {
  readonly fleet: FleetStore;
  readonly access: AccessStore;
  close(): Promise<void>;
  /** The same stores after a restart; `null` where nothing survives one. */
  reopen(): Promise<Stores | null>;
}

const postgres = findPostgres();
if (postgres === null) console.warn(POSTGRES_MISSING);
let cluster: PostgresCluster | null = null;
beforeAll(async () => {
  cluster = await startPostgres();
});
const folders: string[] = [];
afterAll(async () => {
  await cluster?.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const scratchFile = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'slmm-config-'));
  folders.push(folder);
  return join(folder, 'deep', 'hub.db');
};
const sqlitePlaces = (): DatabasePlaces => {
  const configFile = scratchFile();
  return { kind: 'sqlite', configFile, readingsFile: `${configFile}-readings` };
};

async function prisma(places: DatabasePlaces): Promise<Stores> {
  const database = await openConfigDatabase(places);
  return {
    fleet: new PrismaFleetStore(database.client),
    access: new PrismaAccessStore(database.client),
    close: () => database.close(),
    reopen: async () => {
      await database.close();
      return prisma(places);
    },
  };
}

async function memory(): Promise<Stores> {
  const fleet = new MemoryFleetStore();
  return { fleet, access: new MemoryAccessStore(fleet), close: async () => undefined, reopen: async () => null };
}

const implementations: (readonly [string, () => Promise<Stores>])[] = [
  ['in memory', memory],
  ['Prisma on SQLite', () => prisma(sqlitePlaces())],
  ...(postgres === null
    ? []
    : ([['Prisma on PostgreSQL', async () => prisma({ kind: 'postgres', url: (await cluster?.database()) ?? '' })]] as const)),
];

const unit = (id: string, more: Partial<UnitConfig> = {}): UnitConfig => ({
  unit: id,
  edge: null,
  host: '192.0.2.7',
  tcpPort: 2255,
  ftpPort: 21,
  tcpEnabled: true,
  ftpEnabled: false,
  webEnabled: false,
  ftpUsername: null,
  ftpPassword: null,
  pollEnabled: true,
  pollIntervalSeconds: 0.5,
  monitorEnabled: true,
  acquisition: 'dod',
  timezone: null,
  ...more,
});

let open: Stores[] = [];
afterEach(async () => {
  for (const stores of open) await stores.close();
  open = [];
});

describe.each(implementations)('configuration stores, %s', (_name, make) => {
  const start = async (): Promise<Stores> => {
    const stores = await make();
    open.push(stores);
    return stores;
  };

  it('begin empty', async () => {
    const { fleet, access } = await start();
    expect([await fleet.units(), await fleet.edges(), await fleet.assignments(), await access.tokens()]).toEqual([
      [],
      [],
      [],
      [],
    ]);
  });

  it('keep every field of a unit, and replace it as a whole', async () => {
    const { fleet } = await start();
    const full = unit('NL43-01', {
      edge: 'site-1',
      ftpUsername: 'USER',
      ftpPassword: 'ÄÖ"\'; --',
      acquisition: 'drd',
      timezone: 'Europe/Berlin',
    });
    await fleet.putUnit(unit('b'));
    await fleet.putUnit(full);
    expect(await fleet.units()).toEqual([unit('b'), full]);
    await fleet.putUnit(unit('NL43-01'));
    expect(await fleet.units()).toEqual([unit('b'), unit('NL43-01')]);
  });

  it('list units in the order of their creation, however often they are changed', async () => {
    const { fleet } = await start();
    for (const id of ['z', 'a', 'm']) await fleet.putUnit(unit(id));
    await fleet.putUnit(unit('z', { host: 'changed.example' }));
    expect((await fleet.units()).map((one) => one.unit)).toEqual(['z', 'a', 'm']);
  });

  it('delete a unit once, and remember where it hung', async () => {
    const { fleet } = await start();
    await fleet.putUnit(unit('u', { edge: 'e1' }));
    await fleet.putUnit(unit('u', { edge: 'e2' }));
    await fleet.putUnit(unit('u', { edge: 'e1' }));
    expect([await fleet.deleteUnit('u'), await fleet.deleteUnit('u')]).toEqual([true, false]);
    expect([...(await fleet.assignments())].sort((a, b) => (a.edge < b.edge ? -1 : 1))).toEqual([
      { unit: 'u', edge: 'e1' },
      { unit: 'u', edge: 'e2' },
    ]);
  });

  it('give revisions that only grow, one by one and beyond what an edge already has', async () => {
    const { fleet } = await start();
    await fleet.putEdge('e', 'hash', 1_000);
    expect([await fleet.nextRevision('e'), await fleet.nextRevision('e'), await fleet.nextRevision('e', 40)]).toEqual([1, 2, 41]);
    expect(await fleet.nextRevision('e', 7)).toBe(42);
    expect(await fleet.nextRevision('nobody')).toBe(0);
    const many = await Promise.all(Array.from({ length: 10 }, () => fleet.nextRevision('e')));
    expect(new Set(many).size).toBe(10);
  });

  it('keep an edge and its revision when it gets another secret', async () => {
    const { fleet, access } = await start();
    const at = Date.UTC(2026, 5, 1, 12, 0, 0, 123);
    await fleet.putEdge('e', hashSecret('old'), at);
    await fleet.nextRevision('e');
    await fleet.putEdge('e', hashSecret('new'), at + 1);
    expect(await fleet.edges()).toEqual([{ edge: 'e', createdMs: at, revision: 1 }]);
    expect(await access.isEdgeSecret('e', hashSecret('old'))).toBe(false);
    expect(await access.isEdgeSecret('e', hashSecret('new'))).toBe(true);
    expect(await access.isEdgeSecret('f', hashSecret('new'))).toBe(false);
    expect([await fleet.deleteEdge('e'), await fleet.deleteEdge('e')]).toEqual([true, false]);
    expect(await access.isEdgeSecret('e', hashSecret('new'))).toBe(false);
  });

  it('let nobody in as an edge without a secret', async () => {
    const { fleet, access } = await start();
    await fleet.putEdge('e', null, 0);
    for (const secret of ['', 'null', hashSecret('')]) expect(await access.isEdgeSecret('e', secret)).toBe(false);
  });

  it('keep sessions until they end, are closed, or are the oldest of too many', async () => {
    const { access } = await start();
    const session = (idHash: string, endsMs: number) => ({ idHash, tokenHash: hashSecret('t'), endsMs });
    const kept = async (): Promise<string[]> => {
      const found = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((id) => access.session(id)));
      return found.flatMap((one) => (one === null ? [] : [one.idHash]));
    };
    for (const id of ['a', 'b', 'c', 'd']) await access.putSession(session(id, id === 'b' ? 1000 : 5000));
    expect(await access.session('a')).toEqual(session('a', 5000));
    await access.deleteSession('d');
    await access.deleteSession('nobody');
    await access.forgetSessions({ endedBeforeMs: 2000, keep: 2 });
    expect(await kept()).toEqual(['a', 'c']);
    await access.putSession(session('e', 5000));
    await access.forgetSessions({ endedBeforeMs: 2000, keep: 2 });
    expect(await kept()).toEqual(['c', 'e']);
  });

  it('keep tokens by their hash, replace by id, and forget what is deleted', async () => {
    const { access } = await start();
    const token = { id: 't1', name: 'page', role: 'viewer', units: ['U1', 'U2'], createdMs: 1_234_567 } as const;
    const admin = { id: 'admin', name: 'admin', role: 'admin', units: null, createdMs: 1 } as const;
    await access.putToken(token, hashSecret('a'));
    await access.putToken(admin, hashSecret('b'));
    expect(await access.tokenByHash(hashSecret('a'))).toEqual(token);
    expect(await access.tokens()).toEqual([admin, token]);
    await access.putToken(admin, hashSecret('c'));
    expect([await access.tokenByHash(hashSecret('b')), await access.tokenByHash(hashSecret('c'))]).toEqual([null, admin]);
    expect([await access.deleteToken('t1'), await access.deleteToken('t1')]).toEqual([true, false]);
    expect(await access.tokenByHash(hashSecret('a'))).toBeNull();
  });

  it('find everything again after a restart', async () => {
    const first = await start();
    await first.fleet.putUnit(unit('u', { edge: 'e' }));
    await first.fleet.putEdge('e', hashSecret('s'), 5);
    await first.fleet.nextRevision('e');
    const second = await first.reopen();
    if (second === null) return;
    open.push(second);
    expect(await second.fleet.units()).toEqual([unit('u', { edge: 'e' })]);
    expect(await second.fleet.edges()).toEqual([{ edge: 'e', createdMs: 5, revision: 1 }]);
    expect(await second.access.isEdgeSecret('e', hashSecret('s'))).toBe(true);
  });
});

describe('migrations', () => {
  it('are applied once and then left alone', async () => {
    const places = sqlitePlaces();
    const first = await openConfigDatabase(places);
    await first.close();
    const second = await openConfigDatabase(places);
    await second.close();
    expect(first.applied[0]).toBe('0001_configuration');
    expect(second.applied).toEqual([]);
  });

  it('refuse a database that a newer hub made, and one whose history was edited', async () => {
    const places = sqlitePlaces();
    await (await openConfigDatabase(places)).close();
    const file = places.kind === 'sqlite' ? places.configFile : '';
    const database = new Libsql(file);
    database.exec(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', 'y', '9999_future', 1)`,
    );
    await expect(openConfigDatabase(places)).rejects.toThrow(/newer version of the hub \(migration 9999_future\)/);
    database.exec(`DELETE FROM _prisma_migrations WHERE id = 'x'`);
    database.exec(`UPDATE _prisma_migrations SET checksum = 'other'`);
    database.close();
    await expect(openConfigDatabase(places)).rejects.toThrow(/was edited after it had been applied/);
  });

  it.skipIf(postgres === null)('of several processes that start together run one after another on PostgreSQL', async () => {
    const url = (await cluster?.database()) ?? '';
    const databases = await Promise.all([1, 2, 3].map(() => openConfigDatabase({ kind: 'postgres', url })));
    expect(databases.filter((database) => database.applied.length > 0).length).toBe(1);
    for (const database of databases) await database.close();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query('SELECT count(*) AS n, count(DISTINCT migration_name) AS d FROM _prisma_migrations');
    await client.end();
    expect(rows[0]?.n).toBe(rows[0]?.d);
  });
});
