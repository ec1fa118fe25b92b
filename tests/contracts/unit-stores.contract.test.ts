import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AnnotationStore,
  type CalibrationCheck,
  type DatabasePlaces,
  type LogLine,
  type Mask,
  MAX_UNIT_LOG_LINES,
  MemoryAnnotationStore,
  MemoryStatusNoteStore,
  MemoryUnitLogStore,
  openConfigDatabase,
  PrismaAnnotationStore,
  PrismaStatusNoteStore,
  PrismaUnitLogStore,
  type StatusNoteStore,
  statusNoteSchema,
  type UnitLogStore,
} from '@slmm/hub/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findPostgres, POSTGRES_MISSING, type PostgresCluster, startPostgres } from '../servers/postgres.ts';

/** What is kept beside a unit: its log, what was said of its status by hand, masks, checks and rating schemes. */
interface Stores {
  readonly log: UnitLogStore;
  readonly notes: StatusNoteStore;
  readonly annotations: AnnotationStore;
  close(): Promise<void>;
}

const postgres = findPostgres();
let cluster: PostgresCluster | null = null;
if (postgres === null) console.warn(POSTGRES_MISSING);
const folders: string[] = [];
let open: Stores[] = [];
beforeAll(async () => {
  cluster = await startPostgres();
});
afterEach(async () => {
  for (const stores of open.splice(0)) await stores.close();
  open = [];
});
afterAll(async () => {
  await cluster?.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

async function prisma(places: DatabasePlaces): Promise<Stores> {
  const database = await openConfigDatabase(places);
  const { client } = database;
  return {
    log: new PrismaUnitLogStore(client),
    notes: new PrismaStatusNoteStore(client),
    annotations: new PrismaAnnotationStore(client),
    close: () => database.close(),
  };
}

function sqlitePlaces(): DatabasePlaces {
  const folder = mkdtempSync(join(tmpdir(), 'slmm-unit-stores-'));
  folders.push(folder);
  return { kind: 'sqlite', configFile: join(folder, 'hub.db'), readingsFile: join(folder, 'readings.db') };
}

const implementations: (readonly [string, () => Promise<Stores>])[] = [
  [
    'in memory',
    async () => ({
      log: new MemoryUnitLogStore(),
      notes: new MemoryStatusNoteStore(),
      annotations: new MemoryAnnotationStore(),
      close: async () => undefined,
    }),
  ],
  ['Prisma on SQLite', () => prisma(sqlitePlaces())],
  ...(postgres === null
    ? []
    : ([['Prisma on PostgreSQL', async () => prisma({ kind: 'postgres', url: (await cluster?.database()) ?? '' })]] as const)),
];

const line = (unit: string, atMs: number, more: Partial<LogLine> = {}): LogLine => ({
  unit,
  atMs,
  level: 'INFO',
  category: 'STATE',
  message: `at ${atMs}: ÄÖ"'; --`,
  ...more,
});
const EVERYTHING = { limit: 10_000, offset: 0, level: null, category: null };

describe.each(implementations)('%s', (_name, make) => {
  const start = async (): Promise<Stores> => {
    const stores = await make();
    open.push(stores);
    return stores;
  };

  describe('the unit log', () => {
    it('gives lines newest first, by level, category and page, each unit its own', async () => {
      const { log } = await start();
      await log.append([line('a', 1_000), line('a', 3_000, { level: 'ERROR', category: 'TCP' }), line('b', 5_000)]);
      await log.append([line('a', 2_000, { category: 'TCP' })]);
      const at = async (query: object) => (await log.lines('a', { ...EVERYTHING, ...query })).map(({ atMs }) => atMs);
      expect(await at({})).toEqual([3_000, 2_000, 1_000]);
      expect(await at({ limit: 1, offset: 1 })).toEqual([2_000]);
      expect(await at({ category: 'TCP' })).toEqual([3_000, 2_000]);
      expect(await at({ category: 'TCP', level: 'INFO' })).toEqual([2_000]);
      expect(await log.lines('nobody', EVERYTHING)).toEqual([]);
      const [newest] = await log.lines('a', EVERYTHING);
      expect(newest).toMatchObject(line('a', 3_000, { level: 'ERROR', category: 'TCP' }));
    });

    it('counts what there is, and empties', async () => {
      const { log } = await start();
      await log.append([line('a', 1_000), line('a', 2_000, { level: 'WARNING', category: 'TCP' }), line('b', 9_000)]);
      expect(await log.stats('a')).toEqual({
        total: 2,
        byLevel: { INFO: 1, WARNING: 1 },
        byCategory: { STATE: 1, TCP: 1 },
        oldestMs: 1_000,
        newestMs: 2_000,
      });
      expect([await log.clear('a'), await log.clear('a')]).toEqual([2, 0]);
      expect(await log.stats('a')).toEqual({ total: 0, byLevel: {}, byCategory: {}, oldestMs: null, newestMs: null });
      expect((await log.stats('b')).total).toBe(1);
    });

    it('keeps the newest lines of each unit and no more than its bound', { timeout: 60_000 }, async () => {
      const { log } = await start();
      const lines = Array.from({ length: MAX_UNIT_LOG_LINES + 7 }, (_, index) => line('a', index));
      for (let from = 0; from < lines.length; from += 1_000)
        await log.append([...lines.slice(from, from + 1_000), line('b', from)]);
      const { total, oldestMs } = await log.stats('a');
      expect([total, oldestMs, (await log.stats('b')).total]).toEqual([MAX_UNIT_LOG_LINES, 7, 6]);
    });
  });

  describe('notes of a status', () => {
    it('are one per unit, replaced as a whole, and go when told to', async () => {
      const { notes } = await start();
      const first = statusNoteSchema.parse({ atMs: 1_000, lp: '55.0', measurement_state: 'Stop' });
      const second = statusNoteSchema.parse({ atMs: 2_000.5, raw_payload: 'x'.repeat(10_000), startMs: 1_500 });
      expect([await notes.note('a'), await notes.count()]).toEqual([null, 0]);
      await notes.putNote('a', first);
      await notes.putNote('b', first);
      await notes.putNote('a', second);
      expect([await notes.note('a'), await notes.note('b'), await notes.count()]).toEqual([second, first, 2]);
      await notes.deleteNote('a');
      await notes.deleteNote('a');
      expect([await notes.note('a'), await notes.count()]).toEqual([null, 1]);
    });
  });

  describe('masks', () => {
    const mask = (id: string, startMs: number, endMs: number, unit = 'a'): Mask => ({
      id,
      unit,
      startMs,
      endMs,
      reason: `it rained: "${id}"`,
      author: 'jo',
      createdMs: 10,
      withdrawnMs: null,
      withdrawnBy: null,
    });

    it('are found where they touch a range, oldest first', async () => {
      const { annotations } = await start();
      for (const one of [mask('late', 3_000, 4_000), mask('early', 1_000, 2_000), mask('other', 1_000, 2_000, 'b')])
        await annotations.putMask(one);
      const ids = async (fromMs: number, toMs: number) => (await annotations.masks('a', fromMs, toMs)).map(({ id }) => id);
      expect(await ids(0, Number.MAX_SAFE_INTEGER)).toEqual(['early', 'late']);
      expect([await ids(0, 1_000), await ids(1_999, 3_000), await ids(2_000, 3_000), await ids(2_000, 3_001)]).toEqual([
        [],
        ['early'],
        [],
        ['late'],
      ]);
      expect(await annotations.masks('a', 3_000, 3_001)).toEqual([mask('late', 3_000, 4_000)]);
    });

    it('are withdrawn once, by somebody of that unit, and stay on record', async () => {
      const { annotations } = await start();
      await annotations.putMask(mask('m', 1_000, 2_000));
      expect(await annotations.withdrawMask('b', 'm', 'ann', 50)).toBe(false);
      expect(await annotations.withdrawMask('a', 'm', 'ann', 50)).toBe(true);
      expect(await annotations.withdrawMask('a', 'm', 'bob', 60)).toBe(false);
      expect(await annotations.masks('a', 0, 5_000)).toEqual([
        { ...mask('m', 1_000, 2_000), withdrawnMs: 50, withdrawnBy: 'ann' },
      ]);
    });
  });

  it('checks with a calibrator come oldest first, as they were written', async () => {
    const { annotations } = await start();
    const check = (id: string, atMs: number, more: Partial<CalibrationCheck> = {}): CalibrationCheck => ({
      id,
      unit: 'a',
      atMs,
      kind: 'before',
      referenceDb: 94,
      measuredDb: 93.9,
      author: 'jo',
      note: null,
      ...more,
    });
    const after = check('2', 2_000, { kind: 'after', measuredDb: 94.3, note: 'wind' });
    for (const one of [after, check('1', 1_000), check('3', 500, { unit: 'b' })]) await annotations.putCheck(one);
    expect(await annotations.checks('a')).toEqual([check('1', 1_000), after]);
  });

  it('rating schemes are replaced by their id, and deleted once', async () => {
    const { annotations } = await start();
    await annotations.putScheme('b', { id: 'b', name: 'second' });
    await annotations.putScheme('a', { id: 'a', name: 'first' });
    await annotations.putScheme('b', { id: 'b', name: 'ÄÖ', deep: [{ x: null }] });
    expect(await annotations.schemes()).toEqual([
      { id: 'a', name: 'first' },
      { id: 'b', name: 'ÄÖ', deep: [{ x: null }] },
    ]);
    expect([await annotations.deleteScheme('a'), await annotations.deleteScheme('a')]).toEqual([true, false]);
  });
});
