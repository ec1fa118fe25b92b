import Libsql from 'libsql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MemoryAlertStore } from '../adapters/memory/memory-alert-store.ts';
import { MemoryFleetStore } from '../adapters/memory/memory-fleet-store.ts';
import { MemoryStatusNoteStore, MemoryUnitLogStore } from '../adapters/memory/memory-unit-log-store.ts';
import { slmmFile } from '../import-slmm-task.ts';
import type { Reading } from '../history/reading-store.ts';
import { importSlmm } from './import-slmm.ts';
import { slmmTimeMs } from './slmm-rows.ts';

const TABLES = `
CREATE TABLE nl43_config (unit_id TEXT PRIMARY KEY, host TEXT, tcp_port INT, tcp_enabled BOOL, ftp_enabled BOOL, ftp_port INT, ftp_username TEXT,
  ftp_password TEXT, web_enabled BOOL, poll_interval_seconds INT, poll_enabled BOOL, monitor_enabled BOOL);
INSERT INTO nl43_config VALUES ('second', '10.0.0.2', 2255, 1, 1, 2121, 'USER', '0000', 0, 120, 1, 1);
INSERT INTO nl43_config VALUES ('first', '10.0.0.1', 2256, 0, 0, 21, NULL, NULL, 0, 60, 0, 0);
INSERT INTO nl43_config VALUES ('../../escape', '10.0.0.3', 2255, 1, 0, 21, NULL, NULL, 0, 60, 1, 1);
CREATE TABLE nl43_status (unit_id TEXT PRIMARY KEY, last_seen DATETIME, measurement_state TEXT, measurement_start_time DATETIME, lp TEXT, battery_level TEXT);
INSERT INTO nl43_status VALUES ('first', '2026-11-23 06:53:20.269509', 'Start', '2026-11-23 05:00:00', '55.0', '80');
CREATE TABLE device_logs (id INTEGER PRIMARY KEY, unit_id TEXT, timestamp DATETIME, level TEXT, category TEXT, message TEXT);
INSERT INTO device_logs VALUES (1, 'first', '2026-11-23 06:53:20.000001', 'INFO', 'STATE', 'Measurement STARTED');
CREATE TABLE alert_rules (id INTEGER PRIMARY KEY, unit_id TEXT, name TEXT, metric TEXT, comparison TEXT, threshold_db FLOAT, duration_s INT,
  clear_margin_db FLOAT, cooldown_s INT, schedule_start TEXT, schedule_end TEXT, schedule_days TEXT, channels TEXT, recipients TEXT, enabled BOOL, created_at DATETIME);
INSERT INTO alert_rules VALUES (7, 'first', 'Night limit', 'lp', 'above', 80, 0, 2, 300, '22:00', '06:00', '0,1', 'log', NULL, 1, '2026-11-23 06:00:00');
INSERT INTO alert_rules VALUES (8, 'first', 'Bad', 'nonsense', 'sideways', 80, -5, 2, 300, NULL, NULL, NULL, 'log', NULL, 1, '2026-11-23 06:00:00');
CREATE TABLE alert_events (id INTEGER PRIMARY KEY, rule_id INT, unit_id TEXT, rule_name TEXT, metric TEXT, threshold_db FLOAT, onset_at DATETIME, onset_value FLOAT,
  peak_value FLOAT, clear_at DATETIME, status TEXT, acknowledged_at DATETIME, acknowledged_by TEXT, notes TEXT);
INSERT INTO alert_events VALUES (1, 7, 'first', 'Night limit', 'lp', 80, '2026-11-23 06:55:58', 95, 96, '2026-11-23 06:56:03.035105', 'cleared', NULL, NULL, NULL);
INSERT INTO alert_events VALUES (2, 0, 'first', 'Device unreachable', 'connectivity', 0, '2026-11-23 06:57:00', NULL, NULL, NULL, 'active', NULL, NULL, NULL);
CREATE TABLE nl43_readings (id INTEGER PRIMARY KEY, unit_id TEXT, timestamp DATETIME, lp TEXT, leq TEXT, lmax TEXT, ln1 TEXT, ln2 TEXT);
INSERT INTO nl43_readings VALUES (1, 'first', '2026-11-23 06:53:32.100000', '65.0', '64.0', '70.0', '66.0', '65.5');
INSERT INTO nl43_readings VALUES (2, 'first', '2026-11-23 06:54:32.100000', '61.0', '64.0', '70.0', '66.0', '65.5');
INSERT INTO nl43_readings VALUES (3, 'first', '2026-11-23 06:55:32.100000', '-.-', NULL, NULL, NULL, NULL);
`;

