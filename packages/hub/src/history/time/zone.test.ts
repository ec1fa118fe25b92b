import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generalScheme, END_PARTS } from '../periods/shipped-schemes.ts';
import { windowsOn } from '../periods/periods.ts';
import { bucketBounds, bucketStart } from '../levels/resolution.ts';
import {
  addDays,
  dayBounds,
  instantsShowing,
  isIanaZone,
  isLocalDate,
  isTimeOfDay,
  localDateOf,
  localTimeMs,
  weekdayOf,
} from './zone.ts';

const VECTORS = '../shared/data/vectors/timezone_dst_periods.json';
const iso = (atMs: number): string => new Date(atMs).toISOString().replace('.000Z', 'Z');
const at = (text: string): number => Date.parse(text);

describe('local time', () => {
  it('is the first of two equal times, and both are known', () => {
    expect(iso(localTimeMs('2026-10-25', '02:30', 'Europe/Berlin'))).toBe('2026-10-25T00:30:00Z');
    expect(instantsShowing(at('2026-10-25T02:30:00Z'), 'Europe/Berlin').map(iso)).toEqual([
      '2026-10-25T00:30:00Z',
      '2026-10-25T01:30:00Z',
    ]);
  });

  it('is moved forward where it does not exist', () => {
    expect(iso(localTimeMs('2026-03-29', '02:30', 'Europe/Berlin'))).toBe('2026-03-29T01:30:00Z');
    expect(iso(localTimeMs('2026-03-08', '02:00', 'America/New_York'))).toBe('2026-03-08T07:00:00Z');
    expect(instantsShowing(at('2026-03-29T02:30:00Z'), 'Europe/Berlin')).toEqual([]);
  });

  it('has days of 23, 24, 25, 23.5 and 24.5 hours', () => {
    const hours = (date: string, zone: string): number => {
      const { startMs, endMs } = dayBounds(date, zone);
      return (endMs - startMs) / 3_600_000;
    };
    expect([
      hours('2026-03-29', 'Europe/Berlin'),
      hours('2026-06-01', 'Europe/Berlin'),
      hours('2026-10-25', 'Europe/Berlin'),
    ]).toEqual([23, 24, 25]);
    expect([hours('2026-10-04', 'Australia/Lord_Howe'), hours('2026-04-05', 'Australia/Lord_Howe')]).toEqual([23.5, 24.5]);
    expect(hours('2011-12-30', 'Pacific/Apia')).toBe(0);
  });

  it('begins a day one hour late where midnight itself is skipped', () => {
    expect(iso(dayBounds('2018-11-04', 'America/Sao_Paulo').startMs)).toBe('2018-11-04T03:00:00Z');
    expect(localDateOf(at('2018-11-04T02:59:59Z'), 'America/Sao_Paulo')).toBe('2018-11-03');
  });

  it('knows dates, weekdays and what is neither date nor time', () => {
    expect([addDays('2028-02-28', 1), addDays('2026-03-01', -1), weekdayOf('2026-11-23'), weekdayOf('2026-11-29')]).toEqual([
      '2028-02-29',
      '2026-02-28',
      1,
      7,
    ]);
    expect(['2026-02-30', '2026-2-3', 'today', '2026-12-31'].map(isLocalDate)).toEqual([false, false, false, true]);
    expect(['24:00', '24:01', '7:00', '23:59'].map(isTimeOfDay)).toEqual([true, false, false, true]);
    expect([isIanaZone('Asia/Kathmandu'), isIanaZone('Mars/Olympus')]).toEqual([true, false]);
  });
});

