// Rows of SLMM 0.4.0's database as what the hub keeps. Pure; a row that cannot be taken becomes a reason.
import { hostSchema, isId } from '@slmm/protocol';
import { ruleFromSlmm, slmmRuleSchema } from '../api/nl43/alert-rule.ts';
import type { EventRecord } from '../alerts/records/event-record.ts';
import type { Rule } from '../alerts/rules/rule.ts';
import { newUnit } from '../api/nl43/unit-config.ts';
import type { UnitConfig } from '../fleet/fleet.ts';
import { type StatusNote, statusNoteSchema } from '../fleet/status-note.ts';
import type { LogLine } from '../fleet/unit-log.ts';
import { importedReading } from '../history/import/imported-reading.ts';
import type { Reading } from '../history/reading-store.ts';

export type Row = Readonly<Record<string, unknown>>;
export type Taken<T> = { readonly value: T } | { readonly reason: string };

const text = (value: unknown): string | null =>
  typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'bigint' ? String(value) : null;
const yes = (value: unknown, otherwise: boolean): boolean => (value == null ? otherwise : Number(value) !== 0);
const number = (value: unknown, otherwise: number): number =>
  value == null || Number.isNaN(Number(value)) ? otherwise : Number(value);

/** Naive UTC text, `YYYY-MM-DD HH:MM:SS.ffffff`; `null` for anything else. */
export function slmmTimeMs(value: unknown): number | null {
  const [, day, time, fraction = ''] = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d+))?$/.exec(text(value) ?? '') ?? [];
  const atMs = day === undefined ? NaN : Date.parse(`${day}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`);
  return Number.isNaN(atMs) ? null : atMs;
}

const refusedUnit = (unit: string | null): string | null =>
  unit !== null && isId(unit) ? null : `${JSON.stringify(unit)} is no unit id that the hub takes`;

export function unitOfRow(row: Row): Taken<UnitConfig> {
  const unit = text(row['unit_id']);
  const refused = refusedUnit(unit);
  if (unit === null || refused !== null) return { reason: refused ?? 'no unit id' };
  const base = newUnit(unit);
  const host = text(row['host']) ?? base.host;
  if (!hostSchema.safeParse(host).success) return { reason: `${unit}: ${JSON.stringify(host)} is no host` };
  const [tcpPort, ftpPort] = [number(row['tcp_port'], base.tcpPort), number(row['ftp_port'], base.ftpPort)];
  if ([tcpPort, ftpPort].some((port) => !Number.isInteger(port) || port < 1 || port > 65_535))
    return { reason: `${unit}: a port is out of range` };
  const credential = (value: unknown): string | null => text(value)?.slice(0, 64) ?? null;
  return {
    value: {
      ...base,
      host,
      tcpPort,
      ftpPort,
      tcpEnabled: yes(row['tcp_enabled'], base.tcpEnabled),
      ftpEnabled: yes(row['ftp_enabled'], base.ftpEnabled),
      webEnabled: yes(row['web_enabled'], base.webEnabled),
      ftpUsername: credential(row['ftp_username']),
      ftpPassword: credential(row['ftp_password']),
      pollEnabled: yes(row['poll_enabled'], base.pollEnabled),
      pollIntervalSeconds: Math.min(21_600, Math.max(30, number(row['poll_interval_seconds'], base.pollIntervalSeconds))),
      monitorEnabled: yes(row['monitor_enabled'], base.monitorEnabled),
    },
  };
}

const NOTED = ['measurement_state', 'lp', 'leq', 'lmax', 'lmin', 'lpeak', 'ln1', 'ln2', 'battery_level', 'power_source'] as const;
const NOTED_TOO = ['sd_remaining_mb', 'sd_free_ratio', 'raw_payload'] as const;

export function noteOfRow(row: Row): Taken<{ readonly unit: string; readonly note: StatusNote }> {
  const unit = text(row['unit_id']);
  const refused = refusedUnit(unit);
  const atMs = slmmTimeMs(row['last_seen']);
  if (unit === null || refused !== null) return { reason: refused ?? 'no unit id' };
  if (atMs === null) return { reason: `${unit}: the status has no time` };
  const said = Object.fromEntries([...NOTED, ...NOTED_TOO].map((name) => [name, text(row[name])?.slice(0, 10_000) ?? null]));
  return { value: { unit, note: statusNoteSchema.parse({ ...said, atMs, startMs: slmmTimeMs(row['measurement_start_time']) }) } };
}

