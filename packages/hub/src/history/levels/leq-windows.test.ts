import { energyOf, levelOf } from '@slmm/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cells } from './cells.ts';
import { clockWindows, loudestOf, movingWindows } from './leq-windows.ts';

const T0 = Date.UTC(2026, 5, 1);
const HOUR_MS = 3_600_000;
const iso = (atMs: number): string => new Date(atMs).toISOString().slice(0, 16);

/** Cells of one second; `null` is a second without a level. */
function seconds(levels: readonly (number | null)[]): Cells {
  return {
    startMs: T0,
    cellMs: 1000,
    energy: Float64Array.from(levels, (level) => (level === null ? 0 : energyOf(level))),
    validMs: Float64Array.from(levels, (level) => (level === null ? 0 : 1000)),
  };
}

describe('movingWindows', () => {
  it('are what adding up each window says, however they overlap', () => {
    const levels = fc.array(fc.option(fc.integer({ min: 200, max: 1300 }).map((tenths) => tenths / 10)), {
      minLength: 1,
      maxLength: 80,
    });
    fc.assert(
      fc.property(levels, fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 40 }), (series, window, step) => {
        const found = [...movingWindows(seconds(series), window, step)];
        const starts = Array.from({ length: series.length }, (_, index) => index).filter(
          (index) => index % step === 0 && index + window <= series.length,
        );
        expect(found.length).toBe(starts.length);
        for (const [place, start] of starts.entries()) {
          const inside = series.slice(start, start + window).filter((level) => level !== null);
          const expected =
            inside.length === 0 ? null : levelOf(inside.reduce((sum, level) => sum + energyOf(level), 0) / inside.length);
          expect(found[place]?.startMs).toBe(T0 + start * 1000);
          expect(found[place]?.coverage).toBeCloseTo(inside.length / window, 12);
          if (expected === null) expect(found[place]?.leqDb).toBeNull();
          else expect(found[place]?.leqDb).toBeCloseTo(expected, 9);
        }
      }),
    );
  });

  it('keep no trace of a loud second that has left them', () => {
    const levels = [140, ...Array.from({ length: 99 }, () => 20)];
    expect([...movingWindows(seconds(levels), 10, 1)].at(-1)?.leqDb).toBeCloseTo(20, 9);
  });

  it('have their loudest among those with enough coverage', () => {
    const levels = [
      ...Array.from({ length: 10 }, () => 50),
      90,
      ...Array.from({ length: 9 }, () => null),
      ...Array.from({ length: 10 }, () => 60),
    ];
    const loudest = loudestOf(movingWindows(seconds(levels), 5, 5), 0.75);
    expect(loudest).toMatchObject({ startMs: T0 + 20_000, leqDb: expect.closeTo(60, 9) as number });
  });
});

describe('clockWindows', () => {
  const starts = (from: string, to: string, windowMs: number, zone: string): string[] =>
    [...clockWindows(Date.parse(from), Date.parse(to), windowMs, zone)].map((one) => iso(one.startMs));

  it('lie within the range and begin at full multiples from local midnight', () => {
    expect(starts('2026-06-01T10:07:00Z', '2026-06-01T11:00:00Z', 900_000, 'UTC')).toEqual([
      '2026-06-01T10:15',
      '2026-06-01T10:30',
      '2026-06-01T10:45',
    ]);
    expect(starts('2026-06-01T00:00:00Z', '2026-06-01T03:00:00Z', HOUR_MS, 'Asia/Kathmandu')).toEqual([
      '2026-06-01T00:15',
      '2026-06-01T01:15',
    ]);
  });

  it('begin anew at midnight where T does not divide the day', () => {
    expect(starts('2026-06-01T20:00:00Z', '2026-06-02T08:00:00Z', 7 * HOUR_MS, 'UTC')).toEqual(['2026-06-02T00:00']);
  });

  it('of whole days have 23 or 25 hours when clocks change', () => {
    const days = [
      ...clockWindows(Date.parse('2026-03-27T12:00:00Z'), Date.parse('2026-03-31T00:00:00Z'), 24 * HOUR_MS, 'Europe/Berlin'),
    ];
    expect(days.map(({ startMs, endMs }) => [iso(startMs), (endMs - startMs) / HOUR_MS])).toEqual([
      ['2026-03-27T23:00', 24],
      ['2026-03-28T23:00', 23],
      ['2026-03-29T22:00', 24],
    ]);
  });
});