function scene(sql: string) {
  const source = new Libsql(':memory:');
  onTestFinished(() => void source.close());
  source.exec(sql);
  const kept = new Map<string, Reading>();
  const stores = {
    fleet: new MemoryFleetStore(),
    notes: new MemoryStatusNoteStore(),
    log: new MemoryUnitLogStore(),
    alerts: new MemoryAlertStore(),
    history: {
      importReadings: async (unit: string, readings: readonly Reading[]) => {
        const fresh = readings.filter(({ frame }) => !kept.has(`${unit} ${frame.seq}`));
        for (const reading of fresh) kept.set(`${unit} ${reading.frame.seq}`, reading);
        return { stored: fresh.length };
      },
    },
  };
  return { stores, kept, run: () => importSlmm(slmmFile(source), stores, Date.UTC(2026, 10, 24)) };
}

const figures = (reports: Awaited<ReturnType<typeof importSlmm>>) =>
  Object.fromEntries(reports.map(({ table, rows, taken, known, refused }) => [table, [rows, taken, known, refused]]));

describe('import of an SLMM 0.4.0', () => {
  it('takes what can be taken, says what not, and changes nothing when it is run again', async () => {
    const { stores, kept, run } = scene(TABLES);
    await stores.fleet.putEdge('site', null, 0);
    const first = await run();
    expect(figures(first)).toEqual({
      nl43_config: [3, 2, 0, 1],
      nl43_status: [1, 1, 0, 0],
      device_logs: [1, 1, 0, 0],
      alert_rules: [2, 1, 0, 1],
      alert_events: [2, 2, 0, 0],
      nl43_readings: [3, 2, 0, 1],
    });
    expect(first.flatMap(({ reasons }) => reasons).join('\n')).toMatch(/escape[^]*rule 8 of first: metric/);
    const look = async () => ({
      units: await stores.fleet.units(),
      note: await stores.notes.note('first'),
      rules: await stores.alerts.rules(),
      events: await stores.alerts.events({ unit: 'first', limit: 10 }),
      log: await stores.log.lines('first', { limit: 10, offset: 0, level: null, category: null }),
      readings: [...kept.values()],
    });
    const before = await look();
    expect(before.units).toMatchObject([
      { unit: 'second', edge: 'site', ftpPort: 2121, ftpPassword: '0000', pollIntervalSeconds: 120, monitorEnabled: true },
      { unit: 'first', edge: 'site', tcpPort: 2256, tcpEnabled: false, pollEnabled: false, monitorEnabled: false },
    ]);
    expect(before.note).toMatchObject({ lp: '55.0', measurement_state: 'Start', startMs: Date.UTC(2026, 10, 23, 5) });
    expect(before.rules).toMatchObject([{ rule: { unit: 'first', name: 'Night limit' }, legacy: { schedule_start: '22:00' } }]);
    expect(before.events.map(({ record }) => [record.rule, record.status, record.clearMs])).toEqual([
      [null, 'cleared', Date.UTC(2026, 10, 23, 6, 57)],
      ['slmm-import-7', 'cleared', Date.UTC(2026, 10, 23, 6, 56, 3, 35)],
    ]);
    expect(before.readings.map(({ frame }) => [frame.at, frame.interval?.leq, frame.ln[0]])).toEqual([
      ['2026-11-23T06:53:32.100Z', 65, 66],
      ['2026-11-23T06:54:32.100Z', 61, 66],
    ]);
    expect(figures(await run())).toMatchObject({
      nl43_config: [3, 0, 2, 1],
      nl43_status: [1, 0, 1, 0],
      device_logs: [1, 0, 1, 0],
      alert_rules: [2, 0, 1, 1],
      alert_events: [2, 0, 2, 0],
      nl43_readings: [3, 0, 2, 1],
    });
    expect(await look()).toEqual(before);
  });

  it('says which tables are not in the file', async () => {
    const { run } = scene('CREATE TABLE nl43_config (unit_id TEXT)');
    expect((await run()).filter(({ rows }) => rows === null).length).toBe(5);
  });

  it('reads times as the naive UTC that they are', () => {
    expect(slmmTimeMs('2026-11-23 06:53:20.269509')).toBe(Date.UTC(2026, 10, 23, 6, 53, 20, 269));
    expect([slmmTimeMs('yesterday'), slmmTimeMs(null)]).toEqual([null, null]);
  });
});
