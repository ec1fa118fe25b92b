/** What every history store promises, and that readings are the same readings whether packed or not: SQLite and PostgreSQL against the twin in memory, which knows no rollups. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DEFAULT_RETENTION,
  importedReading,
  MemoryHistoryStore,
  MemoryReadingStore,
  PackedReadingStore,
  PostgresReadingStore,
  type Reading,
  type ReadingStore,
  type Retention,
  SqliteReadingStore,
  type StreamRecord,
  WorkerHistoryStore,
} from '@slmm/hub/testing';
import type { Frame } from '@slmm/protocol';
import { exampleFrame } from '@slmm/protocol/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { POSTGRES_MISSING, type PostgresCluster, startPostgres } from '../servers/postgres.ts';

const START_MS = Date.UTC(2026, 10, 23, 6);
const QUARTER_MS = 900_000;
const HOUR_MS = 4 * QUARTER_MS;
const EPOCH = '01JD3EPOCH';
/** Another one for each test, so that they may share a store. */
let unitNumber = 0;
let unitName = 'unit-0';
const LATER_MS = START_MS + 100 * 86_400_000;

function reading(seq: number, atMs: number, changes: Partial<Frame> = {}): Reading {
  const tenths = 400 + ((seq * 37) % 400);
  const leq = tenths / 10;
  const frame: Frame = exampleFrame({
    unit: unitName,
    epoch: EPOCH,
    seq,
    at: new Date(atMs).toISOString(),
    src: 'drd',
    lp: leq,
    over: seq % 97 === 0,
    interval: {
      s: 1,
      leq,
      lmax: (tenths + 5) / 10,
      lmin: (tenths - 5) / 10,
      lpeak: (tenths + 120) / 10,
      basis: 'drd',
      ticks: 10,
    },
    settings: null,
    ...changes,
  });
  return { frame, atMs, late: seq % 5 === 0 };
}

/** One a second, a little off the second so that intervals straddle boundaries. */
const seconds = (first: number, count: number): Reading[] =>
  Array.from({ length: count }, (_, index) => reading(first + index, START_MS + (first + index) * 1000 + 120));

const isFirst = ({ frame }: Reading, before: readonly Reading[]): boolean =>
  !before.some((one) => one.frame.epoch === frame.epoch && one.frame.seq === frame.seq);

const streamOf = (readings: readonly Reading[]): StreamRecord[] =>
  readings.length === 0
    ? []
    : [...new Set(readings.map((one) => one.frame.epoch))].map((epoch) => ({
        unit: readings[0]?.frame.unit ?? unitName,
        epoch,
        edge: 'demo',
        settled: [[1, 1]],
        lost: [],
      }));

interface Stores {
  readonly readings: ReadingStore;
  readonly history: WorkerHistoryStore;
  readonly place: ConstructorParameters<typeof WorkerHistoryStore>[0];
}

const cluster: { running: PostgresCluster | null } = { running: null };
beforeAll(async () => {
  cluster.running = await startPostgres();
}, 60_000);
afterAll(() => cluster.running?.stop());

