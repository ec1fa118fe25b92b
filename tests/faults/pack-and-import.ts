/** A program that packs readings and imports rows until it is killed. Started by history-kill.test.ts: the file of readings, then the rows of each import. */
import { importedReading, SqliteReadingStore, WorkerHistoryStore } from '@slmm/hub/testing';

const [file = '', unit = '', firstMs = '0', rows = '0'] = process.argv.slice(2);
const readings = await SqliteReadingStore.open(file);
const history = new WorkerHistoryStore({ kind: 'sqlite', file });
const series = Array.from({ length: Number(rows) }, (_, index) =>
  importedReading(unit, { startMs: Number(firstMs) + index * 1000, levelDb: 40 + (index % 30) }, 1),
);
await history.mark();
process.stdout.write('at work\n');
for (let first = 0; ; first = (first + 700) % series.length) {
  await history.compact({ beforeMs: Number.MAX_SAFE_INTEGER, mark: await history.mark(), nowMs: Date.now(), limit: 1 });
  await history.importReadings(unit, series.slice(first, first + 700));
  if (first + 700 >= series.length) break;
}
await history.close();
await readings.close();
