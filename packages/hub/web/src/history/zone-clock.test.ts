import { describe, expect, it } from 'vitest';
import { instantOf, localDate, localInput, startOfDateMs } from './zone-clock.ts';

const iso = (atMs: number | null): string | null => (atMs === null ? null : new Date(atMs).toISOString().slice(0, 16));

describe('local times of a place', () => {
  it.each([
    ['an ordinary time', '2026-11-24T07:15', 'Europe/Berlin', '2026-11-24T06:15'],
    ['a time that happens twice', '2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T00:30'],
    ['a time that does not exist', '2026-03-29T02:30', 'Europe/Berlin', '2026-03-29T01:30'],
    ['a midnight that does not exist', '2018-11-04T00:00', 'America/Sao_Paulo', '2018-11-04T03:00'],
    ['half an hour of change', '2026-04-05T01:45', 'Australia/Lord_Howe', '2026-04-04T14:45'],
    ['a zone of quarter hours', '2026-06-01T00:00', 'Asia/Kathmandu', '2026-05-31T18:15'],
    ['a place far ahead', '2026-06-01T00:00', 'Pacific/Kiritimati', '2026-05-31T10:00'],
  ])('knows the instant of %s', (_name, local, zone, instant) => {
    expect(iso(instantOf(local, zone))).toBe(instant);
  });

  it('writes what an input takes, and reads it back', () => {
    const atMs = Date.parse('2026-11-24T06:15:30Z');
    expect([localInput(atMs, 'Europe/Berlin'), localDate(atMs, 'America/Denver')]).toEqual(['2026-11-24T07:15:30', '2026-11-23']);
    expect(instantOf(localInput(atMs, 'Europe/Berlin'), 'Europe/Berlin')).toBe(atMs);
  });

  it('takes nothing else for a time', () => {
    expect([instantOf('', 'UTC'), instantOf('yesterday', 'UTC'), instantOf('2026-13-01T00:00', 'UTC')]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('begins the days of 23 and 25 hours where they begin', () => {
    const hours = (date: string, next: string): number =>
      (startOfDateMs(next, 'Europe/Berlin') - startOfDateMs(date, 'Europe/Berlin')) / 3_600_000;
    expect([hours('2026-03-29', '2026-03-30'), hours('2026-10-25', '2026-10-26')]).toEqual([23, 25]);
  });
});
