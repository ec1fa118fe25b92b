import { describe, expect, it } from 'vitest';
import { importedReading, secondsOf } from './imported-reading.ts';
import { LevelRows } from './level-rows.ts';

const read = (zone: string, lines: readonly string[], header = 'time,level'): string[] => {
  const rows = new LevelRows(header, zone);
  return lines.map((line) => {
    const result = rows.read(line);
    if (result.kind === 'row') return `${new Date(result.row.startMs).toISOString()} ${result.row.levelDb}`;
    return result.kind === 'bad' ? `bad: ${result.reason}` : 'empty';
  });
};

describe('LevelRows', () => {
  it('takes times with an offset as they are and others as local', () => {
    expect(
      read('Europe/Berlin', [
        '2026-06-01T10:00:00Z,50',
        '2026-06-01T10:00:01+05:30,51.5',
        '2026-06-01 10:00:02,52',
        '2026/06/01 10:00:03.25,"53"',
      ]),
    ).toEqual([
      '2026-06-01T10:00:00.000Z 50',
      '2026-06-01T04:30:01.000Z 51.5',
      '2026-06-01T08:00:02.000Z 52',
      '2026-06-01T08:00:03.250Z 53',
    ]);
  });

  it('reads semicolons with decimal commas, and tabs', () => {
    expect(read('UTC', ['2026-06-01 10:00:00;44,085907'], 'datetime;LEQ dB-A')).toEqual(['2026-06-01T10:00:00.000Z 44.085907']);
    expect(read('UTC', ['2026-06-01 10:00:00\t44.1'], 'datetime\tLEQ')).toEqual(['2026-06-01T10:00:00.000Z 44.1']);
    expect(read('UTC', ['"2026-06-01 10:00:00","44,1","a,b"', '2026-06-01 10:00:01 , 45 ,x'])).toEqual([
      '2026-06-01T10:00:00.000Z 44.1',
      '2026-06-01T10:00:01.000Z 45',
    ]);
  });

  it('takes a doubled time as the first, and as the second once the series steps back', () => {
    expect(
      read('Europe/Berlin', [
        '2026-10-25 02:00:00,50',
        '2026-10-25 02:59:59,51',
        '2026-10-25 02:00:00,52',
        '2026-10-25 02:00:01,53',
        '2026-10-25 03:00:00,54',
      ]),
    ).toEqual([
      '2026-10-25T00:00:00.000Z 50',
      '2026-10-25T00:59:59.000Z 51',
      '2026-10-25T01:00:00.000Z 52',
      '2026-10-25T01:00:01.000Z 53',
      '2026-10-25T02:00:00.000Z 54',
    ]);
  });

  it('takes a row that is out of order or comes twice for no sign of the second hour', () => {
    expect(
      read('Europe/Berlin', [
        '2026-10-25 02:30:00,50',
        '2026-10-25 02:30:00,50',
        '2026-10-25 02:30:02,51',
        '2026-10-25 02:30:01,52',
        '2026-10-25 02:59:00,53',
        '2026-10-25 02:58:00,54',
        '2026-10-25 02:58:00,54',
      ]),
    ).toEqual([
      '2026-10-25T00:30:00.000Z 50',
      '2026-10-25T00:30:00.000Z 50',
      '2026-10-25T00:30:02.000Z 51',
      '2026-10-25T00:30:01.000Z 52',
      '2026-10-25T00:59:00.000Z 53',
      '2026-10-25T01:58:00.000Z 54',
      '2026-10-25T01:58:00.000Z 54',
    ]);
  });

  it('knows the two hours of a series that is newest first', () => {
    expect(
      read('America/New_York', [
        '2026-11-01 02:30:00,49',
        '2026-11-01 02:00:00,50',
        '2026-11-01 01:30:00,51',
        '2026-11-01 01:00:00,52',
        '2026-11-01 01:30:00,53',
        '2026-11-01 01:00:00,54',
        '2026-11-01 00:30:00,55',
      ]),
    ).toEqual([
      '2026-11-01T07:30:00.000Z 49',
      '2026-11-01T07:00:00.000Z 50',
      '2026-11-01T06:30:00.000Z 51',
      '2026-11-01T06:00:00.000Z 52',
      '2026-11-01T05:30:00.000Z 53',
      '2026-11-01T05:00:00.000Z 54',
      '2026-11-01T04:30:00.000Z 55',
    ]);
  });

  it('refuses years that no meter has seen', () => {
    expect(read('UTC', ['1969-12-31 23:59:59,50', '2200-01-01 00:00:00,50'])).toEqual([
      'bad: 1969-12-31 23:59:59 is not in the years 1970 to 2199',
      'bad: 2200-01-01 00:00:00 is not in the years 1970 to 2199',
    ]);
  });

  it('refuses a time that no clock showed', () => {
    expect(read('Europe/Berlin', ['2026-03-29 02:30:00,50'])[0]).toMatch(/^bad: no clock in Europe\/Berlin showed/);
  });

  it('knows rows without a level from rows that are wrong', () => {
    expect(
      read('UTC', ['2026-06-01 10:00:00,', '2026-06-01 10:00:00,-.-', '', '2026-06-01 10:00:00,NaN', '2026-06-01 10:00:00']),
    ).toEqual(Array.from({ length: 5 }, () => 'empty'));
    expect(
      read('UTC', [
        '2026-06-01 10:00:00,loud',
        '01.06.2026 10:00,50',
        '2026-02-30 10:00:00,50',
        '2026-06-01 25:00:00,50',
        '2026-06-01 10:30:75,50',
        '2026-06-01 10:00:00,999',
      ]),
    ).toEqual([
      'bad: "loud" is no level',
      'bad: "01.06.2026 10:00" is no time like 2026-11-23 06:41:05 or 2026-11-23T06:41:05Z',
      'bad: there is no 2026-02-30 10:00:00',
      'bad: there is no 2026-06-01 25:00:00',
      'bad: there is no 2026-06-01 10:30:75',
      'bad: 999 dB is no level that was ever measured',
    ]);
  });
});

describe('importedReading', () => {
  it('is the same reading for the same row, and another one for the next', () => {
    const row = { startMs: Date.UTC(2026, 5, 1), levelDb: 50 };
    const key = (startMs: number, seconds: 1 | 60): string => {
      const { frame } = importedReading('U', { ...row, startMs }, seconds);
      return `${frame.epoch} ${frame.seq}`;
    };
    expect(importedReading('U', row, 1)).toEqual(importedReading('U', row, 1));
    expect(new Set([row.startMs, row.startMs + 998, row.startMs + 1000].flatMap((at) => [key(at, 1), key(at, 60)])).size).toBe(6);
    expect(importedReading('U', row, 60)).toMatchObject({ atMs: row.startMs, frame: { at: '2026-06-01T00:00:00.000Z' } });
  });
});

describe('secondsOf', () => {
  it('is told by most of the steps', () => {
    expect([
      secondsOf([0, 1000, 2000, 9000, 10_000]),
      secondsOf([0, 60_000, 120_000]),
      secondsOf([0, 5000, 10_000]),
      secondsOf([0]),
      secondsOf([120_000, 60_000, 0]),
    ]).toEqual([1, 60, null, null, 60]);
  });
});
