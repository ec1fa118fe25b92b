/** What every reading store promises: the twin in memory, SQLite in its threads, PostgreSQL. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  MAX_DEAD_LETTERS,
  MemoryReadingStore,
  PostgresReadingStore,
  type Reading,
  type ReadingBatch,
  type ReadingStore,
  SqliteReadingStore,
  type StreamRecord,
} from '@slmm/hub/testing';
import type { Frame } from '@slmm/protocol';
import { exampleFrame } from '@slmm/protocol/testing';
import Libsql from 'libsql';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { POSTGRES_MISSING, type PostgresCluster, startPostgres } from '../servers/postgres.ts';

const START_MS = Date.UTC(2026, 10, 23, 6);
const EPOCH = '01JD3EPOCH';
const COUNT = 'SELECT count(*) AS n, count(DISTINCT unit || epoch || seq) AS d FROM readings';

interface Kind {
  /** A store over the same place at each call; `wipe` between tests. */
  open(): Promise<ReadingStore>;
  wipe(): Promise<void>;
  end(): Promise<void>;
  /** Rows that the database itself counts, and how many (unit, epoch, seq) these are; `null` for a store without one. */
  count(): Promise<{ rows: number; distinct: number } | null>;
  /** Makes the place look like that of a later version. */
  age(): Promise<void>;
  /** Breaks connections to the place, where there are any. */
  cut(): Promise<void>;
}

function frame(seq: number, changes: Partial<Frame> = {}): Frame {
  return exampleFrame({
    epoch: EPOCH,
    seq,
    at: new Date(START_MS + seq * 1000).toISOString(),
    src: 'drd',
    lp: 62.41,
    lmin: null,
    ln: [70.1, 65.3, 55, 47.2, null],
    over: seq % 7 === 0,
    interval: { s: 1.003, leq: 62.12, lmax: 63, lmin: 60.8, lpeak: 78.2, basis: 'drd', ticks: 9, missing: 1 },
    offset_ms: -12,
    ...changes,
  });
}

const reading = (seq: number, changes: Partial<Frame> = {}, late = false): Reading => {
  const made = frame(seq, changes);
  return { frame: made, atMs: Date.parse(made.at), late };
};
const stream = (upto: number, changes: Partial<StreamRecord> = {}): StreamRecord => ({
  unit: 'NL43-01',
  epoch: EPOCH,
  edge: 'demo',
  settled: [[1, upto]],
  lost: [],
  ...changes,
});
const batch = (readings: readonly Reading[], streams: readonly StreamRecord[] = [stream(readings.length)]): ReadingBatch => ({
  readings,
  streams,
  deadLetters: [],
});
const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, index) => first + index);
const all = { unit: 'NL43-01', fromMs: 0, toMs: 10 ** 13, limit: 10_000 };
const seqs = (readings: readonly Reading[]): number[] => readings.map((one) => one.frame.seq);

const cluster: { running: PostgresCluster | null } = { running: null };
beforeAll(async () => {
  cluster.running = await startPostgres();
}, 60_000);
afterAll(() => cluster.running?.stop());

function memory(): Kind {
  let store = new MemoryReadingStore();
  return {
    open: () => Promise.resolve(store),
    wipe: () => Promise.resolve(void (store = new MemoryReadingStore())),
    end: () => Promise.resolve(),
    count: () => Promise.resolve(null),
    age: () => Promise.resolve(),
    cut: () => Promise.resolve(),
  };
}

function sqlite(): Kind {
  let directory: string | null = null;
  const file = (): string => join((directory ??= mkdtempSync(join(tmpdir(), 'slmm-readings-'))), 'new', 'readings.db');
  const wipe = async (): Promise<void> => {
    if (directory !== null) await rm(directory, { recursive: true, force: true });
    directory = null;
  };
  return {
    open: () => SqliteReadingStore.open(file()),
    wipe,
    end: wipe,
    count: async () => {
      const database = new Libsql(file());
      const row = database.prepare(COUNT).get([]) as { n: number; d: number };
      database.close();
      return { rows: row.n, distinct: row.d };
    },
    age: async () => {
      const database = new Libsql(file());
      database.exec('PRAGMA user_version = 9999');
      database.close();
    },
    cut: () => Promise.resolve(),
  };
}

