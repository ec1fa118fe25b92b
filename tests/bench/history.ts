/**
 * What history costs and how quick its answers are, asked over HTTP as people ask, against the plain alternative (plain-history.ts) asked in the same process.
 * Prints a table and writes bench-results/history.json. `pnpm bench:history [days of full rate]`.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHubSettings, startHub } from '@slmm/hub';
import { importedReading, type Reading, SqliteReadingStore, WorkerHistoryStore } from '@slmm/hub/testing';
import { createLogger } from '@slmm/shared';
import Libsql from 'libsql';
import { DAY_S, dayOfLevels, framesOf } from './history-days.ts';
import { PlainHistory } from './plain-history.ts';
import { median } from './result.ts';

const DAYS = Number(process.argv[2] ?? 7);
const RUNS = 7;
const DAY_MS = DAY_S * 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const UNIT = 'NL43-01';
const YEAR_UNIT = 'NL43-02';
const EPOCH = '01JD3BENCHEPOCH';
const ZONE = 'Europe/Berlin';
/** A Monday, local midnight of the zone. */
const START_MS = Date.parse('2025-06-02T00:00:00+02:00');
const YEAR_END_MS = START_MS + 365 * DAY_MS;
const GOAL_BYTES = 40;
const GOAL_CHART_MS = 200;
const TOKEN = 'token-of-the-benchmark';

interface Measured {
  readonly title: string;
  readonly unit: 'ms' | 'bytes/s';
  readonly value: number;
  readonly plain: number;
  readonly goal: number | null;
  /** What was answered, to see that both mean the same. */
  readonly says: string;
  readonly plainSays: string;
}

const folder = mkdtempSync(join(tmpdir(), 'slmm-bench-history-'));
const file = join(folder, 'readings.db');
const { levels, origin } = dayOfLevels();
console.log(`history: ${DAYS} days of one frame a second (${origin}), and a year`);
const plain = new PlainHistory(join(folder, 'plain.db'));
const stored = await fill();
const results: Measured[] = [
  {
    title: 'stored, all tiers',
    unit: 'bytes/s',
    value: stored.bytes / (DAYS * DAY_S),
    plain: stored.plainBytes / (DAYS * DAY_S),
    goal: GOAL_BYTES,
    says: `${(stored.bytes / 1e6).toFixed(1)} MB`,
    plainSays: `${(stored.plainBytes / 1e6).toFixed(1)} MB`,
  },
];
const read = readHubSettings(['--data-dir', folder, '--http-port', '0', '--timezone', ZONE], { SLMM_ADMIN_TOKEN: TOKEN });
if (read.kind !== 'ok') throw new Error('the settings are refused');
const hub = await startHub({ ...read.settings, mqttPort: 'ephemeral' }, { log: createLogger('bench', 'silent') });
try {
  await askAll();
} finally {
  await hub.close();
  plain.close();
  rmSync(folder, { recursive: true, force: true });
}
report();

/** The same rows into both, then everything packed. */
async function fill() {
  const rows = await SqliteReadingStore.open(file);
  const store = new WorkerHistoryStore({ kind: 'sqlite', file });
  const batch: Reading[] = [];
  const flush = async (): Promise<void> => {
    plain.insert('readings', batch);
    const last = batch.at(-1)?.frame.seq ?? 0;
    const stream = { unit: UNIT, epoch: EPOCH, edge: 'bench', settled: [[1, last]] as const, lost: [] };
    await rows.append({ readings: batch.splice(0), streams: [stream], deadLetters: [] });
  };
  for (const reading of framesOf(UNIT, EPOCH, levels, START_MS, DAYS)) if (batch.push(reading) === 10_000) await flush();
  await flush();
  const unpackedBytes = await store.storedBytes();
  const fileBytes = statSync(file).size;
  const packingMs = performance.now();
  let packed = 0;
  for (;;) {
    // Stored now, or the hub would prune it.
    const order = { beforeMs: Number.MAX_SAFE_INTEGER, mark: await store.mark(), nowMs: Date.now(), limit: 50 };
    const { compacted } = await store.compact(order);
    if (compacted === 0) break;
    packed += compacted;
  }
  const perQuarterMs = (performance.now() - packingMs) / packed;
  while ((await store.reclaim()).bytes > 0);
  const bytes = await store.storedBytes();
  const plainBytes = plain.bytes();
  await fillYear(store);
  await store.close();
  await rows.close();
  const inFile = new Libsql(file);
  inFile.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  inFile.close();
  return { bytes, plainBytes, unpackedBytes, perQuarterMs, fileBytes, fileBytesAfter: statSync(file).size };
}

