import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coverPlan } from './cover-plan.ts';
import { STORED_LEVELS } from '../levels/rollup-levels.ts';
import { overlapMs, unionOf, without } from '../time/spans.ts';

const T0 = Date.UTC(2026, 5, 1);
const iso = (atMs: number): string => new Date(atMs).toISOString().slice(11, 23);
const shown = (from: string, to: string, stale: [string, string][] = []): string[] =>
  coverPlan(
    { startMs: Date.parse(`2026-06-01T${from}Z`), endMs: Date.parse(`2026-06-01T${to}Z`) },
    unionOf(
      stale.map(([start, end]) => ({ startMs: Date.parse(`2026-06-01T${start}Z`), endMs: Date.parse(`2026-06-01T${end}Z`) })),
    ),
  ).map((piece) => `${piece.from} ${iso(piece.startMs)} ${iso(piece.endMs)}`);

describe('coverPlan', () => {
  it('takes the coarsest buckets that fit, and readings where a minute is cut', () => {
    expect(shown('09:44:30', '12:16:00')).toEqual([
      'readings 09:44:30.000 09:45:00.000',
      '15m 09:45:00.000 10:00:00.000',
      '1h 10:00:00.000 12:00:00.000',
      '15m 12:00:00.000 12:15:00.000',
      '1m 12:15:00.000 12:16:00.000',
    ]);
  });

  it('goes down to readings where rollups are stale, and no further than needed', () => {
    expect(shown('10:00:00', '12:00:00', [['10:20:10', '10:20:20']])).toEqual([
      '15m 10:00:00.000 10:15:00.000',
      '1m 10:15:00.000 10:20:00.000',
      'readings 10:20:00.000 10:21:00.000',
      '1m 10:21:00.000 10:30:00.000',
      '15m 10:30:00.000 11:00:00.000',
      '1h 11:00:00.000 12:00:00.000',
    ]);
  });

  const span = fc.tuple(fc.integer({ min: 0, max: 40_000 }), fc.integer({ min: 1, max: 20_000 })).map(([start, length]) => ({
    startMs: T0 + start * 700,
    endMs: T0 + (start + length) * 700,
  }));

  it('covers every span exactly once, in whole buckets that are not stale', () => {
    fc.assert(
      fc.property(span, fc.array(span, { maxLength: 3 }), (wanted, holes) => {
        const stale = unionOf(holes);
        const pieces = coverPlan(wanted, stale);
        expect(unionOf(pieces)).toEqual([wanted]);
        expect(pieces.reduce((sum, piece) => sum + piece.endMs - piece.startMs, 0)).toBe(wanted.endMs - wanted.startMs);
        for (const piece of pieces) {
          const level = STORED_LEVELS.find(({ name }) => name === piece.from);
          if (level === undefined) continue;
          expect([piece.startMs % level.widthMs, piece.endMs % level.widthMs]).toEqual([0, 0]);
          expect(overlapMs(piece, stale)).toBe(0);
        }
      }),
    );
  });
});

describe('spans', () => {
  it('are joined and cut half-open', () => {
    const joined = unionOf([
      { startMs: 5, endMs: 7 },
      { startMs: 0, endMs: 2 },
      { startMs: 2, endMs: 3 },
      { startMs: 9, endMs: 9 },
    ]);
    expect(joined).toEqual([
      { startMs: 0, endMs: 3 },
      { startMs: 5, endMs: 7 },
    ]);
    expect(without({ startMs: 1, endMs: 10 }, joined)).toEqual([
      { startMs: 3, endMs: 5 },
      { startMs: 7, endMs: 10 },
    ]);
  });
});
