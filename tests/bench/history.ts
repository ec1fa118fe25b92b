/**
 * What history costs and how quick its answers are, against the plain alternative: the same rows in the same kind of database (one table in SQLite, one row a second,
 * key (unit, at)), asked with SQL and without rollups. Prints a table and writes bench-results/history.json. `pnpm bench:history [days of full rate]`.
 * SQLite here has no power function, so the plain table keeps the energy of each row ready, which only flatters it.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  answerScheme,
  END_PARTS,
  generalScheme,
  History,
  importedReading,
  MemoryAnnotationStore,
  type Question,
  type Reading,
  SqliteReadingStore,
  WorkerHistoryStore,
} from '@slmm/hub/testing';
import type { Frame } from '@slmm/protocol';
import Libsql from 'libsql';

const DAYS = Number(process.argv[2] ?? 7);
const RUNS = 5;
const DAY_S = 86_400;
const DAY_MS = DAY_S * 1000;
const UNIT = 'NL43-01';
const YEAR_UNIT = 'NL43-02';
const ZONE = 'Europe/Berlin';
/** A Monday, local midnight of the zone. */
const START_MS = Date.parse('2026-06-01T00:00:00+02:00');
const GOAL_BYTES = 40;
const GOAL_CHART_MS = 200;
/** From the root of the project, or from here, wherever it is started. */
const SERIES = ['../shared', '../../shared']
  .map((folder) => `${folder}/data/levels/laeq_1s_24h.csv`)
  .find((path) => existsSync(path));

/** A day of levels to 0.1 dB: a real one where it is at hand, else one made by a seeded walk. */
function dayOfLevels(): { readonly levels: readonly number[]; readonly origin: string } {
  if (SERIES !== undefined) {
    const rows = readFileSync(SERIES, 'utf8')
      .trim()
      .split('\n')
      .slice(1, DAY_S + 1);
    return { levels: rows.map((row) => Math.round(Number(row.split(',')[1]) * 10) / 10), origin: 'a real day of LAeq,1s' };
  }
  let seed = 1;
  let level = 50;
  const levels = Array.from({ length: DAY_S }, () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    level = Math.min(80, Math.max(38, level + (seed / 2 ** 31 - 0.5) * 2));
    return Math.round(level * 10) / 10;
  });
  return { levels, origin: 'a made-up day of levels' };
}

const tenth = (value: number): number => Math.round(value * 10) / 10;

/** Frames as an edge makes them of a meter's DRD: cumulative values that creep, an interval that is new each second. */
function* framesOf(levels: readonly number[]): Generator<Reading> {
  let energy = 0;
  let [lmax, lmin] = [0, 200];
  for (let second = 0; second < DAYS * DAY_S; second += 1) {
    const level = levels[second % DAY_S] ?? 50;
    const jitter = ((second * 7919) % 23) - 11;
    energy += 10 ** (level / 10);
    [lmax, lmin] = [Math.max(lmax, tenth(level + 2)), Math.min(lmin, tenth(level - 1))];
    const leq = tenth(10 * Math.log10(energy / (second + 1)));
    const atMs = START_MS + (second + 1) * 1000 + 100 + jitter;
    const frame: Frame = {
      v: 1,
      unit: UNIT,
      epoch: '01JD3BENCHEPOCH',
      seq: second + 1,
      at: new Date(atMs).toISOString(),
      src: 'drd',
      run: 'Start',
      lp: tenth(level + ((second * 31) % 7) / 10 - 0.3),
      leq,
      le: tenth(leq + 10 * Math.log10(second + 1)),
      lmax,
      lmin,
      lpeak: tenth(lmax + 12),
      ln: [tenth(leq + 4), tenth(leq + 2), tenth(leq - 2), tenth(leq - 5), tenth(leq - 6)],
      lieq: null,
      leqmov: null,
      ltm5: null,
      over: false,
      under: false,
      interval: {
        s: 1,
        leq: level + ((second * 13) % 10) / 100,
        lmax: tenth(level + ((second * 17) % 20) / 10),
        lmin: tenth(level - ((second * 19) % 12) / 10),
        lpeak: tenth(level + 10 + ((second * 23) % 30) / 10),
        basis: 'drd',
        ticks: 10,
        over_s: 0,
        under_s: 0,
      },
      settings: 'a91c',
    };
    if (frame.interval !== null && frame.interval.leq !== null) frame.interval.leq = Math.round(frame.interval.leq * 100) / 100;
    yield { frame, atMs, late: false };
  }
}

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

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

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

