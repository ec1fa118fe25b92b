import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openForWriting } from './readings-database.ts';
import { SqliteHistoryDatabase } from './sqlite-history-database.ts';

describe('SqliteHistoryDatabase', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'slmm-tables-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('keeps its file in a directory that no other user looks into', () => {
    const file = join(folder, 'data', 'readings.db');
    new SqliteHistoryDatabase(file, 'write').close();
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
  });

  it('gives the room of a packed backlog back to the disk, and keeps the little that will be filled again', () => {
    const file = join(folder, 'readings.db');
    const database = openForWriting(file);
    const fill = (rows: number): void => {
      database.exec('BEGIN');
      const insert = database.prepare(
        'INSERT INTO reading_rows (stream, seq, unit, at_ms, late, body) VALUES (1, ?, 1, ?, 0, ?)',
      );
      for (let row = 0; row < rows; row += 1) insert.run([row, row, Buffer.alloc(3000)]);
      database.exec('COMMIT; DELETE FROM reading_rows; PRAGMA wal_checkpoint(TRUNCATE)');
    };
    const tables = new SqliteHistoryDatabase(file, 'write');
    fill(1000);
    expect(tables.reclaim()).toBe(0);
    fill(10_000);
    const before = statSync(file).size;
    let orders = 0;
    while (tables.reclaim() > 0) orders += 1;
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    expect(orders).toBeGreaterThan(10);
    expect(statSync(file).size).toBeLessThan(before / 2);
    tables.close();
    database.close();
  });
});