function postgres(): Kind {
  const url = (): string => cluster.running?.url ?? '';
  return {
    open: () => PostgresReadingStore.open(url()),
    wipe: () => cluster.running?.wipe() ?? Promise.resolve(),
    end: () => Promise.resolve(),
    count: async () => {
      const rows = await cluster.running?.query(COUNT);
      return { rows: Number(rows?.[0]?.['n']), distinct: Number(rows?.[0]?.['d']) };
    },
    age: async () => void (await cluster.running?.query('INSERT INTO reading_layout (version) VALUES (9999)')),
    cut: async () =>
      void (await cluster.running?.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL',
      )),
  };
}

describe.each([
  ['MemoryReadingStore', memory],
  ['SqliteReadingStore', sqlite],
  ['PostgresReadingStore', postgres],
] as const)('%s', (name, make) => {
  const kind = make();
  const opened: ReadingStore[] = [];
  const open = async (): Promise<ReadingStore> => {
    const store = await kind.open();
    opened.push(store);
    return store;
  };
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    await kind.wipe();
  });
  afterAll(() => kind.end());
  const fact = (title: string, test: () => Promise<void>): void => {
    it(title, async (context) => {
      if (name === 'PostgresReadingStore' && cluster.running === null) context.skip(POSTGRES_MISSING);
      await test();
    });
  };

  fact('gives back readings as they were, oldest first', async () => {
    const store = await open();
    const bare = reading(2, { interval: null, settings: null, run: 'Stop', src: 'dod', lp: null });
    delete (bare.frame as { offset_ms?: number }).offset_ms;
    const fine = reading(3, { lp: 62.123456789, run: 'unknown' }, true);
    const imported: Reading = { ...reading(4), imported: true };
    await store.append(batch([imported, fine, bare, reading(1)]));
    expect((await store.readings(all)).readings).toEqual([reading(1), bare, fine, imported]);
  });

  fact('keeps what was resolved when it is opened again', async () => {
    const first = await open();
    await first.append(batch(range(1, 100).map((seq) => reading(seq))));
    await first.close();
    const second = await open();
    expect(seqs((await second.readings(all)).readings)).toEqual(range(1, 100));
    await second.append(batch([reading(101)], [stream(101)]));
    expect(await second.streams()).toEqual([stream(101)]);
  });

  fact('stores a seq of a unit and epoch once, and the first content stays', async () => {
    const store = await open();
    await store.append(batch([reading(1), reading(2)]));
    await store.append(batch([reading(2, { lp: 1, at: '2026-11-24T00:00:00.000Z' }), reading(3), reading(3)]));
    const others = [reading(1, { epoch: '01JD4EPOCH' }), reading(1, { unit: 'NL43-02' })];
    await store.append(batch(others, [stream(1, { epoch: '01JD4EPOCH' }), stream(1, { unit: 'NL43-02' })]));
    const { readings } = await store.readings(all);
    expect(readings).toEqual([reading(1), others[0], reading(2), reading(3)]);
    const counted = await kind.count();
    if (counted !== null) expect(counted).toEqual({ rows: 5, distinct: 5 });
  });

  fact('takes all of a batch or nothing', async () => {
    const store = await open();
    const strange = {
      ...batch([reading(1)]),
      readings: [reading(1), { ...reading(2), frame: { ...frame(2), seq: Number.NaN } }],
    };
    const refused = await store.append(strange).then(
      () => false,
      () => true,
    );
    if (name === 'MemoryReadingStore') return;
    expect(refused).toBe(true);
    expect((await store.readings(all)).readings).toEqual([]);
    expect(await store.streams()).toEqual([]);
    await store.append(batch([reading(1)]));
    expect(seqs((await store.readings(all)).readings)).toEqual([1]);
  });

  fact('pages without leaving out or repeating, also within one instant', async () => {
    const store = await open();
    const at = new Date(START_MS).toISOString();
    const same = range(1, 30).flatMap((seq) => [reading(seq, { at }), reading(seq, { at, epoch: '01JD4EPOCH' })]);
    await store.append(batch([...same, reading(31)], [stream(31), stream(30, { epoch: '01JD4EPOCH' })]));
    const found: string[] = [];
    let after: string | undefined;
    let pages = 0;
    do {
      const page = await store.readings({ ...all, limit: 7, ...(after === undefined ? {} : { after }) });
      found.push(...page.readings.map((one) => `${one.frame.epoch} ${one.frame.seq}`));
      after = page.next ?? undefined;
      pages += 1;
    } while (after !== undefined);
    expect(pages).toBe(9);
    expect(found).toEqual([
      ...range(1, 30).map((seq) => `${EPOCH} ${seq}`),
      ...range(1, 30).map((seq) => `01JD4EPOCH ${seq}`),
      `${EPOCH} 31`,
    ]);
  });

  fact('answers from the start of a period to before its end, of one unit', async () => {
    const store = await open();
    const foreign = reading(5, { unit: 'NL43-02' });
    await store.append(
      batch([...range(1, 10).map((seq) => reading(seq)), foreign], [stream(10), stream(5, { unit: 'NL43-02' })]),
    );
    const { readings, next } = await store.readings({ ...all, fromMs: START_MS + 3000, toMs: START_MS + 6000 });
    expect(seqs(readings)).toEqual([3, 4, 5]);
    expect(next).toBeNull();
  });

  fact('refuses a position that it did not give', async () => {
    const store = await open();
    await expect(store.readings({ ...all, after: "1'; DROP TABLE readings" })).rejects.toThrow(RangeError);
  });

  fact('knows the newest reading of each unit by its time', async () => {
    const store = await open();
    expect(await store.latest()).toEqual([]);
    const [old, other] = [reading(9, { at: '2026-11-01T00:00:00.000Z' }), reading(1, { unit: 'NL43-02' })];
    await store.append(batch([reading(1), reading(2), old, other], [stream(9), stream(1, { unit: 'NL43-02' })]));
    const byUnit = (await store.latest()).toSorted((a, b) => a.frame.unit.localeCompare(b.frame.unit));
    expect(byUnit).toEqual([reading(2), other]);
    expect(await store.latest(['NL43-02', 'nobody'])).toEqual([other]);
  });

  fact('remembers streams with their losses, of all, of an edge, of a unit', async () => {
    const store = await open();
    const lost = [{ first: 2, last: 4, cause: 'journal-full', fromMs: START_MS, toMs: null, atMs: START_MS + 5 }] as const;
    const first = stream(9, {
      settled: [
        [1, 4],
        [7, 9],
      ],
      lost,
    });
    const second = stream(3, { unit: 'NL43-02', edge: 'other' });
    await store.append(batch([], [first]));
    await store.append(batch([], [second]));
    const grown = { ...first, settled: [[1, 9]] as const, edge: 'heir' };
    await store.append(batch([], [grown]));
    expect(await store.streams()).toEqual([grown, second]);
    expect(await store.streams({ edge: 'other' })).toEqual([second]);
    expect(await store.streams({ unit: 'NL43-01' })).toEqual([grown]);
    expect(await store.streams({ unit: 'NL43-01', edge: 'other' })).toEqual([]);
    await store.append(batch([], [{ ...grown, lost: [] }]));
    expect((await store.streams())[0]?.lost).toEqual([]);
  });

  fact('tells sequences, broken by time, seq and epoch', async () => {
    const store = await open();
    const readings = [1, 2, 3, 5, 6, 20, 21].map((seq) => reading(seq, {}, seq === 2));
    readings.push(
      reading(22, { at: new Date(START_MS + 60_000).toISOString() }),
      reading(1, { epoch: '01JD4EPOCH', at: new Date(START_MS + 60_500).toISOString() }),
    );
    await store.append(batch(readings, [stream(22), stream(1, { epoch: '01JD4EPOCH' })]));
    const told = await store.sequences('NL43-01', START_MS + 1000, START_MS + 100_000, 3000);
    const short = told.map(({ epoch, first, last, live, late }) => `${epoch} ${first}-${last} ${live}+${late}`);
    expect(short).toEqual([
      `${EPOCH} 1-3 2+1`,
      `${EPOCH} 5-6 2+0`,
      `${EPOCH} 20-21 2+0`,
      `${EPOCH} 22-22 1+0`,
      '01JD4EPOCH 1-1 1+0',
    ]);
    expect(told[0]).toMatchObject({ firstAtMs: START_MS + 1000, lastAtMs: START_MS + 3000 });
  });

  fact('keeps dead letters once with their number, newest first', async () => {
    const store = await open();
    const letter = (topic: string, atMs: number) => ({
      atMs,
      topic,
      reason: 'it is no frame',
      payload: Uint8Array.of(0, 1, 255),
    });
    await store.append({ ...batch([]), streams: [], deadLetters: [letter('a', 1), letter('b', 2)] });
    await store.append({ ...batch([]), streams: [], deadLetters: [letter('a', 3)] });
    const found = await store.deadLetters(10);
    expect(found.map(({ topic, times, atMs }) => ({ topic, times, atMs }))).toEqual([
      { topic: 'a', times: 2, atMs: 3 },
      { topic: 'b', times: 1, atMs: 2 },
    ]);
    expect([...(found[0]?.payload ?? [])]).toEqual([0, 1, 255]);
    expect(await store.deadLetters(1)).toHaveLength(1);
  });

  fact('keeps no more dead letters than it may', async () => {
    const store = await open();
    const letters = range(1, MAX_DEAD_LETTERS + 5).map((atMs) => ({
      atMs,
      topic: `t${atMs}`,
      reason: 'r',
      payload: new Uint8Array(),
    }));
    await store.append({ ...batch([]), streams: [], deadLetters: letters });
    const kept = await store.deadLetters(20_000);
    expect(kept).toHaveLength(MAX_DEAD_LETTERS);
    expect(kept.at(-1)?.atMs).toBe(6);
  });

  fact('tells the state in force at the start of a period and its changes', async () => {
    const store = await open();
    const state = (atMs: number, link: 'ok' | 'timeout') => ({ unit: 'NL43-01', atMs, link, run: 'Start' }) as const;
    for (const one of [state(100, 'ok'), state(200, 'timeout'), state(300, 'ok')]) await store.recordState(one);
    await store.recordState({ ...state(250, 'timeout'), unit: 'NL43-02' });
    expect(await store.states('NL43-01', 250, 1000)).toEqual([state(200, 'timeout'), state(300, 'ok')]);
    expect(await store.states('NL43-01', 0, 200)).toEqual([state(100, 'ok')]);
    expect(await store.states('NL43-01', 200, 300)).toEqual([state(200, 'timeout')]);
    expect(await store.states('nobody', 0, 1000)).toEqual([]);
  });

  fact('is opened by two at the same time', async () => {
    const [first, second] = await Promise.all([open(), open()]);
    await first.append(batch([reading(1)]));
    expect(seqs((await second.readings(all)).readings)).toEqual([1]);
  });

  fact('is not opened where a newer version made it', async () => {
    if (name === 'MemoryReadingStore') return;
    await (await open()).close();
    await kind.age();
    await expect(open()).rejects.toThrow(/newer version of the hub/);
  });

  fact('goes on after its connections were cut', async () => {
    const store = await open();
    await store.append(batch([reading(1)]));
    await kind.cut();
    const again = async (): Promise<void> => store.append(batch([reading(1), reading(2)]));
    await again().catch(again);
    expect(seqs((await store.readings(all)).readings)).toEqual([1, 2]);
  });

  fact('survives many batches at once', async () => {
    const store = await open();
    const writes = range(0, 19).map((part) =>
      store.append(
        batch(
          range(part * 100 + 1, part * 100 + 100).map((seq) => reading(seq)),
          [stream(part * 100 + 100)],
        ),
      ),
    );
    await Promise.all(writes);
    expect((await store.readings(all)).readings).toHaveLength(2000);
    expect(await store.streams()).toEqual([stream(2000)]);
  });
});