const folder = mkdtempSync(join(tmpdir(), 'slmm-bench-history-'));
const { levels, origin } = dayOfLevels();

// --- the same rows, plainly ------------------------------------------------------------------------------------------------------
const plainFile = join(folder, 'plain.db');
const plain = new Libsql(plainFile);
plain.exec('PRAGMA journal_mode = WAL');
plain.exec('PRAGMA cache_size = -32768');
const columns = [
  'lp',
  'leq',
  'le',
  'lmax',
  'lmin',
  'lpeak',
  'ln1',
  'ln2',
  'ln3',
  'ln4',
  'ln5',
  'i_leq',
  'i_lmax',
  'i_lmin',
  'i_lpeak',
  'energy',
];
const makeTable = (name: string): void =>
  void plain.exec(
    `CREATE TABLE ${name} (unit TEXT NOT NULL, at_ms INTEGER NOT NULL, seq INTEGER NOT NULL, ${columns.map((column) => `${column} REAL`).join(', ')}, PRIMARY KEY (unit, at_ms)) WITHOUT ROWID`,
  );
makeTable('readings');
const inserting = (table: string) =>
  plain.prepare(
    `INSERT INTO ${table} VALUES (${Array(columns.length + 3)
      .fill('?')
      .join(', ')})`,
  );

function plainRow({ frame, atMs }: Reading): unknown[] {
  const { interval } = frame;
  const leq = interval?.leq ?? null;
  return [
    frame.unit,
    atMs,
    frame.seq,
    frame.lp,
    frame.leq,
    frame.le,
    frame.lmax,
    frame.lmin,
    frame.lpeak,
    ...frame.ln,
    leq,
    interval?.lmax ?? null,
    interval?.lmin ?? null,
    interval?.lpeak ?? null,
    leq === null ? null : 10 ** (leq / 10) * (interval?.s ?? 0),
  ];
}

function plainBytes(): number {
  plain.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const pragma = (name: string): number =>
    Object.values(plain.prepare(`PRAGMA ${name}`).get([]) as Record<string, number>)[0] ?? 0;
  return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
}

// --- ours --------------------------------------------------------------------------------------------------------------------------
const file = join(folder, 'readings.db');
const rows = await SqliteReadingStore.open(file);
const store = new WorkerHistoryStore({ kind: 'sqlite', file });
const history = new History(store, new MemoryAnnotationStore());
const question = (unit: string): Question => ({ unit, zone: ZONE, masked: 'out', rule: { overload: 'out', coverage: 0.75 } });

console.log(`history: ${DAYS} days of one frame a second (${origin}), and a year of minutes`);
const batch: Reading[] = [];
const insert = inserting('readings');
const flush = async (): Promise<void> => {
  plain.exec('BEGIN');
  for (const reading of batch) insert.run(plainRow(reading));
  plain.exec('COMMIT');
  const last = batch.at(-1)?.frame.seq ?? 0;
  const stream = { unit: UNIT, epoch: '01JD3BENCHEPOCH', edge: 'bench', settled: [[1, last]] as const, lost: [] };
  await rows.append({ readings: batch.splice(0), streams: [stream], deadLetters: [] });
};
for (const reading of framesOf(levels)) if (batch.push(reading) === 10_000) await flush();
await flush();
const unpackedBytes = await store.storedBytes();
const packingMs = performance.now();
let packed = 0;
for (;;) {
  const order = { beforeMs: Number.MAX_SAFE_INTEGER, mark: await store.mark(), nowMs: START_MS, limit: 50 };
  const { compacted } = await store.compact(order);
  if (compacted === 0) break;
  packed += compacted;
}
const perQuarterMs = (performance.now() - packingMs) / packed;
const bytes = await store.storedBytes();
const plainStored = plainBytes();
const seconds = DAYS * DAY_S;