export function logLineOfRow(row: Row): Taken<LogLine> {
  const unit = text(row['unit_id']);
  const atMs = slmmTimeMs(row['timestamp']);
  const refused = refusedUnit(unit);
  if (unit === null || refused !== null) return { reason: refused ?? 'no unit id' };
  if (atMs === null) return { reason: `${unit}: a log line has no time` };
  const word = (name: string, otherwise: string): string => (text(row[name]) ?? otherwise).slice(0, 32).toUpperCase();
  return {
    value: {
      unit,
      atMs,
      level: word('level', 'INFO'),
      category: word('category', 'STATE'),
      message: (text(row['message']) ?? '').slice(0, 2_000),
    },
  };
}

/** The id follows from SLMM's number, so that a rule is taken once. */
export const ruleIdOf = (id: unknown): string => `slmm-import-${String(id)}`;

export function ruleOfRow(row: Row): Taken<{ readonly rule: Rule; readonly legacy: Row }> {
  const unit = text(row['unit_id']);
  const refused = refusedUnit(unit);
  if (unit === null || refused !== null) return { reason: refused ?? 'no unit id' };
  const wanted = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null && value !== ''));
  const read = slmmRuleSchema.safeParse(wanted);
  if (!read.success)
    return {
      reason: `rule ${text(row['id'])} of ${unit}: ${read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`,
    };
  const { schedule_start = null, schedule_end = null, schedule_days = null, channels, recipients = null } = read.data;
  return {
    value: {
      rule: ruleFromSlmm(ruleIdOf(row['id']), unit, read.data),
      legacy: { schedule_start, schedule_end, schedule_days, channels, recipients },
    },
  };
}

/** An event that SLMM left active has no data any more that could end it: it is taken as ended at the last time that stands in it. */
export function eventOfRow(row: Row, rules: ReadonlySet<string>): Taken<EventRecord> {
  const unit = text(row['unit_id']);
  const refused = refusedUnit(unit);
  const onsetMs = slmmTimeMs(row['onset_at']);
  if (unit === null || refused !== null) return { reason: refused ?? 'no unit id' };
  if (onsetMs === null) return { reason: `event ${text(row['id'])} of ${unit} has no onset` };
  const isConnectivity = Number(row['rule_id']) === 0;
  const rule = ruleIdOf(row['rule_id']);
  const level = (name: string): number | null => (Number.isFinite(Number(row[name] ?? NaN)) ? Number(row[name]) : null);
  const ackedMs = slmmTimeMs(row['acknowledged_at']);
  return {
    value: {
      id: `slmm-import-event-${text(row['id'])}`,
      kind: isConnectivity ? 'connectivity' : 'threshold',
      unit,
      rule: isConnectivity || !rules.has(rule) ? null : rule,
      ruleName: text(row['rule_name']) ?? 'Alert',
      metric: text(row['metric']) ?? 'lp',
      threshold: isConnectivity ? null : level('threshold_db'),
      level: null,
      gravest: null,
      wordingMs: 0,
      onsetMs,
      shownMs: onsetMs,
      onsetValue: level('onset_value'),
      peakValue: level('peak_value'),
      peakMs: null,
      clearMs: slmmTimeMs(row['clear_at']) ?? ackedMs ?? onsetMs,
      endReason: null,
      count: 1,
      late: true,
      status: 'cleared',
      ackedMs,
      ackedBy: text(row['acknowledged_by']),
      tellings: {},
      steps: [],
    },
  };
}

const MINUTE_S = 60;
const levelOf = (value: unknown): number | null => {
  const level = value == null || value === '' ? NaN : Number(value);
  return Number.isFinite(level) && level >= -50 && level <= 250 ? level : null;
};

/** SLMM kept one reading a minute: its Lp stands for the minute that begins with it, and the other values for what they were then. */
export function readingOfRow(row: Row): Taken<Reading> {
  const unit = text(row['unit_id']);
  const atMs = slmmTimeMs(row['timestamp']);
  const refused = refusedUnit(unit);
  if (unit === null || refused !== null) return { reason: refused ?? 'no unit id' };
  const lp = levelOf(row['lp']);
  if (atMs === null || lp === null) return { reason: `${unit}: a reading without a time or a level` };
  const reading = importedReading(unit, { startMs: atMs, levelDb: lp }, MINUTE_S);
  const ln: Reading['frame']['ln'] = [levelOf(row['ln1']), levelOf(row['ln2']), null, null, null];
  return { value: { ...reading, frame: { ...reading.frame, lp, leq: levelOf(row['leq']), lmax: levelOf(row['lmax']), ln } } };
}