/**
 * A year of rollups as full rate makes them: the measured days over and over, as a year of seconds would take the plain table 5 GB. The plain table gets a year of
 * minutes instead, a sixtieth of the rows that it would have to read.
 */
async function fillYear(store: WorkerHistoryStore): Promise<void> {
  await store.importReadings(YEAR_UNIT, [importedReading(YEAR_UNIT, { startMs: START_MS - DAY_MS, levelDb: 50 }, 60)]);
  const database = new Libsql(file);
  const idOf = (unit: string): number =>
    (database.prepare('SELECT id FROM reading_units WHERE name = ?').get([unit]) as { id: number }).id;
  const copy = database.prepare(
    'INSERT OR IGNORE INTO rollups SELECT ?, level, start_ms + ?, body FROM rollups WHERE unit = ? AND level > 60 AND start_ms + ? < ?',
  );
  for (let days = 0; days < 365; days += DAYS) copy.run([idOf(YEAR_UNIT), days * DAY_MS, idOf(UNIT), days * DAY_MS, YEAR_END_MS]);
  database.close();
  const minutes = function* (): Generator<Reading> {
    for (let minute = 0; minute < 365 * 1440; minute += 1) {
      const levelDb = levels[(minute * 60 + 30) % DAY_S] ?? 50;
      yield importedReading(YEAR_UNIT, { startMs: START_MS + minute * MINUTE_MS, levelDb }, 60);
    }
  };
  const batch: Reading[] = [];
  for (const reading of minutes()) if (batch.push(reading) === 10_000) plain.insert('minutes', batch.splice(0));
  plain.insert('minutes', batch);
}

async function askAll(): Promise<void> {
  const range = (fromMs: number, toMs: number): string =>
    `from=${new Date(fromMs).toISOString()}&to=${new Date(toMs).toISOString()}`;
  const endMs = START_MS + DAYS * DAY_MS;
  const chart = (unit: string, fromMs: number, toMs: number, query: string) => async (): Promise<string> => {
    const { buckets } = await get(`units/${unit}/levels?${range(fromMs, toMs)}&${query}`);
    return `${buckets.length} points with LN, first ${shown(buckets[0]?.leq)}`;
  };
  const plainChart =
    (table: 'readings' | 'minutes', unit: string, fromMs: number, toMs: number, widthMs: number) => (): string => {
      const found = plain.chart(table, unit, fromMs, toMs, widthMs, table === 'readings' ? 1 : 0);
      const seconds = table === 'readings' ? 1 : 60;
      return `${found.length} points, first ${shown(levelOf(found[0]?.e ?? 0, (found[0]?.n ?? 0) * seconds))}`;
    };
  for (const [title, query, widthMs] of [
    ['a year by days', 'resolution=1d', DAY_MS],
    ['a year, 2,000 points wanted (6 h each)', 'points=2000', 6 * HOUR_MS],
    ['a year by hours, 8,760 points', 'resolution=1h', HOUR_MS],
  ] as const)
    await compare(
      title,
      widthMs === HOUR_MS ? null : GOAL_CHART_MS,
      chart(YEAR_UNIT, START_MS, YEAR_END_MS, query),
      plainChart('minutes', YEAR_UNIT, START_MS, YEAR_END_MS, widthMs),
    );
  const hours2000 = START_MS + 2000 * HOUR_MS;
  await compare(
    '83 days by hours, 2,000 points',
    GOAL_CHART_MS,
    chart(YEAR_UNIT, START_MS, hours2000, 'resolution=1h'),
    plainChart('minutes', YEAR_UNIT, START_MS, hours2000, HOUR_MS),
  );
  await compare(
    'a day by minutes, 1,440 points',
    GOAL_CHART_MS,
    chart(UNIT, START_MS, START_MS + DAY_MS, 'resolution=1m'),
    plainChart('readings', UNIT, START_MS, START_MS + DAY_MS, MINUTE_MS),
  );
  await compare(
    `LAeq, L10, L50, L90 of ${DAYS} days`,
    null,
    async () => {
      const { leq, ln } = await get(`units/${UNIT}/percentiles?${range(START_MS, endMs)}&n=10,50,90`);
      return `${shown(leq)}, L10 ${shown(ln['10'])}`;
    },
    () => {
      const { e, n } = plain.sums(UNIT, START_MS, endMs);
      const [l10] = [10, 50, 90].map((percent) => plain.percentile(UNIT, START_MS, endMs, n, percent));
      return `${shown(levelOf(e, n))}, L10 ${shown(l10)}`;
    },
  );
  await compare(
    'Lday, Levening, Lnight, Lden, Ldn of a day',
    null,
    async () => {
      const { periods } = await get(`units/${UNIT}/periods?date=2025-06-03`);
      return `Lden ${shown(periods.find((one: any) => one.name === 'Lden')?.leq)}`;
    },
    () => {
      const level = (fromHour: number, toHour: number): number => {
        const { e, n } = plain.sums(UNIT, START_MS + DAY_MS + fromHour * HOUR_MS, START_MS + DAY_MS + toHour * HOUR_MS);
        return levelOf(e, n);
      };
      const parts = [
        [level(7, 19), 12, 0],
        [level(19, 23), 4, 5],
        [level(23, 31), 8, 10],
      ] as const;
      level(7, 22);
      level(22, 31);
      const energy = parts.reduce((sum, [one, hours, penalty]) => sum + hours * 10 ** ((one + penalty) / 10), 0);
      return `Lden ${shown(levelOf(energy, 24))}`;
    },
  );
  for (const days of [1, DAYS])
    await compare(
      `loudest moving LAeq,15min of ${days === 1 ? 'a day' : `${days} days`}, 1 s steps`,
      null,
      async () => {
        const query = `${range(START_MS, START_MS + days * DAY_MS)}&t=900&mode=moving&step=1&values=none`;
        return shown((await get(`units/${UNIT}/leq?${query}`)).max?.leq);
      },
      () => shown(levelOf(plain.loudestWindow(UNIT, START_MS, START_MS + days * DAY_MS, 900), 900)),
    );
}