makeTable('minutes');
const insertMinute = inserting('minutes');
const YEAR_MINUTES = 365 * 1440;
for (let first = 0; first < YEAR_MINUTES; first += 14_400) {
  const minutes = Array.from({ length: Math.min(14_400, YEAR_MINUTES - first) }, (_, index) =>
    importedReading(
      YEAR_UNIT,
      { startMs: START_MS + (first + index) * 60_000, levelDb: levels[((first + index) * 61) % DAY_S] ?? 50 },
      60,
    ),
  );
  plain.exec('BEGIN');
  for (const reading of minutes) insertMinute.run(plainRow(reading));
  plain.exec('COMMIT');
  await store.importReadings(YEAR_UNIT, minutes);
}

// --- questions -----------------------------------------------------------------------------------------------------------------------
const shown = (level: number | null | undefined): string =>
  level === null || level === undefined ? '-' : `${level.toFixed(2)} dB`;
const levelOf = (energy: number, time: number): number => 10 * Math.log10(energy / time);
const results: Measured[] = [
  {
    title: 'stored, all tiers',
    unit: 'bytes/s',
    value: bytes / seconds,
    plain: plainStored / seconds,
    goal: GOAL_BYTES,
    says: `${((bytes / 1e6) * 1).toFixed(1)} MB`,
    plainSays: `${(plainStored / 1e6).toFixed(1)} MB`,
  },
];

async function compare(title: string, goal: number | null, ours: () => Promise<string>, sql: () => string): Promise<void> {
  const mine = await timed(ours);
  const theirs = await timed(sql);
  results.push({ title, unit: 'ms', value: mine.ms, plain: theirs.ms, goal, says: mine.result, plainSays: theirs.result });
}

