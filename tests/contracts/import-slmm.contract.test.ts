import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHubSettings, startHub } from '@slmm/hub';
import { importSlmmTask } from '@slmm/hub/testing';
import { createLogger } from '@slmm/shared';
import Libsql from 'libsql';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findPostgres, POSTGRES_MISSING, type PostgresCluster, startPostgres } from '../servers/postgres.ts';

const CAPTURE = new URL('../captures/slmm-0.4.0/database.sql', import.meta.url);
const ADMIN = 'admin-token-of-the-import';

/** Rows that no SLMM wrote as it should, one kind of mistake each. */
const BAD_ROWS = `
INSERT INTO nl43_config (unit_id, host, tcp_port) VALUES ('bad host', '10.0.0.9', 2255), ('bad-host', 'no way', 2255), ('bad-port', '10.0.0.9', 0), ('bad-port-2', '10.0.0.9', 99999);
INSERT INTO nl43_config (unit_id, host, tcp_port, poll_interval_seconds) VALUES ('odd', '10.0.0.8', 'abc', 5);
INSERT INTO nl43_status (unit_id, last_seen) VALUES ('no-time', 'yesterday'), ('hub', '2026-11-23 06:00:00');
INSERT INTO alert_rules (unit_id, name, metric, comparison, threshold_db, duration_s, clear_margin_db, cooldown_s, channels) VALUES ('nl43-a', 'no number', 'lp', 'above', 'loud', 0, 2, 300, 'log');
INSERT INTO alert_events (rule_id, unit_id, metric, threshold_db, onset_at) VALUES (1, 'nl43-a', 'lp', 80, NULL), (99, 'nl43-a', 'lp', 'x', '2026-11-23 05:00:00');
INSERT INTO device_logs (unit_id, timestamp, message) VALUES ('nl43-a', NULL, 'no time'), ('a/b', '2026-11-23 05:00:00', 'no unit');
INSERT INTO nl43_readings (unit_id, timestamp, lp) VALUES ('nl43-a', '2026-11-23 05:00:00', '-.-'), ('nl43-a', 'x', '60'), ('nl43-a', '2026-11-23 05:01:00', '9999');
`;

const postgres = findPostgres();
let cluster: PostgresCluster | null = null;
if (postgres === null) console.warn(POSTGRES_MISSING);
const folder = mkdtempSync(join(tmpdir(), 'slmm-import-'));
const file = join(folder, 'slmm.db');
beforeAll(async () => {
  cluster = await startPostgres();
  const source = new Libsql(file);
  source.exec(readFileSync(CAPTURE, 'utf8'));
  source.exec(BAD_ROWS);
  source.close();
});
afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What the task says on standard output, table by table. */
async function runImport(flags: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
  const said: string[] = [];
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  try {
    return { code: await importSlmmTask([file, ...flags]), said: said.join('') };
  } finally {
    out.mockRestore();
  }
}

/** The whole of what the API shows of the import. */
async function look(flags: readonly string[]): Promise<Record<string, any>> {
  const read = readHubSettings([...flags, '--http-port', '0'], { SLMM_ADMIN_TOKEN: ADMIN });
  if (read.kind !== 'ok') throw new Error(JSON.stringify(read));
  const hub = await startHub({ ...read.settings, mqttPort: 'ephemeral' }, { log: createLogger('import', 'silent') });
  try {
    const seen: Record<string, any> = {};
    for (const path of [
      '/api/nl43/roster',
      '/api/nl43/nl43-a/status',
      '/api/nl43/nl43-man/status',
      '/api/nl43/nl43-a/alerts/rules',
      '/api/nl43/nl43-a/alerts/events',
      '/api/nl43/nl43-a/logs?category=state',
      '/api/v1/units/nl43-a/levels?from=2026-11-23T18:30:00Z&to=2026-11-23T18:40:00Z&resolution=1m',
    ]) {
      const response = await fetch(`http://127.0.0.1:${hub.httpPort}${path}`, { headers: { authorization: `Bearer ${ADMIN}` } });
      seen[path.split('?')[0] ?? ''] = await response.json();
    }
    return seen;
  } finally {
    await hub.close();
  }
}