async function get(path: string): Promise<any> {
  const response = await fetch(`http://127.0.0.1:${hub.httpPort}/api/v1/${path}`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  if (response.status !== 200) throw new Error(`${path}: ${await response.text()}`);
  return response.json();
}

async function compare(title: string, goal: number | null, ours: () => Promise<string>, sql: () => string): Promise<void> {
  const mine = await timed(ours);
  const theirs = await timed(sql);
  results.push({ title, unit: 'ms', value: mine.ms, plain: theirs.ms, goal, says: mine.result, plainSays: theirs.result });
}

/** The median of some runs after one that warms up. */
async function timed<T>(work: () => Promise<T> | T): Promise<{ readonly ms: number; readonly result: T }> {
  let result = await work();
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const startMs = performance.now();
    result = await work();
    times.push(performance.now() - startMs);
  }
  return { ms: median(times), result };
}

function shown(level: number | null | undefined): string {
  return level === null || level === undefined ? '-' : `${level.toFixed(2)} dB`;
}

function levelOf(energy: number, time: number): number {
  return 10 * Math.log10(energy / time);
}

function report(): void {
  const fixed = (value: number): string => value.toFixed(value < 10 ? 2 : 1);
  const table = [
    ['', 'SLMM', 'plain', 'SLMM / plain', 'goal', '', 'SLMM says', 'plain says'],
    ...results.map(({ title, unit, value, plain: other, goal, says, plainSays }) => [
      title,
      `${fixed(value)} ${unit}`,
      `${fixed(other)} ${unit}`,
      (value / other).toFixed(3),
      goal === null ? '' : `${goal} ${unit}`,
      goal === null ? '' : value <= goal ? 'met' : `missed by ${((value / goal - 1) * 100).toFixed(0)} %`,
      says,
      plainSays,
    ]),
  ];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  console.log(table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n'));
  const seconds = DAYS * DAY_S;
  console.log(
    `before packing ${(stored.unpackedBytes / seconds).toFixed(1)} bytes/s; packing takes ${stored.perQuarterMs.toFixed(1)} ms for 900 readings of a unit; ` +
      `the file shrank from ${(stored.fileBytes / 1e6).toFixed(0)} to ${(stored.fileBytesAfter / 1e6).toFixed(0)} MB, a year of rollups of another unit included`,
  );
  mkdirSync('bench-results', { recursive: true });
  const machine = { cpus: cpus().length, model: cpus()[0]?.model ?? '', node: process.version, load: loadavg()[0] };
  const { unpackedBytes, perQuarterMs } = stored;
  const written = {
    name: 'history',
    days: DAYS,
    origin,
    machine,
    unpackedBytesPerSecond: unpackedBytes / seconds,
    perQuarterMs,
    results,
  };
  writeFileSync(join('bench-results', 'history.json'), `${JSON.stringify(written, null, 2)}\n`);
  console.log(`written to ${join(process.cwd(), 'bench-results', 'history.json')}; load ${machine.load?.toFixed(1)}`);
}