const YEAR_END_MS = START_MS + 365 * DAY_MS;
await compare(
  'chart of a year, 365 days with LN',
  GOAL_CHART_MS,
  async () => {
    const { buckets } = await history.levels(question(YEAR_UNIT), START_MS, YEAR_END_MS, '1d');
    return `${buckets.length} points, first ${shown(buckets[0]?.statistics.leqDb)}`;
  },
  () => {
    const found = plain
      .prepare(
        `SELECT (at_ms - 60000 - ${START_MS}) / ${DAY_MS} AS day, sum(energy) AS e, count(*) * 60 AS t, max(i_lmax), min(i_lmin) FROM minutes WHERE unit = ? AND at_ms > ? AND at_ms <= ? GROUP BY day`,
      )
      .all([YEAR_UNIT, START_MS, YEAR_END_MS]) as { e: number; t: number }[];
    const [first] = found;
    return `${found.length} points without LN, first ${shown(first === undefined ? null : levelOf(first.e, first.t))}`;
  },
);
await compare(
  'chart of 83 days, 2,000 hours with LN',
  GOAL_CHART_MS,
  async () => {
    const { buckets } = await history.levels(question(YEAR_UNIT), START_MS, START_MS + 2000 * 3_600_000, '1h');
    return `${buckets.length} points, first ${shown(buckets[0]?.statistics.leqDb)}`;
  },
  () => {
    const found = plain
      .prepare(
        `SELECT (at_ms - 60000 - ${START_MS}) / 3600000 AS hour, sum(energy) AS e, count(*) * 60 AS t, max(i_lmax), min(i_lmin) FROM minutes WHERE unit = ? AND at_ms > ? AND at_ms <= ? GROUP BY hour`,
      )
      .all([YEAR_UNIT, START_MS, START_MS + 2000 * 3_600_000]) as { e: number; t: number }[];
    const [first] = found;
    return `${found.length} points without LN, first ${shown(first === undefined ? null : levelOf(first.e, first.t))}`;
  },
);
await compare(
  'chart of a day, 1,440 minutes with LN',
  GOAL_CHART_MS,
  async () => {
    const { buckets } = await history.levels(question(UNIT), START_MS, START_MS + DAY_MS, '1m');
    return `${buckets.length} points, first ${shown(buckets[0]?.statistics.leqDb)}`;
  },
  () => {
    const found = plain
      .prepare(
        `SELECT (at_ms - ${START_MS}) / 60000 AS minute, sum(energy) AS e, count(*) AS t, max(i_lmax), min(i_lmin) FROM readings WHERE unit = ? AND at_ms >= ? AND at_ms < ? GROUP BY minute`,
      )
      .all([UNIT, START_MS, START_MS + DAY_MS]) as { e: number; t: number }[];
    const [first] = found;
    return `${found.length} points without LN, first ${shown(first === undefined ? null : levelOf(first.e, first.t))}`;
  },
);
const endMs = START_MS + DAYS * DAY_MS;
await compare(
  `LAeq and L10, L50, L90 of ${DAYS} days`,
  null,
  async () => {
    const { answer } = await history.whole(question(UNIT), { startMs: START_MS, endMs });
    const { buckets } = await history.levels(question(UNIT), START_MS, START_MS + 1, '1h');
    return `${shown(answer.statistics.leqDb)} ${buckets.length === 1 ? '' : ''}`.trim();
  },
  () => {
    const total = plain
      .prepare('SELECT sum(energy) AS e, count(*) AS n FROM readings WHERE unit = ? AND at_ms >= ? AND at_ms < ?')
      .get([UNIT, START_MS, endMs]) as { e: number; n: number };
    for (const percent of [10, 50, 90])
      plain
        .prepare('SELECT i_leq FROM readings WHERE unit = ? AND at_ms >= ? AND at_ms < ? ORDER BY i_leq DESC LIMIT 1 OFFSET ?')
        .get([UNIT, START_MS, endMs, Math.floor((total.n * percent) / 100)]);
    return shown(levelOf(total.e, total.n));
  },
);
await compare(
  'Lday, Levening, Lnight, Lden, Ldn of a day',
  null,
  async () => {
    const { ratings } = await answerScheme(history, question(UNIT), generalScheme(END_PARTS), '2026-06-02', endMs);
    return `Lden ${shown(ratings[0]?.levelDb)}`;
  },
  () => {
    const dayMs = START_MS + DAY_MS;
    const level = (fromHour: number, toHour: number): number => {
      const { e, n } = plain
        .prepare('SELECT sum(energy) AS e, count(*) AS n FROM readings WHERE unit = ? AND at_ms >= ? AND at_ms < ?')
        .get([UNIT, dayMs + fromHour * 3_600_000, dayMs + toHour * 3_600_000]) as { e: number; n: number };
      return levelOf(e, n);
    };
    const parts = [
      [level(7, 19), 12, 0],
      [level(19, 23), 4, 5],
      [level(23, 31), 8, 10],
    ] as const;
    level(7, 22);
    level(22, 31);
    return `Lden ${shown(10 * Math.log10(parts.reduce((sum, [one, hours, penalty]) => sum + hours * 10 ** ((one + penalty) / 10), 0) / 24))}`;
  },
);
await compare(
  'loudest moving LAeq,15min of a day, 1 s steps',
  null,
  async () => {
    const span = { startMs: START_MS, endMs: START_MS + DAY_MS };
    const { loudest } = await history.leq({
      ...question(UNIT),
      ...span,
      windowMs: 900_000,
      stepMs: 1000,
      mode: 'moving',
      isListed: false,
    });
    return shown(loudest?.leqDb);
  },
  () => {
    const { e } = plain
      .prepare(
        `SELECT max(e) AS e FROM (SELECT sum(energy) OVER (ORDER BY at_ms ROWS 899 PRECEDING) AS e FROM readings WHERE unit = ? AND at_ms >= ? AND at_ms < ?)`,
      )
      .get([UNIT, START_MS, START_MS + DAY_MS]) as { e: number };
    return shown(levelOf(e, 900));
  },
);

await store.close();
await rows.close();
plain.close();
rmSync(folder, { recursive: true, force: true });

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
console.log(
  `before packing ${(unpackedBytes / seconds).toFixed(1)} bytes/s; packing takes ${perQuarterMs.toFixed(1)} ms for 900 readings of a unit`,
);
mkdirSync('bench-results', { recursive: true });
const machine = { cpus: cpus().length, model: cpus()[0]?.model ?? '', node: process.version };
const report = {
  name: 'history',
  days: DAYS,
  origin,
  machine,
  unpackedBytesPerSecond: unpackedBytes / seconds,
  perQuarterMs,
  results,
};
writeFileSync(join('bench-results', 'history.json'), `${JSON.stringify(report, null, 2)}\n`);
console.log(`written to ${join(process.cwd(), 'bench-results', 'history.json')}`);
