import { describe, expect, it } from 'vitest';
import { importLevels, type ImportOrder, type ImportReport, NoSeries } from './import-levels.ts';
import type { Reading } from '../reading-store.ts';

/** Keeps what it is given, each reading once. */
class FakeStore {
  readonly kept = new Map<string, Reading>();

  importReadings(_unit: string, readings: readonly Reading[]): Promise<{ stored: number }> {
    const before = this.kept.size;
    for (const reading of readings) {
      const key = `${reading.frame.epoch} ${reading.frame.seq}`;
      if (!this.kept.has(key)) this.kept.set(key, reading);
    }
    return Promise.resolve({ stored: this.kept.size - before });
  }
}

async function* linesOf(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

const order: ImportOrder = { unit: 'U', zone: 'Europe/Berlin', seconds: null };
const run = (lines: readonly string[], store = new FakeStore(), more: Partial<ImportOrder> = {}): Promise<ImportReport> =>
  importLevels({ ...order, ...more }, linesOf(lines), store, () => undefined);
const rows = (count: number, stepSeconds = 1): string[] =>
  Array.from(
    { length: count },
    (_, index) => `${new Date(Date.UTC(2026, 5, 1) + index * stepSeconds * 1000).toISOString()},${50 + (index % 10)}`,
  );

describe('importLevels', () => {
  it('stores rows of one second, and nothing more the second time', async () => {
    const store = new FakeStore();
    const lines = ['time,level', ...rows(20_000), ''];
    expect(await run(lines, store)).toMatchObject({ seconds: 1, rows: 20_000, stored: 20_000, known: 0, refused: 0 });
    expect(await run(lines, store)).toMatchObject({ stored: 0, known: 20_000 });
  });

  it('tells minutes from seconds, and the span that is covered', async () => {
    expect(await run(['time,level', ...rows(5, 60)])).toMatchObject({
      seconds: 60,
      fromMs: Date.UTC(2026, 5, 1),
      toMs: Date.UTC(2026, 5, 1) + 300_000,
    });
  });

  it('counts what it cannot take and says why, and goes on', async () => {
    const report = await run(['time,level', ...rows(3), '2026-06-01T00:00:03Z,-.-', '2026-03-29 02:30:00,50', 'x,50']);
    expect(report).toMatchObject({ rows: 6, stored: 3, empty: 1, refused: 2 });
    expect(report.reasons).toEqual([
      expect.stringMatching(/^line 6: no clock in/),
      expect.stringMatching(/^line 7: "x" is no time/),
    ]);
  });

  it('refuses a file without a header, an empty one, one without a row, and steps that it does not know', async () => {
    await expect(run(rows(3))).rejects.toThrow(NoSeries);
    await expect(run([])).rejects.toThrow('the file is empty');
    await expect(run(['time,level', 'a,b'])).rejects.toThrow(/no row could be read: line 2/);
    await expect(run(['time,level', ...rows(5, 7)])).rejects.toThrow(/--seconds 1 or --seconds 60/);
    await expect(run(['time,level', ...rows(5)], new FakeStore(), { seconds: 60 })).rejects.toThrow(
      'its rows are 1 s apart, so they cannot be intervals of 60 s',
    );
  });

  it('reads past a byte order mark', async () => {
    expect(await run(['\uFEFFtime;level', '2026-06-01 10:00:00;50,5', '2026-06-01 10:00:01;51,5'])).toMatchObject({ stored: 2 });
  });
});
