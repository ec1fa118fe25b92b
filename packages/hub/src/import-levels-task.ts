/** `slmm-hub import-levels`: a series of other origin into a unit's history, beside a hub that runs or without one. Neighbours: main.ts calls it, history/import/import-levels.ts does it. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { idSchema } from '@slmm/protocol';
import { describeSettings, readSettings, type SettingTable, toInstant } from '@slmm/shared';
import { z } from 'zod';
import { type ImportReport, importLevels, NoSeries } from './history/import/import-levels.ts';
import { IMPORT_SECONDS, type ImportSeconds } from './history/import/imported-reading.ts';
import { isIanaZone } from './history/time/zone.ts';
import { databasePlaces, foreignNames, HUB_SETTINGS } from './settings.ts';
import { openMeasurements } from './stores.ts';

const PURPOSE = 'import-levels: puts a series of other origin (a header, then time and level) into a unit’s history';

/** Beside the settings of the hub, so that the same environment and the same file lead to the same database. */
const TASK_SETTINGS = {
  unit: { schema: idSchema, help: 'The unit that gets the levels; it need not be in the roster.' },
  file: { schema: z.string().min(1), help: 'CSV file; each row is the interval that starts at its time.' },
  zone: {
    schema: z.string().refine(isIanaZone, { error: 'expected an IANA zone like Europe/Berlin' }).optional(),
    help: 'IANA zone of times without Z or offset; default SLMM_TIMEZONE.',
  },
  seconds: {
    schema: z.coerce
      .number()
      .refine((value): value is ImportSeconds => IMPORT_SECONDS.some((one) => one === value), { error: 'expected 1 or 60' })
      .optional(),
    help: 'Length of the intervals, 1 or 60; default: told by the rows.',
  },
} as const satisfies SettingTable;
const SETTINGS = { ...HUB_SETTINGS, ...TASK_SETTINGS } as const satisfies SettingTable;

/** Returns the exit code: 0 when the series is in, 1 when it could not be, 2 for a bad command. */
export async function importLevelsTask(words: readonly string[]): Promise<number> {
  const read = readSettings(SETTINGS, { flags: words, environment: process.env }, foreignNames(process.env));
  if (read.kind === 'help') {
    process.stdout.write(describeSettings('slmm-hub import-levels', PURPOSE, TASK_SETTINGS));
    return 0;
  }
  if (read.kind === 'mistakes') return fail(2, read.mistakes);
  const { unit, file, zone, seconds, timezone } = read.values;
  const size = await stat(file).then(
    (found) => (found.isFile() ? found.size : null),
    () => null,
  );
  if (size === null) return fail(1, [`there is no file ${file}`]);
  const places = databasePlaces(read.values);
  try {
    const store = await openMeasurements(places);
    try {
      const stream = createReadStream(file, 'utf8');
      const lines = createInterface({ input: stream, crlfDelay: Infinity });
      const progress = (report: ImportReport): void => {
        const share = size === 0 ? 100 : Math.min(100, Math.floor((stream.bytesRead / size) * 100));
        process.stderr.write(`${share} %: ${report.stored} stored, ${report.known} known before\n`);
      };
      const order = { unit, zone: zone ?? timezone, seconds: seconds ?? null };
      process.stdout.write(told(unit, await importLevels(order, lines, store.history, progress)));
      return 0;
    } finally {
      await store.close();
    }
  } catch (error) {
    const what = error instanceof NoSeries ? `${file}: ${error.message}` : `the import failed: ${(error as Error).message}`;
    return fail(1, [what]);
  }
}

function told(unit: string, report: ImportReport): string {
  const { rows, stored, known, empty, refused, reasons, seconds, fromMs, toMs } = report;
  const span = fromMs === null || toMs === null ? '' : ` from ${toInstant(fromMs)} to ${toInstant(toMs)}`;
  const lines = [
    `${unit}: ${rows} rows of ${seconds} s${span}: ${stored} stored, ${known} known before, ${empty} without a level, ${refused} refused`,
    ...reasons.map((reason) => `  refused ${reason}`),
    ...(refused > reasons.length ? [`  and ${refused - reasons.length} more`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function fail(code: number, lines: readonly string[]): number {
  process.stderr.write(`${lines.map((line) => `slmm-hub import-levels: ${line}`).join('\n')}\n`);
  return code;
}
