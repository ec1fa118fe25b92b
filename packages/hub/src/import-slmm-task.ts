/** `slmm-hub import-slmm FILE`: what an SLMM 0.4.0 has, into this hub's database. Neighbours: main.ts calls it, slmm-import/ does it. */
import { existsSync } from 'node:fs';
import { describeSettings, readSettings } from '@slmm/shared';
import Libsql from 'libsql';
import { PrismaAlertStore } from './adapters/prisma/prisma-alert-store.ts';
import { PrismaFleetStore } from './adapters/prisma/prisma-fleet-store.ts';
import { PrismaStatusNoteStore, PrismaUnitLogStore } from './adapters/prisma/prisma-unit-log-store.ts';
import { databasePlaces, foreignNames, HUB_SETTINGS } from './settings.ts';
import { importSlmm, type SlmmFile, type TableReport } from './slmm-import/import-slmm.ts';
import type { Row } from './slmm-import/slmm-rows.ts';
import { openStores } from './stores.ts';

const PURPOSE =
  'import-slmm FILE: takes the SQLite file of an SLMM 0.4.0 (units, status, rules, events, log, readings); stop the hub first';

/** Returns the exit code: 0 when the file was read to its end, 1 when it could not be, 2 for a bad command. */
export async function importSlmmTask(words: readonly string[]): Promise<number> {
  const [path, ...flags] = words[0]?.startsWith('-') === true ? ['', ...words] : words;
  const read = readSettings(HUB_SETTINGS, { flags, environment: process.env }, foreignNames(process.env));
  if (read.kind === 'help') {
    process.stdout.write(describeSettings('slmm-hub', PURPOSE, HUB_SETTINGS));
    return 0;
  }
  if (read.kind === 'mistakes') return fail(2, read.mistakes);
  if (path === undefined || path === '') return fail(2, ['name the file: slmm-hub import-slmm slmm.db']);
  if (!existsSync(path)) return fail(1, [`there is no file ${path}`]);
  const places = databasePlaces(read.values);
  try {
    const opened = await openStores(places);
    const source = new Libsql(path, { readonly: true });
    try {
      const { client, history } = opened;
      const stores = {
        fleet: new PrismaFleetStore(client),
        notes: new PrismaStatusNoteStore(client),
        log: new PrismaUnitLogStore(client),
        alerts: new PrismaAlertStore(client),
        history,
      };
      const reports = await importSlmm(slmmFile(source), stores, Date.now());
      process.stdout.write(told(reports));
      if (reports.every(({ rows: count }) => count === null)) return fail(1, [`${path} has none of the tables of SLMM 0.4.0`]);
      return 0;
    } finally {
      source.close();
      await opened.close();
    }
  } catch (error) {
    return fail(1, [`the import failed: ${(error as Error).message}`]);
  }
}

/** Table names come from our own code. */
export function slmmFile(source: Libsql.Database): SlmmFile {
  const has = source.prepare("SELECT 1 AS one FROM sqlite_master WHERE type = 'table' AND name = ?");
  return {
    rows: (table) =>
      has.get(table) === undefined
        ? null
        : (source.prepare(`SELECT * FROM "${table}" ORDER BY rowid`).iterate() as Iterable<Row>),
  };
}

function told(reports: readonly TableReport[]): string {
  const lines = reports.flatMap(({ table, rows, taken, known, refused, reasons }) => [
    rows === null
      ? `${table}: not in the file`
      : `${table}: ${rows} rows: ${taken} taken, ${known} known before, ${refused} refused`,
    ...reasons.map((reason) => `  refused ${reason}`),
    ...(refused > reasons.length ? [`  and ${refused - reasons.length} more`] : []),
  ]);
  lines.push(
    'Schedules of rules are local time of the unit here (SLMM_TIMEZONE), where SLMM had one fixed offset: look at them.',
  );
  return `${lines.join('\n')}\n`;
}

function fail(code: number, lines: readonly string[]): number {
  process.stderr.write(`${lines.map((line) => `slmm-hub import-slmm: ${line}`).join('\n')}\n`);
  return code;
}
