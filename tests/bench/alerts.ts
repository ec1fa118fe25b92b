/**
 * What alerts cost and how fast they are: 2,000 units x 5 rules at one reading a second, until the channel has the message; beside it the bare minimum, a
 * comparison of every level with every threshold and one row in a database per notification.
 * `pnpm bench:alerts [units] [seconds]` prints a table and writes bench-results/alerts.json.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AlertEngine,
  MemoryReadingStore,
  openConfigDatabase,
  Outbox,
  PrismaAlertStore,
  receiverSchema,
  ruleSchema,
} from '@slmm/hub/testing';
import type { Frame } from '@slmm/protocol';
import { exampleFrame } from '@slmm/protocol/testing';
import { createLogger, systemClock } from '@slmm/shared';
import Database from 'libsql';
import { atMost, quantile, type Result, tableOf, writeResults } from './result.ts';

const UNITS = Number(process.argv[2] ?? 2000);
const SECONDS = Number(process.argv[3] ?? 60);
const GOAL_P99_MS = 250;
/** Not measured: the first notifications of a process find nothing compiled and no statement prepared. */
const WARM_UP_SECONDS = 5;
/** Readings come spread over the second, as they really do. */
const SLICES = 20;
/** Every so many seconds every so many units are loud for one reading, over all of the second's slices. */
const LOUD_EVERY_SECONDS = 5;
const LOUD_UNITS = 50;
const THRESHOLDS = [80, 95, 70, 65, 75];
const log = createLogger('bench', 'silent');

/** Five rules as a site has them: level, interval, two averages, a percentile. */
const rulesOf = (unit: string) =>
  [
    {
      metric: { kind: 'lp' },
      levels: [
        { name: 'warn', threshold: 80 },
        { name: 'alarm', threshold: 90 },
      ],
      notify: ['duty'],
    },
    { metric: { kind: 'interval', of: 'lmax' }, levels: [{ name: 'warn', threshold: 95 }], hold_s: 2 },
    { metric: { kind: 'leq', seconds: 900, mode: 'moving' }, levels: [{ name: 'warn', threshold: 70 }] },
    { metric: { kind: 'leq', seconds: 3600, mode: 'clock' }, levels: [{ name: 'warn', threshold: 65 }] },
    { metric: { kind: 'ln', percent: 10, seconds: 900 }, levels: [{ name: 'warn', threshold: 75 }] },
  ].map((more, index) =>
    ruleSchema.parse({ id: `${unit}-${index}`, unit, name: `rule ${index}`, cooldown_s: 0, no_data_after_s: null, ...more }),
  );

function frame(unit: string, seq: number, atMs: number, levelDb: number): Frame {
  return exampleFrame({
    unit,
    epoch: '01BENCHEPOCH',
    seq,
    at: new Date(atMs).toISOString(),
    src: 'drd',
    lp: levelDb,
    leq: 60,
    le: 90,
    lmax: 80,
    lmin: 40,
    lpeak: 90,
    ln: [70, 65, 55, 45, 40],
    settings: null,
    interval: { s: 1, leq: levelDb, lmax: levelDb + 1, lmin: levelDb - 1, lpeak: levelDb + 10, basis: 'drd', ticks: 10 },
  });
}

/** One side of the comparison: takes readings, and says of each notification when the channel had it. */
interface Side {
  take(frames: readonly Frame[]): void;
  /** Waits until everything is told. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

interface Measured {
  /** Time inside `take`, per reading and rule. */
  readonly usPerEvaluation: number;
  readonly shareOfCore: number;
  readonly decidedMs: readonly number[];
  readonly toldMs: readonly number[];
  /** Loud readings, of each of which somebody has to be told. */
  readonly loud: number;
}

/** When the loud reading of a unit was handed over. */
const cameMs = new Map<string, number>();
const decided: number[] = [];
const told: number[] = [];
const since = (unit: string, into: number[]): void => {
  const fromMs = cameMs.get(unit);
  if (fromMs !== undefined) into.push(performance.now() - fromMs);
};

async function measure(label: string, units: readonly string[], side: Side): Promise<Measured> {
  let [takenMs, evaluations, loud] = [0, 0, 0];
  const total = WARM_UP_SECONDS + SECONDS;
  console.log(`${label}: ${total} s of readings of ${units.length} units`);
  for (let second = 1; second <= total; second += 1) {
    if (second === WARM_UP_SECONDS + 1) {
      await side.settled();
      [takenMs, evaluations, loud] = [0, 0, 0];
      decided.length = 0;
      told.length = 0;
    }
    const turnMs = performance.now();
    const atMs = Date.now();
    const isLoudSecond = second % LOUD_EVERY_SECONDS === 1;
    for (let slice = 0; slice < SLICES; slice += 1) {
      const frames = units
        .slice((slice * units.length) / SLICES, ((slice + 1) * units.length) / SLICES)
        .map((unit, index) => frame(unit, second, atMs, isLoudSecond && index % LOUD_UNITS === 0 ? 85 : 55));
      const fromMs = performance.now();
      for (const { unit, lp } of frames) if ((lp ?? 0) > 80) cameMs.set(unit, fromMs);
      loud += frames.filter(({ lp }) => (lp ?? 0) > 80).length;
      side.take(frames);
      takenMs += performance.now() - fromMs;
      evaluations += frames.length * THRESHOLDS.length;
      await new Promise((done) => setTimeout(done, Math.max(0, turnMs + ((slice + 1) * 1000) / SLICES - performance.now())));
    }
  }
  await side.settled();
  await side.close();
  if (told.length !== loud) throw new Error(`${label}: ${loud} readings were loud and ${told.length} notifications came`);
  return {
    usPerEvaluation: (takenMs * 1000) / evaluations,
    shareOfCore: takenMs / (SECONDS * 1000),
    decidedMs: [...decided],
    toldMs: [...told],
    loud,
  };
}

