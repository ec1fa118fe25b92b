import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { importedReading } from '../../history/import/imported-reading.ts';
import type { Reading } from '../../history/reading-store.ts';
import { BatchPacker } from '../readings/packed-batch.ts';
import { openForWriting } from '../sqlite/readings-database.ts';
import { ReadingsWriter } from '../sqlite/readings-writer.ts';
import { SqliteHistoryDatabase } from '../sqlite/sqlite-history-database.ts';
import { HistoryTables } from './history-tables.ts';
import { HistoryUpkeep } from './history-upkeep.ts';

const T0 = Date.UTC(2026, 5, 1);

/** A frame, of which only the interval matters here. */
function frameOf(unit: string, seq: number): Reading {
  const row = importedReading(unit, { startMs: T0 + seq * 1000, levelDb: 60 }, 1);
  return { frame: { ...row.frame, epoch: '01JD3EPOCH', seq }, atMs: row.atMs, late: false };
}

describe('HistoryUpkeep', () => {
  let folder: string;
  let tables: HistoryTables;
  let upkeep: HistoryUpkeep;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'slmm-upkeep-'));
    file = join(folder, 'readings.db');
    tables = new HistoryTables(new SqliteHistoryDatabase(file, 'write'));
    upkeep = new HistoryUpkeep(tables);
  });
  afterEach(async () => {
    await upkeep.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const append = (unit: string, first: number, count: number): void => {
    const readings = Array.from({ length: count }, (_, index) => frameOf(unit, first + index));
    const writer = new ReadingsWriter(file);
    const streams = [{ unit, epoch: '01JD3EPOCH', edge: 'site', settled: [[1, 1]] as const, lost: [] }];
    writer.append(new BatchPacker().pack({ readings, streams, deadLetters: [] }));
    writer.close();
  };
  const compact = async (limit: number) => upkeep.compact({ beforeMs: T0 + 1e9, mark: await upkeep.mark(), nowMs: T0, limit });
  const left = async (unit: string): Promise<number> => {
    const key = await tables.unit(unit);
    return key === null ? 0 : (await tables.rows(key, { startMs: 0, endMs: 9e15 })).length;
  };

  it('packs what waits longest first, whosever it is', async () => {
    append('a', 1, 2000);
    append('b', 500, 400);
    const order: number[][] = [];
    for (let round = 0; round < 4; round += 1) {
      await compact(1);
      order.push([await left('a'), await left('b')]);
    }
    expect(order).toEqual([
      [1101, 400],
      [1101, 0],
      [201, 0],
      [0, 0],
    ]);
  });

  it('makes exactly those buckets anew that late readings lie in', async () => {
    append('a', 1, 999);
    append('a', 1010, 2500);
    append('a', 3600 + 900, 900);
    while ((await compact(10)).compacted > 0);
    const written = vi.spyOn(tables, 'putRollups');
    append('a', 1000, 10);
    await compact(10);
    const buckets = written.mock.calls.flatMap(([, rollups]) =>
      rollups.map(({ level, startMs }) => `${level} ${(startMs - T0) / 1000}`),
    );
    const minutes = Array.from({ length: 15 }, (_, index) => `1m ${900 + index * 60}`);
    expect(buckets).toEqual([...minutes, '15m 900', '1h 0']);
  });

  it('passes over a unit whose block is damaged, names it, and packs the others', async () => {
    for (const unit of ['a', 'b']) append(unit, 1, 100);
    await compact(10);
    const database = openForWriting(file);
    database.exec("UPDATE reading_blocks SET bytes = x'07' WHERE unit = 1");
    database.close();
    for (const unit of ['a', 'b']) append(unit, 101, 100);
    expect(await compact(10)).toEqual({ compacted: 1, damaged: ['a'] });
    expect(await compact(10)).toEqual({ compacted: 0, damaged: ['a'] });
    expect([await left('a'), await left('b')]).toEqual([100, 0]);
  });
});