describe.each(['SQLite', 'PostgreSQL'] as const)('history in %s', (name) => {
  const opened: Stores[] = [];
  const folders: string[] = [];
  let shared: Stores | null = null;
  /** One for all tests: a thread takes a second to start from sources. */
  const open = async (): Promise<Stores> => {
    if (shared !== null) return shared;
    const url = cluster.running?.url ?? '';
    const folder = await mkdtemp(join(tmpdir(), 'slmm-history-'));
    folders.push(folder);
    const file = join(folder, 'readings.db');
    const rows = name === 'SQLite' ? await SqliteReadingStore.open(file) : await PostgresReadingStore.open(url);
    const place: Stores['place'] = name === 'SQLite' ? { kind: 'sqlite', file } : { kind: 'postgres', url };
    const history = new WorkerHistoryStore(place);
    const stores = { readings: new PackedReadingStore(rows, history), history, place };
    opened.push(stores);
    shared = stores;
    return stores;
  };
  beforeEach(() => {
    unitNumber += 1;
    unitName = `unit-${unitNumber}`;
  });
  afterAll(async () => {
    for (const { readings, history } of opened.splice(0)) {
      await history.close();
      await readings.close();
    }
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
    if (name === 'PostgreSQL') await cluster.running?.wipe();
  });
  const fact = (title: string, test: () => Promise<void>, timeoutMs = 60_000): void => {
    it(
      title,
      async (context) => {
        if (name === 'PostgreSQL' && cluster.running === null) context.skip(POSTGRES_MISSING);
        await test();
      },
      timeoutMs,
    );
  };

  const append = (store: ReadingStore, readings: readonly Reading[]): Promise<void> =>
    store.append({ readings, streams: streamOf(readings), deadLetters: [] });
  const packAll = async ({ history }: Stores, beforeMs = LATER_MS): Promise<number> => {
    let packed = 0;
    for (;;) {
      const { compacted } = await history.compact({ beforeMs, mark: await history.mark(), nowMs: LATER_MS, limit: 3 });
      packed += compacted;
      if (compacted === 0) return packed;
    }
  };
  /** Spans of all kinds of bounds. */
  const WANTED = [
    [{ startMs: START_MS, endMs: START_MS + 2 * HOUR_MS }],
    [{ startMs: START_MS + 500, endMs: START_MS + 61_250 }],
    [{ startMs: START_MS - QUARTER_MS, endMs: START_MS + QUARTER_MS }],
    [
      { startMs: START_MS, endMs: START_MS + 1_000_500 },
      { startMs: START_MS + 1_200_000, endMs: START_MS + HOUR_MS },
    ],
    [{ startMs: START_MS + 20 * HOUR_MS, endMs: START_MS + 21 * HOUR_MS }],
    ...Array.from({ length: 12 }, (_, index) => [
      { startMs: START_MS + index * 600_000, endMs: START_MS + (index + 1) * 600_000 },
    ]),
  ];
  const expectSame = async (stores: Stores, all: readonly Reading[], unit = unitName): Promise<void> => {
    const twin = new MemoryReadingStore();
    await append(twin, all);
    const expected = await new MemoryHistoryStore(twin).rollups(unit, WANTED);
    const found = await stores.history.rollups(unit, WANTED);
    for (const [index, one] of expected.entries()) {
      const other = found[index] ?? null;
      if (one === null || other === null) {
        expect(other).toEqual(one);
        continue;
      }
      // A histogram may still be bytes; what it says is what counts.
      const { classes, ms } = other.histogram;
      expect({ ...other, histogram: { classes, ms }, energy: 0, overEnergy: 0 }).toEqual({ ...one, energy: 0, overEnergy: 0 });
      expect(Math.abs(other.energy - one.energy)).toBeLessThanOrEqual(1e-9 * one.energy);
      expect(Math.abs(other.overEnergy - one.overEnergy)).toBeLessThanOrEqual(1e-9 * one.overEnergy);
    }
    const page = await stores.readings.readings({ unit, fromMs: 0, toMs: 10 ** 13, limit: 100_000 });
    const wanted = await twin.readings({ unit, fromMs: 0, toMs: 10 ** 13, limit: 100_000 });
    expect(page.readings).toEqual(wanted.readings);
    for (const stepMs of [500, 1500, 5000])
      expect(await stores.readings.sequences(unit, START_MS + 60_000, START_MS + HOUR_MS, stepMs)).toEqual(
        await twin.sequences(unit, START_MS + 60_000, START_MS + HOUR_MS, stepMs),
      );
  };

  fact('answers the same before, while and after readings are packed', async () => {
    const stores = await open();
    const all = seconds(1, 2200);
    await append(stores.readings, all);
    await expectSame(stores, all);
    expect(await packAll(stores, START_MS + 2 * QUARTER_MS)).toBe(2);
    await expectSame(stores, all);
    expect(await packAll(stores)).toBe(1);
    await expectSame(stores, all);
    expect(await packAll(stores)).toBe(0);
  });

  fact('takes late readings into buckets that were packed, whatever their order', async () => {
    const stores = await open();
    const all = seconds(1, 1300);
    const late = all.filter((_, index) => index % 11 < 3 || (index > 880 && index < 920));
    await append(
      stores.readings,
      all.filter((one) => !late.includes(one)),
    );
    await packAll(stores);
    await append(stores.readings, late.toReversed().slice(0, 300));
    await expectSame(stores, [...all.filter((one) => !late.includes(one)), ...late.toReversed().slice(0, 300)]);
    await packAll(stores);
    await append(stores.readings, late.toReversed().slice(300));
    await expectSame(stores, all);
    await packAll(stores);
    await expectSame(stores, all);
  });

  fact(
    'holds for random readings, packed at random moments',
    async () => {
      const row = fc.record({
        offsetMs: fc.integer({ min: -QUARTER_MS, max: 2 * HOUR_MS }),
        s: fc.constantFrom(0.5, 1, 1, 1, 10, 60, 3000),
        leq: fc.option(fc.integer({ min: 0, max: 1200 }).map((tenths) => tenths / 10)),
        basis: fc.constantFrom('drd' as const, 'lp' as const),
        run: fc.constantFrom('Start' as const, 'Start' as const, 'Start' as const, 'Stop' as const),
        over: fc.boolean(),
        missing: fc.integer({ min: 0, max: 9 }),
        hasInterval: fc.integer({ min: 0, max: 9 }),
        imported: fc.constantFrom(0 as const, 0 as const, 0 as const, 1 as const, 60 as const),
      });
      const steps = fc.array(fc.tuple(fc.array(row, { minLength: 1, maxLength: 30 }), fc.boolean()), {
        minLength: 1,
        maxLength: 4,
      });
      const stores = await open();
      await fc.assert(
        fc.asyncProperty(steps, async (batches) => {
          unitNumber += 1;
          const unit = `unit-${unitNumber}`;
          const all: Reading[] = [];
          let seq = 0;
          for (const [rows, packs] of batches) {
            const imports = rows.flatMap(({ imported, offsetMs, leq }) =>
              imported === 0 ? [] : [importedReading(unit, { startMs: START_MS + offsetMs, levelDb: leq ?? 0 }, imported)],
            );
            // Of equal rows the first content stays.
            all.push(...imports.filter((one, at) => isFirst(one, [...all, ...imports.slice(0, at)])));
            await stores.history.importReadings(unit, imports);
            const frames = rows.filter(({ imported }) => imported === 0);
            const batch = frames.map((one) => {
              seq += 1;
              const { s, leq, basis, missing } = one;
              const interval =
                one.hasInterval === 0 ? null : { s, leq, lmax: leq, lmin: leq, lpeak: null, basis, ticks: 10, missing };
              return reading(seq, START_MS + one.offsetMs, { unit, run: one.run, over: one.over, interval });
            });
            all.push(...batch);
            await append(stores.readings, batch);
            if (packs) await packAll(stores);
          }
          await expectSame(stores, all, unit);
        }),
        { numRuns: name === 'SQLite' ? 25 : 10 },
      );
    },
    300_000,
  );

  fact('pages through packed and unpacked readings, each once', async () => {
    const stores = await open();
    const all = seconds(1, 2000);
    await append(
      stores.readings,
      all.filter((_, index) => index % 3 !== 0),
    );
    await packAll(stores, START_MS + QUARTER_MS);
    await append(
      stores.readings,
      all.filter((_, index) => index % 3 === 0),
    );
    const seqs: number[] = [];
    let after: string | null = null;
    do {
      const page: { readonly readings: readonly Reading[]; readonly next: string | null } = await stores.readings.readings({
        unit: unitName,
        fromMs: START_MS + 10_000,
        toMs: START_MS + 1_990_000,
        limit: 77,
        ...(after === null ? {} : { after }),
      });
      seqs.push(...page.readings.map((one) => one.frame.seq));
      after = page.next;
    } while (after !== null);
    expect(seqs).toEqual(Array.from({ length: 1980 }, (_, index) => index + 10));
  });

  fact('knows the first and the newest frame also when all is packed, and takes no imported row for one', async () => {
    const stores = await open();
    const all = seconds(1, 1000);
    await stores.history.importReadings(
      unitName,
      [-5 * HOUR_MS, 0, 5 * HOUR_MS].map((afterMs) =>
        importedReading(unitName, { startMs: START_MS + afterMs, levelDb: 50 }, 60),
      ),
    );
    expect(await stores.readings.firstFrameMs(unitName)).toBeNull();
    await append(stores.readings, all);
    expect(await stores.readings.firstFrameMs(unitName)).toBe(all[0]?.atMs);
    await packAll(stores);
    expect(await stores.readings.firstFrameMs(unitName)).toBe(all[0]?.atMs);
    expect(await stores.readings.latest()).toContainEqual(all.at(-1));
    expect(await stores.readings.latest([unitName])).toEqual([all.at(-1)]);
    expect((await stores.readings.sequences(unitName, 0, 10 ** 13, 5000)).map((one) => [one.first, one.last])).toEqual([
      [1, 1000],
    ]);
  });

  fact('imports a row once, however often it comes, and beside measured readings', async () => {
    const stores = await open();
    await append(stores.readings, seconds(1, 60));
    const rows = Array.from({ length: 3600 }, (_, index) =>
      importedReading(unitName, { startMs: START_MS + index * 1000, levelDb: 44.085907 + (index % 7) }, 1),
    );
    expect(await stores.history.importReadings(unitName, rows.slice(0, 2000))).toEqual({ stored: 2000 });
    expect(await stores.history.importReadings(unitName, rows)).toEqual({ stored: 1600 });
    expect(await stores.history.importReadings(unitName, rows)).toEqual({ stored: 0 });
    await expectSame(stores, [...seconds(1, 60), ...rows]);
  });

  fact('loses nothing when one packs, another imports into the same quarter-hours, and frames come in meanwhile', async () => {
    const stores = await open();
    const another = new WorkerHistoryStore(stores.place);
    const all = seconds(1, 3000);
    const rows = Array.from({ length: 3000 }, (_, index) =>
      importedReading(unitName, { startMs: START_MS + index * 1000 + 300_000, levelDb: 40 + (index % 9) }, 1),
    );
    await append(stores.readings, all.slice(0, 1000));
    const ended = new AbortController();
    const packing = (async () => {
      while (!ended.signal.aborted)
        await stores.history.compact({ beforeMs: LATER_MS, mark: await stores.history.mark(), nowMs: LATER_MS, limit: 2 });
    })();
    const importing = (async () => {
      let stored = 0;
      for (let first = 0; first < rows.length; first += 250)
        stored += (await another.importReadings(unitName, rows.slice(first, first + 250))).stored;
      return stored;
    })();
    for (let first = 1000; first < all.length; first += 100) await append(stores.readings, all.slice(first, first + 100));
    expect(await importing).toBe(rows.length);
    ended.abort();
    await packing;
    await another.close();
    await expectSame(stores, [...all, ...rows]);
    await packAll(stores);
    await expectSame(stores, [...all, ...rows]);
  });

  fact('has cells for windows that slide', async () => {
    const stores = await open();
    const all = seconds(1, 2000);
    await append(stores.readings, all.slice(0, 1500));
    await packAll(stores);
    await append(stores.readings, all.slice(1500));
    const masked = [{ startMs: START_MS + 200_500, endMs: START_MS + 300_000 }];
    const twin = new MemoryReadingStore();
    await append(twin, all);
    const expectCells = async (startMs: number, endMs: number, cellMs: number, overload: 'in' | 'out'): Promise<void> => {
      const span = { startMs, endMs };
      const expected = await new MemoryHistoryStore(twin).cells(unitName, span, cellMs, masked, overload);
      const found = await stores.history.cells(unitName, span, cellMs, masked, overload);
      expect([...found.validMs]).toEqual([...expected.validMs]);
      for (const [index, energy] of expected.energy.entries())
        expect(Math.abs((found.energy[index] ?? 0) - energy)).toBeLessThanOrEqual(1e-9 * energy);
    };
    await expectCells(START_MS + 100_000, START_MS + 1_900_000, 1000, 'out');
    // Whole minutes and quarter-hours come from rollups, where these are up to date and no mask cuts them.
    for (const overload of ['out', 'in'] as const)
      for (const cellMs of [60_000, 300_000, QUARTER_MS, HOUR_MS])
        await expectCells(START_MS, START_MS + HOUR_MS, cellMs, overload);
    await expectCells(START_MS + 30_000, START_MS + 1_900_000, 60_000, 'out');
  });

  fact('has cells of whole minutes also where the readings are pruned', async () => {
    const stores = await open();
    await append(stores.readings, seconds(1, 1000));
    await packAll(stores);
    const span = { startMs: START_MS, endMs: START_MS + HOUR_MS };
    const before = await stores.history.cells(unitName, span, 60_000, [], 'out');
    while ((await stores.history.prune(DEFAULT_RETENTION, LATER_MS + 31 * 86_400_000, 100)).deleted > 0);
    const after = await stores.history.cells(unitName, span, 60_000, [], 'out');
    expect([...after.validMs]).toEqual([...before.validMs]);
    expect(after.validMs[3]).toBeGreaterThan(58_000);
    expect((await stores.history.cells(unitName, span, 1000, [], 'out')).validMs.every((ms) => ms === 0)).toBe(true);
  });

  fact('has nothing to say of a unit that it does not know', async () => {
    const { history, readings } = await open();
    expect(await history.rollups('nobody', [[{ startMs: 0, endMs: 1 }], []])).toEqual([null, null]);
    expect((await history.cells('nobody', { startMs: 0, endMs: 5000 }, 1000, [], 'out')).validMs).toEqual(new Float64Array(5));
    expect(await readings.latest(['nobody'])).toEqual([]);
  });

  fact('prunes readings and keeps what was made of them, into which later readings still go', async () => {
    const stores = await open();
    const all = seconds(1, 900);
    await append(stores.readings, all.slice(0, 800));
    await packAll(stores);
    const day = 86_400_000;
    const pruneAll = async (retention: Retention, nowMs: number): Promise<void> => {
      while ((await stores.history.prune(retention, nowMs, 100)).deleted > 0);
    };
    const listed = async (): Promise<number> => {
      const page = await stores.readings.readings({ unit: unitName, fromMs: 0, toMs: 10 ** 13, limit: 1000 });
      return page.readings.length;
    };
    await pruneAll(DEFAULT_RETENTION, LATER_MS + 29 * day);
    expect(await listed()).toBe(800);
    await pruneAll(DEFAULT_RETENTION, LATER_MS + 31 * day);
    expect(await listed()).toBe(0);
    const hour = [[{ startMs: START_MS, endMs: START_MS + HOUR_MS }]];
    expect((await stores.history.rollups(unitName, hour))[0]?.count).toBe(800);
    await append(stores.readings, all.slice(800));
    // The last one lies in a quarter-hour of which nothing was pruned; the others wait until they are packed.
    expect((await stores.history.rollups(unitName, hour))[0]?.count).toBe(801);
    await packAll(stores);
    expect((await stores.history.rollups(unitName, hour))[0]).toMatchObject({ count: 900 });
    expect((await stores.readings.sequences(unitName, 0, 10 ** 13, 5000)).map((one) => [one.first, one.last])).toEqual([
      [801, 900],
    ]);
    // Five years on the minutes go; quarter-hours and hours stay.
    const years = { ...DEFAULT_RETENTION, readings: 1 };
    await pruneAll(years, LATER_MS + 6 * 365 * day);
    expect((await stores.history.rollups(unitName, [[{ startMs: START_MS, endMs: START_MS + 60_000 }]]))[0]).toBeNull();
    expect((await stores.history.rollups(unitName, hour))[0]).toMatchObject({ count: 900 });
    expect((await stores.history.rollups(unitName, [[{ startMs: START_MS, endMs: START_MS + QUARTER_MS }]]))[0]?.count).toBe(899);
  });
});
