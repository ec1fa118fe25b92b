/** Takes a database of SLMM 0.4.0 into the hub's stores, table by table. What is there already stays as it is, so a second run changes nothing. */
import type { AlertStore } from '../alerts/alert-store.ts';
import { ownerOf } from '../fleet/desired-config.ts';
import type { FleetStore } from '../fleet/fleet.ts';
import type { StatusNoteStore } from '../fleet/status-note.ts';
import { type LogLine, MAX_UNIT_LOG_LINES, type UnitLogStore } from '../fleet/unit-log.ts';
import type { HistoryStore } from '../history/history-store.ts';
import type { Reading } from '../history/reading-store.ts';
import { eventOfRow, logLineOfRow, noteOfRow, readingOfRow, type Row, ruleOfRow, type Taken, unitOfRow } from './slmm-rows.ts';

/** Readings that are given to the store at a time. */
const BATCH = 5_000;
const MAX_REASONS = 20;

/** SLMM's file. Port; `null` for a table that it does not have. */
export interface SlmmFile {
  rows(table: string): Iterable<Row> | null;
}

export interface ImportStores {
  readonly fleet: FleetStore;
  readonly notes: StatusNoteStore;
  readonly log: UnitLogStore;
  readonly alerts: Pick<AlertStore, 'rules' | 'putRule' | 'eventsById' | 'commit'>;
  readonly history: Pick<HistoryStore, 'importReadings'>;
}

/** What became of one table. */
export interface TableReport {
  readonly table: string;
  /** `null`: the file has no such table. */
  readonly rows: number | null;
  readonly taken: number;
  readonly known: number;
  readonly refused: number;
  readonly reasons: readonly string[];
}

class Tally {
  rows = 0;
  taken = 0;
  known = 0;
  refused = 0;
  readonly reasons: string[] = [];

  /** The values of the rows that can be taken. */
  *values<T>(rows: Iterable<Row>, read: (row: Row) => Taken<T>): Generator<T> {
    for (const row of rows) {
      this.rows += 1;
      const taken = read(row);
      if ('value' in taken) yield taken.value;
      else this.refuse(taken.reason);
    }
  }

  refuse(reason: string, count = 1): void {
    this.refused += count;
    if (this.reasons.length < MAX_REASONS) this.reasons.push(reason);
  }

  add(isNew: boolean): void {
    if (isNew) this.taken += 1;
    else this.known += 1;
  }
}

export async function importSlmm(file: SlmmFile, stores: ImportStores, nowMs: number): Promise<readonly TableReport[]> {
  const reports: TableReport[] = [];
  const table = async (name: string, take: (rows: Iterable<Row>, tally: Tally) => Promise<void>): Promise<void> => {
    const rows = file.rows(name);
    const tally = new Tally();
    if (rows !== null) await take(rows, tally);
    const { rows: count, taken, known, refused, reasons } = tally;
    reports.push({ table: name, rows: rows === null ? null : count, taken, known, refused, reasons });
  };
  await table('nl43_config', (rows, tally) => takeUnits(rows, tally, stores.fleet));
  await table('nl43_status', async (rows, tally) => {
    for (const { unit, note } of tally.values(rows, noteOfRow)) {
      const isNew = (await stores.notes.note(unit)) === null;
      if (isNew) await stores.notes.putNote(unit, note);
      tally.add(isNew);
    }
  });
  await table('alert_rules', async (rows, tally) => {
    const known = new Set((await stores.alerts.rules()).map(({ rule }) => rule.id));
    for (const { rule, legacy } of tally.values(rows, ruleOfRow)) {
      const isNew = !known.has(rule.id);
      if (isNew) await stores.alerts.putRule(rule, nowMs, legacy);
      tally.add(isNew);
    }
  });
  await table('alert_events', async (rows, tally) => {
    const rules = new Set((await stores.alerts.rules()).map(({ rule }) => rule.id));
    for (const event of tally.values(rows, (row) => eventOfRow(row, rules))) {
      const isNew = (await stores.alerts.eventsById([event.id])).length === 0;
      if (isNew) await stores.alerts.commit({ events: [event], checkpoints: [], outbox: [] });
      tally.add(isNew);
    }
  });
  await table('device_logs', (rows, tally) => takeLog(rows, tally, stores.log));
  await table('nl43_readings', (rows, tally) => takeReadings(rows, tally, stores.history));
  return reports;
}

/** Those that exist keep their configuration: it may have been changed since. */
async function takeUnits(rows: Iterable<Row>, tally: Tally, fleet: FleetStore): Promise<void> {
  const known = new Set((await fleet.units()).map(({ unit }) => unit));
  const edges = (await fleet.edges()).map(({ edge }) => edge);
  for (const config of tally.values(rows, unitOfRow)) {
    const isNew = !known.has(config.unit);
    if (isNew) await fleet.putUnit({ ...config, edge: ownerOf(config, edges) });
    known.add(config.unit);
    tally.add(isNew);
  }
}

const keyOf = ({ atMs, category, message }: Omit<LogLine, 'unit' | 'level'>): string => `${atMs} ${category} ${message}`;

async function takeLog(rows: Iterable<Row>, tally: Tally, log: UnitLogStore): Promise<void> {
  const byUnit = new Map<string, LogLine[]>();
  const tooOld = new Map<string, number>();
  for (const line of tally.values(rows, logLineOfRow)) {
    const lines = byUnit.get(line.unit) ?? [];
    lines.push(line);
    // What is beyond the bound would be dropped by the store.
    if (lines.length > MAX_UNIT_LOG_LINES) {
      lines.shift();
      tooOld.set(line.unit, (tooOld.get(line.unit) ?? 0) + 1);
    }
    byUnit.set(line.unit, lines);
  }
  for (const [unit, count] of tooOld) tally.refuse(`${unit}: the ${count} oldest lines; ${MAX_UNIT_LOG_LINES} are kept`, count);
  for (const [unit, lines] of byUnit) {
    const stored = await log.lines(unit, { limit: MAX_UNIT_LOG_LINES, offset: 0, level: null, category: null });
    const known = new Set(stored.map(keyOf));
    const fresh = lines.filter((line) => !known.has(keyOf(line)));
    if (fresh.length > 0) await log.append(fresh);
    tally.taken += fresh.length;
    tally.known += lines.length - fresh.length;
  }
}

async function takeReadings(rows: Iterable<Row>, tally: Tally, history: ImportStores['history']): Promise<void> {
  const batches = new Map<string, Reading[]>();
  const flush = async (unit: string, batch: readonly Reading[]): Promise<void> => {
    const { stored } = await history.importReadings(unit, batch);
    tally.taken += stored;
    tally.known += batch.length - stored;
  };
  for (const reading of tally.values(rows, readingOfRow)) {
    const { unit } = reading.frame;
    const batch = batches.get(unit) ?? [];
    batch.push(reading);
    batches.set(unit, batch);
    if (batch.length < BATCH) continue;
    batches.delete(unit);
    await flush(unit, batch);
  }
  for (const [unit, batch] of batches) await flush(unit, batch);
}
