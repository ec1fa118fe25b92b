import { describe, expect, it } from 'vitest';
import { endOfDayMs, formatAge, localDateTime, localTime, startOfDayMs, utcText } from './instant.ts';

const at = (text: string): number => Date.parse(text);

describe('local and UTC times', () => {
  it('shows the wall clock of the zone and keeps UTC for the tool tip', () => {
    const instant = at('2026-11-23T06:41:05.120Z');
    expect(localTime(instant, 'Europe/Berlin')).toBe('07:41:05');
    expect(localDateTime(instant, 'America/Denver')).toBe('22 Nov 2026, 23:41:05');
    expect(utcText(instant)).toBe('2026-11-23 06:41:05 UTC');
  });

  it('counts midnight as 00, never as 24', () => {
    expect(localTime(at('2026-11-23T00:00:00Z'), 'UTC')).toBe('00:00:00');
  });
});

describe('startOfDayMs', () => {
  it.each([
    ['an ordinary day', '2026-06-10T12:00:00Z', 'Europe/Berlin', '2026-06-09T22:00:00Z'],
    ['the very first instant', '2026-06-09T22:00:00Z', 'Europe/Berlin', '2026-06-09T22:00:00Z'],
    ['the day of 25 hours', '2026-10-25T22:30:00Z', 'Europe/Berlin', '2026-10-24T22:00:00Z'],
    ['the day of 23 hours', '2026-03-29T21:00:00Z', 'Europe/Berlin', '2026-03-28T23:00:00Z'],
    ['a day without a midnight', '2026-09-06T12:00:00Z', 'America/Santiago', '2026-09-06T04:00:00Z'],
    ['a zone of quarter hours', '2026-01-10T01:00:00Z', 'Asia/Kathmandu', '2026-01-09T18:15:00Z'],
  ])('finds the beginning of %s', (_name, now, zone, start) => {
    expect(new Date(startOfDayMs(at(now), zone)).toISOString()).toBe(new Date(at(start)).toISOString());
  });
});

describe('endOfDayMs', () => {
  it.each([
    ['an ordinary day', '2026-06-10T12:00:00Z', 'Europe/Berlin', '2026-06-10T22:00:00Z'],
    ['the day of 25 hours', '2026-10-24T22:30:00Z', 'Europe/Berlin', '2026-10-25T23:00:00Z'],
    ['the day of 23 hours', '2026-03-29T21:00:00Z', 'Europe/Berlin', '2026-03-29T22:00:00Z'],
    ['the day before one without a midnight', '2026-09-05T12:00:00Z', 'America/Santiago', '2026-09-06T04:00:00Z'],
  ])('finds the end of %s', (_name, now, zone, end) => {
    expect(new Date(endOfDayMs(at(now), zone)).toISOString()).toBe(new Date(at(end)).toISOString());
  });
});

describe('formatAge', () => {
  it.each([
    [-5000, 'now'],
    [1500, 'now'],
    [42_900, '42 s'],
    [600_000, '10 min'],
    [7_500_000, '2 h 5 min'],
    [190_000_000, '2 d 4 h'],
  ])('says %i ms as %s', (age, text) => {
    expect(formatAge(age)).toBe(text);
  });
});
