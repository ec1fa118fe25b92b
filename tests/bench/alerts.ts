/**
 * What alerts cost and how fast they are: 2,000 units x 5 rules at one reading a second, against a bare comparison of every level with every threshold.
 * Prints a table and writes bench-results/alerts.json. `pnpm bench:alerts [units] [seconds]`.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
import { createLogger, systemClock } from '@slmm/shared';

const UNITS = Number(process.argv[2] ?? 2000);
const SECONDS = Number(process.argv[3] ?? 20);
const GOAL_P99_MS = 250;
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
  return {
    v: 1,
    unit,
    epoch: '01BENCHEPOCH',
    seq,
    at: new Date(atMs).toISOString(),
    src: 'drd',
    run: 'Start',
    lp: levelDb,
    leq: 60,
    le: 90,
    lmax: 80,
    lmin: 40,
    lpeak: 90,
    ln: [70, 65, 55, 45, 40],
    lieq: null,
    leqmov: null,
    ltm5: null,
    over: false,
    under: false,
    settings: null,
    interval: { s: 1, leq: levelDb, lmax: levelDb + 1, lmin: levelDb - 1, lpeak: levelDb + 10, basis: 'drd', ticks: 10 },
  };
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

const folder = mkdtempSync(join(tmpdir(), 'slmm-bench-alerts-'));
const database = await openConfigDatabase({
  kind: 'sqlite',
  configFile: join(folder, 'hub.db'),
  readingsFile: join(folder, 'readings.db'),
});
const store = new PrismaAlertStore(database.client);
await store.putReceiver(
  receiverSchema.parse({ id: 'duty', name: 'Duty', channels: [{ kind: 'log' }], group_wait_s: 0, max_per_hour: 1000 }),
);

console.log(`writing ${UNITS} x 5 rules`);
const units = Array.from({ length: UNITS }, (_, index) => `u${index}`);
const startMs = Date.now() - SECONDS * 1000;
for (const unit of units) for (const rule of rulesOf(unit)) await store.putRule(rule, startMs - 3_600_000, null);

const cameMs = new Map<string, number>();
/** Frame to channel, and frame to decision on disk. */
const latencies: number[] = [];
const decisions: number[] = [];
const engine = new AlertEngine({
  store,
  readings: new MemoryReadingStore(),
  clock: systemClock,
  log,
  zoneOf: () => 'Europe/Berlin',
  edgeOf: () => 'site',
  edges: () => [{ edge: 'site', online: true }],
  announce: ({ record }) => {
    const beganMs = cameMs.get(record.unit);
    if (record.status === 'active' && beganMs !== undefined) decisions.push(performance.now() - beganMs);
  },
  toldLater: () => outbox.nudge(),
});
const duty = (await store.receivers())[0] ?? null;
const outbox = new Outbox({
  store,
  senders: [
    {
      kind: 'log',
      send(message) {
        const alerts = (message.data['data'] as { alerts: { unit: string; kind: string }[] }).alerts;
        for (const { unit, kind } of alerts) {
          const beganMs = cameMs.get(unit);
          if (kind === 'onset' && beganMs !== undefined) latencies.push(performance.now() - beganMs);
        }
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
outbox.start();

// The bare baseline: every level against five thresholds, nothing kept but whether it was over.
const over = new Map<string, boolean>();
let bareMs = 0;
let engineMs = 0;
let evaluations = 0;
console.log(`${SECONDS} s of readings, one a second from each unit; every 50th unit becomes loud`);
for (let second = 1; second <= SECONDS; second += 1) {
  const turnMs = performance.now();
  const atMs = Date.now();
  // In slices, as readings really come: spread over the second.
  for (let slice = 0; slice < 20; slice += 1) {
    const frames = units
      .slice((slice * UNITS) / 20, ((slice + 1) * UNITS) / 20)
      .map((unit, index) => frame(unit, second, atMs, second % 5 === 0 && index % 50 === 0 ? 85 : 55));
    const bareFromMs = performance.now();
    for (const one of frames)
      for (const threshold of [80, 95, 70, 65, 75]) over.set(`${one.unit}/${threshold}`, (one.lp ?? 0) > threshold);
    bareMs += performance.now() - bareFromMs;
    const fromMs = performance.now();
    for (const one of frames) {
      if ((one.lp ?? 0) > 80) cameMs.set(one.unit, performance.now());
      engine.frame(one.unit, one);
    }
    engineMs += performance.now() - fromMs;
    evaluations += frames.length * 5;
    await new Promise((done) => setTimeout(done, Math.max(0, turnMs + (slice + 1) * 50 - performance.now())));
  }
}
await engine.settled();
await new Promise((done) => setTimeout(done, 1000));
await outbox.close();
await engine.close();
await database.close();
rmSync(folder, { recursive: true, force: true });

latencies.sort((a, b) => a - b);
decisions.sort((a, b) => a - b);
const result = {
  units: UNITS,
  rules: UNITS * 5,
  seconds: SECONDS,
  evaluations,
  us_per_evaluation: (engineMs * 1000) / evaluations,
  us_per_bare_comparison: (bareMs * 1000) / evaluations,
  ratio_to_bare: engineMs / bareMs,
  share_of_one_core: engineMs / (SECONDS * 1000),
  notifications: latencies.length,
  decision_p50_ms: quantile(decisions, 0.5),
  decision_p99_ms: quantile(decisions, 0.99),
  channel_p50_ms: quantile(latencies, 0.5),
  channel_p99_ms: quantile(latencies, 0.99),
  goal_p99_ms: GOAL_P99_MS,
  goal_met: quantile(latencies, 0.99) <= GOAL_P99_MS,
};
console.table(
  Object.fromEntries(
    Object.entries(result).map(([name, value]) => [name, typeof value === 'number' ? Math.round(value * 1000) / 1000 : value]),
  ),
);
mkdirSync('bench-results', { recursive: true });
writeFileSync(join('bench-results', 'alerts.json'), `${JSON.stringify(result, null, 2)}\n`);