describe('buckets', () => {
  it('of days follow the zone', () => {
    expect(iso(bucketStart(at('2026-06-01T18:00:00Z'), '1d', 'Asia/Kathmandu'))).toBe('2026-05-31T18:15:00Z');
    expect(bucketBounds(at('2026-03-28T23:00:00Z'), at('2026-03-31T00:00:00Z'), '1d', 'Europe/Berlin').map(iso)).toEqual([
      '2026-03-28T23:00:00Z',
      '2026-03-29T22:00:00Z',
      '2026-03-30T22:00:00Z',
      '2026-03-31T22:00:00Z',
    ]);
  });

  it('of hours begin with the hours of the zone, also where these are no hours of UTC', () => {
    expect(bucketBounds(at('2026-06-01T10:07:00Z'), at('2026-06-01T11:40:00Z'), '1h', 'Asia/Kolkata').map(iso)).toEqual([
      '2026-06-01T09:30:00Z',
      '2026-06-01T10:30:00Z',
      '2026-06-01T11:30:00Z',
      '2026-06-01T12:30:00Z',
    ]);
    expect(bucketBounds(at('2026-06-01T10:00:00Z'), at('2026-06-01T11:00:00Z'), '1h', 'Europe/Berlin').map(iso)).toEqual([
      '2026-06-01T10:00:00Z',
      '2026-06-01T11:00:00Z',
    ]);
    const lordHowe = dayBounds('2026-10-04', 'Australia/Lord_Howe');
    const bounds = bucketBounds(lordHowe.startMs, lordHowe.endMs, '1h', 'Australia/Lord_Howe');
    expect([bounds.length, (bounds.at(-1) ?? 0) - (bounds.at(-2) ?? 0)]).toEqual([25, 1_800_000]);
  });

  it('of a day that was skipped do not exist', () => {
    const bounds = bucketBounds(at('2011-12-29T12:00:00Z'), at('2011-12-31T09:00:00Z'), '1d', 'Pacific/Apia');
    expect(bounds.map(iso)).toEqual(['2011-12-29T10:00:00Z', '2011-12-30T10:00:00Z', '2011-12-31T10:00:00Z']);
  });

  it('cover a range that begins and ends inside of them', () => {
    expect(bucketBounds(at('2026-06-01T10:07:00Z'), at('2026-06-01T10:31:00Z'), '15m', 'UTC').map(iso)).toEqual([
      '2026-06-01T10:00:00Z',
      '2026-06-01T10:15:00Z',
      '2026-06-01T10:30:00Z',
      '2026-06-01T10:45:00Z',
    ]);
  });

  it('start at quarter-hours of UTC at every midnight of the zones in use', () => {
    for (const zone of [
      'Asia/Kathmandu',
      'Australia/Eucla',
      'Pacific/Chatham',
      'America/St_Johns',
      'Asia/Kolkata',
      'Australia/Lord_Howe',
    ])
      for (let date = '2026-01-01'; date < '2027-01-01'; date = addDays(date, 1))
        expect(dayBounds(date, zone).startMs % 900_000).toBe(0);
  });
});

interface PeriodVectors {
  readonly cases: readonly {
    readonly zone: string;
    readonly date: string;
    readonly periods: Readonly<Record<string, { readonly start: string; readonly end: string; readonly hours: number }>>;
  }[];
}

describe.skipIf(!existsSync(VECTORS))(`bounds on days when clocks change (${VECTORS}, skipped where absent)`, () => {
  const { cases } = existsSync(VECTORS) ? (JSON.parse(readFileSync(VECTORS, 'utf8')) as PeriodVectors) : { cases: [] };
  const names: Readonly<Record<string, string>> = { Lday: 'day', Levening: 'evening', Lnight: 'night' };

  it.each(cases.map((one) => [one.zone, one.date, one] as const))('%s %s', (zone, date, { periods }) => {
    const found: Record<string, { start: string; end: string; hours: number }> = Object.fromEntries(
      windowsOn(generalScheme(END_PARTS), date, zone).map(({ window, startMs, endMs }) => [
        names[window.name],
        { start: iso(startMs), end: iso(endMs), hours: (endMs - startMs) / 3_600_000 },
      ]),
    );
    const day = dayBounds(date, zone);
    found['local_midnight_day'] = { start: iso(day.startMs), end: iso(day.endMs), hours: (day.endMs - day.startMs) / 3_600_000 };
    expect(found).toEqual(periods);
  });
});