/** The engine, its database and its outbox, as the hub runs them; readings come from the caller, as after their commit. */
async function engineSide(units: readonly string[], folder: string): Promise<Side> {
  const database = await openConfigDatabase({
    kind: 'sqlite',
    configFile: join(folder, 'hub.db'),
    readingsFile: join(folder, 'readings.db'),
  });
  const store = new PrismaAlertStore(database.client);
  const duty = receiverSchema.parse({
    id: 'duty',
    name: 'Duty',
    channels: [{ kind: 'log' }],
    group_wait_s: 0,
    max_per_hour: 1000,
  });
  await store.putReceiver(duty);
  console.log(`writing ${units.length} x ${THRESHOLDS.length} rules`);
  const beganMs = Date.now() - 1000;
  for (const unit of units) for (const rule of rulesOf(unit)) await store.putRule(rule, beganMs, null);
  const engine = new AlertEngine({
    store,
    readings: new MemoryReadingStore(),
    clock: systemClock,
    log,
    zoneOf: () => 'Europe/Berlin',
    edgeOf: () => 'site',
    edges: () => [{ edge: 'site', online: true }],
    announce: ({ record, steps }) => {
      if (steps.some(({ kind }) => kind === 'onset')) since(record.unit, decided);
    },
    toldLater: () => outbox.nudge(),
  });
  const outbox = new Outbox({
    store,
    senders: [
      {
        kind: 'log',
        send(message) {
          const { alerts } = message.data['data'] as { alerts: { unit: string; kind: string }[] };
          for (const { unit, kind } of alerts) if (kind === 'onset') since(unit, told);
          return Promise.resolve({ kind: 'delivered', detail: '' });
        },
      },
    ],
    receiver: () => duty,
    clock: systemClock,
    random: Math.random,
    log,
    disable: () => Promise.resolve(),
  });
  await engine.start();
  await engine.settled();
  outbox.start();
  return {
    take: (frames) => {
      for (const one of frames) engine.frame(one.unit, one);
    },
    settled: async () => {
      await engine.settled();
      while ((await store.due(Date.now(), 1)).length > 0) await new Promise((done) => setTimeout(done, 20));
      await outbox.settled();
    },
    close: async () => {
      await outbox.close();
      await engine.close();
      await database.close();
    },
  };
}

/** Every level against five thresholds, nothing kept but whether it was over; a row on the disk for each notification, then the channel. */
function bareSide(folder: string): Side {
  const database = new Database(join(folder, 'bare.db'));
  database.pragma('journal_mode = WAL');
  database.exec('CREATE TABLE told (unit TEXT, at INTEGER)');
  const write = database.prepare('INSERT INTO told VALUES (?, ?)');
  const over = new Map<string, boolean>();
  return {
    take: (frames) => {
      for (const { unit, lp } of frames) {
        for (const [place, threshold] of THRESHOLDS.entries()) {
          const key = `${unit}/${threshold}`;
          const isOver = (lp ?? 0) > threshold;
          if (place === 0 && isOver && over.get(key) !== true) {
            write.run(unit, Date.now());
            since(unit, decided);
            since(unit, told);
          }
          over.set(key, isOver);
        }
      }
    },
    settled: () => Promise.resolve(),
    close: () => Promise.resolve(void database.close()),
  };
}

const folder = mkdtempSync(join(tmpdir(), 'slmm-bench-alerts-'));
const units = Array.from({ length: UNITS }, (_, index) => `u${index}`);
const slmm = await measure('alerts', units, await engineSide(units, folder));
const bare = await measure('bare', units, bareSide(folder));
rmSync(folder, { recursive: true, force: true });

const latency = (title: string, of: (one: Measured) => readonly number[], share: number, goal: Result['goal']): Result => {
  const [value, baseline] = [quantile(of(slmm), share), quantile(of(bare), share)];
  return { title, unit: 'ms', value, baseline, goal, runs: { slmm: [value], bare: [baseline] } };
};
const results: readonly Result[] = [
  {
    title: `cost of an evaluation, ${UNITS} units x ${THRESHOLDS.length} rules`,
    unit: 'us',
    value: slmm.usPerEvaluation,
    baseline: bare.usPerEvaluation,
    goal: null,
    runs: { slmm: [slmm.usPerEvaluation], bare: [bare.usPerEvaluation] },
    note: `${(slmm.shareOfCore * 100).toFixed(1)} % of one core at one reading a second; bare: ${(bare.shareOfCore * 100).toFixed(1)} %`,
  },
  latency('reading to decision on disk, p50', ({ decidedMs }) => decidedMs, 0.5, null),
  latency('reading to decision on disk, p99', ({ decidedMs }) => decidedMs, 0.99, null),
  latency('reading to channel, p50', ({ toldMs }) => toldMs, 0.5, null),
  {
    ...latency('reading to channel, p99', ({ toldMs }) => toldMs, 0.99, atMost(GOAL_P99_MS)),
    note: `${slmm.loud} notifications in bursts of ${UNITS / LOUD_UNITS}; the first ${WARM_UP_SECONDS} s are not counted; gathering is off (group_wait_s 0); slowest ${Math.round(Math.max(...slmm.toldMs))} ms`,
  },
];
console.log(tableOf(results));
writeResults('alerts', results);
