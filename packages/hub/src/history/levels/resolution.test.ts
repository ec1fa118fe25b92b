import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketBounds, bucketCount, RESOLUTION_NAMES, resolutionFor, widthMsOf } from './resolution.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/Sao_Paulo'];

/** What a clock of the zone shows, by Intl. */
const shown = (atMs: number, zone: string): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(atMs);

describe('resolutionFor', () => {
  it('is the finest stored level that fits into the points', () => {
    expect([0.5, 24, 24 * 7, 24 * 60, 24 * 365].map((hours) => resolutionFor(0, hours * HOUR_MS, 2000))).toEqual([
      '1s',
      '1m',
      '15m',
      '1h',
      '1d',
    ]);
    expect(resolutionFor(0, 365 * 100 * DAY_MS, 2000)).toBe('1d');
  });

  it('comes near to the points wanted where any width will do', () => {
    const chosen = [1, 24, 24 * 7, 24 * 31, 24 * 365].map((hours) => resolutionFor(0, hours * HOUR_MS, 2000, true));
    expect(chosen).toEqual(['5s', '1m', '10m', '30m', '6h']);
    for (const name of RESOLUTION_NAMES) expect([name, DAY_MS % widthMsOf(name)]).toEqual([name, 0]);
  });
});

describe('bucketBounds', () => {
  it('cover the range without a hole, none too many, in every zone', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2018, 0, 1), max: Date.UTC(2027, 0, 1) }),
        fc.integer({ min: 1, max: 3 * DAY_MS }),
        fc.constantFrom(...RESOLUTION_NAMES.slice(4)),
        fc.constantFrom(...ZONES),
        (fromMs, lengthMs, name, zone) => {
          const toMs = fromMs + lengthMs;
          const bounds = bucketBounds(fromMs, toMs, name, zone);
          expect(bounds).toEqual([...new Set(bounds)].toSorted((a, b) => a - b));
          expect(bounds[0]).toBeLessThanOrEqual(fromMs);
          expect(bounds[1]).toBeGreaterThan(fromMs);
          expect(bounds.at(-1)).toBeGreaterThanOrEqual(toMs);
          expect(bounds.at(-2)).toBeLessThan(toMs);
          expect(Math.abs(bounds.length - 1 - bucketCount(fromMs, toMs, name))).toBeLessThanOrEqual(3);
        },
      ),
    );
  });

  it('begin where the clock shows a multiple of the width', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2018, 0, 1), max: Date.UTC(2027, 0, 1) }),
        fc.constantFrom(...RESOLUTION_NAMES.slice(4)),
        fc.constantFrom('UTC', 'Asia/Kathmandu', 'Asia/Kolkata', 'Asia/Tokyo'),
        (fromMs, name, zone) => {
          for (const boundMs of bucketBounds(fromMs, fromMs + 2 * widthMsOf(name), name, zone)) {
            const clock = shown(boundMs, zone).slice(11).split(':').map(Number);
            const ofDayMs = (((clock[0] ?? 0) * 60 + (clock[1] ?? 0)) * 60 + (clock[2] ?? 0)) * 1000;
            expect(ofDayMs % widthMsOf(name)).toBe(0);
          }
        },
      ),
    );
  });

  it('keep to the clock over a change of it: one bucket of several hours is longer or shorter', () => {
    const hours = (from: string, zone: string): (string | number)[][] => {
      const fromMs = Date.parse(from);
      const bounds = bucketBounds(fromMs, fromMs + 24 * HOUR_MS, '6h', zone);
      return bounds
        .slice(1, 5)
        .map((endMs, index) => [shown(bounds[index] ?? 0, zone).slice(5, 16), (endMs - (bounds[index] ?? 0)) / HOUR_MS]);
    };
    expect(hours('2026-10-24T22:00:00Z', 'Europe/Berlin')).toEqual([
      ['10-25 00:00', 7],
      ['10-25 06:00', 6],
      ['10-25 12:00', 6],
      ['10-25 18:00', 6],
    ]);
    expect(hours('2026-03-28T23:00:00Z', 'Europe/Berlin').map(([, length]) => length)).toEqual([5, 6, 6, 6]);
    expect(hours('2018-11-04T03:00:00Z', 'America/Sao_Paulo')).toEqual([
      ['11-04 01:00', 5],
      ['11-04 06:00', 6],
      ['11-04 12:00', 6],
      ['11-04 18:00', 6],
    ]);
  });
});