const places: (readonly [string, () => Promise<readonly string[]>])[] = [
  ['SQLite', async () => ['--data-dir', mkdtempSync(join(folder, 'hub-'))]],
  ...(postgres === null
    ? []
    : ([
        [
          'PostgreSQL',
          async () => ['--data-dir', mkdtempSync(join(folder, 'hub-')), '--database-url', (await cluster?.database()) ?? ''],
        ],
      ] as const)),
];

describe.each(places)('slmm-hub import-slmm, into %s', (_name, place) => {
  it('takes the database of an SLMM 0.4.0, says what not, and changes nothing the second time', { timeout: 60_000 }, async () => {
    const flags = await place();
    const first = await runImport(flags);
    expect(first.code).toBe(0);
    const told = (table: string) => first.said.split('\n').find((line) => line.startsWith(`${table}:`));
    expect(['nl43_config', 'nl43_status', 'alert_rules', 'alert_events', 'device_logs', 'nl43_readings'].map(told)).toEqual([
      'nl43_config: 9 rows: 4 taken, 0 known before, 5 refused',
      'nl43_status: 4 rows: 2 taken, 0 known before, 2 refused',
      'alert_rules: 5 rows: 3 taken, 0 known before, 2 refused',
      'alert_events: 5 rows: 4 taken, 0 known before, 1 refused',
      'device_logs: 6 rows: 4 taken, 0 known before, 2 refused',
      'nl43_readings: 5 rows: 2 taken, 0 known before, 3 refused',
    ]);
    for (const reason of [
      /"\.\.\/\.\.\/escape" is no unit id/,
      /bad-host: "no way" is no host/,
      /bad-port: a port/,
      /no-time: .*no time/,
      /rule 3 of nl43-a: metric/,
    ])
      expect(first.said).toMatch(reason);

    const after = await look(flags);
    expect(
      after['/api/nl43/roster'].devices.map((unit: any) => [unit.unit_id, unit.host, unit.tcp_port, unit.poll_interval_seconds]),
    ).toEqual([
      ['nl43-a', '127.0.0.1', 22551, 120],
      ['nl43-b', '127.0.0.1', 22552, 60],
      ['nl43-off', 'meter.example', 2255, 60],
      // A port that is no number is the usual one, and an interval out of bounds the nearest.
      ['odd', '10.0.0.8', 2255, 30],
    ]);
    expect(after['/api/nl43/roster'].devices[0]).toMatchObject({ ftp_username: 'USER', ftp_password: '***', poll_enabled: true });
    expect(after['/api/nl43/nl43-a/status'].data).toMatchObject({ lp: '60.0', measurement_state: 'Stop', lpeak: '110.0' });
    expect(after['/api/nl43/nl43-man/status'].data).toMatchObject({ lp: '55.0', battery_level: '80' });
    expect(after['/api/nl43/nl43-a/alerts/rules'].rules).toMatchObject([
      { name: 'Night limit', threshold_db: 80, schedule_days: '0,1,2,3,4,5,6', enabled: true },
      {
        name: 'Quiet hours',
        metric: 'leq',
        duration_s: 30,
        schedule_start: '22:00',
        channels: 'log,email',
        recipients: 'a@example.org',
        enabled: false,
      },
    ]);
    expect(
      after['/api/nl43/nl43-a/alerts/events'].events.map((event: any) => [event.metric, event.status, event.peak_value]),
    ).toEqual([
      ['connectivity', 'cleared', null],
      ['lp', 'cleared', 95],
      ['lp', 'cleared', null],
    ]);
    expect(after['/api/nl43/nl43-a/logs'].stats).toMatchObject({ total: 4, by_category: { STATE: 4 } });
    const buckets = after['/api/v1/units/nl43-a/levels'].buckets.filter((bucket: any) => bucket.leq !== null);
    expect(buckets.map((bucket: any) => [bucket.leq, bucket.basis])).toEqual(expect.arrayContaining([[65, 'import']]));

    const second = await runImport(flags);
    expect([second.code, [...second.said.matchAll(/(\d+) taken/g)].map(([, count]) => count)]).toEqual([
      0,
      ['0', '0', '0', '0', '0', '0'],
    ]);
    expect(await look(flags)).toEqual(after);
  });
});
