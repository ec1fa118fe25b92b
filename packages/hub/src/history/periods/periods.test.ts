import { existsSync, readFileSync } from 'node:fs';
import { energyOf, equivalentLevel, levelOf } from '@slmm/shared';
import { describe, expect, it } from 'vitest';
import { headroomOf } from '../levels/headroom.ts';
import { ratingLevel, ratingsOn, spanOf, windowsOn } from './periods.ts';
import { nominalHours, type Rating, schemeSchema } from './scheme.ts';
import { END_PARTS, generalScheme, SHIPPED_SCHEMES } from './shipped-schemes.ts';

const iso = (atMs: number): string => new Date(atMs).toISOString().slice(0, 16);

function rating(name: string, scheme = generalScheme(END_PARTS)): Rating {
  const found = scheme.ratings.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} is not in ${scheme.id}`);
  return found;
}

describe('windowsOn', () => {
  it('lets a night belong to the date on which it starts', () => {
    const night = windowsOn(generalScheme(END_PARTS), '2026-06-05', 'Europe/Berlin').find(
      ({ window }) => window.name === 'Lnight',
    );
    expect([iso(night?.startMs ?? 0), iso(night?.endMs ?? 0)]).toEqual(['2026-06-05T21:00', '2026-06-06T05:00']);
  });

  it('has the windows of the weekday and no others', () => {
    const construction = SHIPPED_SCHEMES.find(({ id }) => id === 'construction-11h');
    const names = (date: string): string[] =>
      construction === undefined ? [] : windowsOn(construction, date, 'UTC').map(({ window }) => window.name);
    expect([names('2026-06-05'), names('2026-06-06'), names('2026-06-07')]).toEqual([['weekday'], ['saturday'], []]);
  });

  it('leaves out a window that a clock change swallowed', () => {
    const scheme = {
      ...generalScheme(END_PARTS),
      windows: [{ name: 'gone', days: [7], from: '02:00', to: '03:00', limits: [] }],
    };
    expect(windowsOn(scheme, '2026-03-29', 'Europe/Berlin')).toEqual([]);
    expect(windowsOn(scheme, '2026-10-25', 'Europe/Berlin').map((one) => (one.endMs - one.startMs) / 3_600_000)).toEqual([2]);
  });

  it('takes 00:00 to 00:00 and 00:00 to 24:00 as the whole day', () => {
    for (const to of ['00:00', '24:00']) {
      const { startMs, endMs } = spanOf({ from: '00:00', to }, '2026-10-25', 'Europe/London');
      expect((endMs - startMs) / 3_600_000).toBe(25);
    }
  });
});

describe('shipped schemes', () => {
  it('are as a person could have written them', () => {
    for (const scheme of SHIPPED_SCHEMES) expect(schemeSchema.parse(scheme)).toEqual(scheme);
  });

  it('have ratings whose parts fill 24 hours', () => {
    for (const one of SHIPPED_SCHEMES.flatMap((scheme) => scheme.ratings))
      expect(one.parts.reduce((sum, part) => sum + nominalHours(part), 0)).toBe(24);
  });
});

describe('ratingsOn', () => {
  it('has the ratings of the weekday, and those of every day', () => {
    const part = { from: '06:00', to: '22:00', penalty_db: 0 };
    const ratings = [
      { name: 'workday', days: [1, 2, 3, 4, 5, 6], parts: [part], limits: [] },
      { name: 'Sunday', days: [7], parts: [part], limits: [] },
      { name: 'any day', parts: [part], limits: [] },
    ];
    const names = (date: string): string[] =>
      ratingsOn({ id: 'x', title: 'x', windows: [], ratings }, date).map(({ name }) => name);
    expect([names('2026-11-23'), names('2026-11-29')]).toEqual([
      ['workday', 'any day'],
      ['Sunday', 'any day'],
    ]);
  });
});

describe('ratingLevel', () => {
  it('of a constant level is known', () => {
    expect(ratingLevel(rating('Lden'), [60, 60, 60])).toBeCloseTo(66.395_243, 6);
    expect(ratingLevel(rating('Ldn'), [60, 60])).toBeCloseTo(66.409_781, 6);
  });

  it('is 65 where penalties make 65, 60 and 55 equal', () => {
    expect(ratingLevel(rating('Lden'), [65, 60, 55])).toBeCloseTo(65, 9);
  });

  it('has weights that follow the hours', () => {
    // 13/3/8 as in Portugal: only the weights differ, so a loud evening counts less.
    const portugal = generalScheme({ ...END_PARTS, evening: '20:00' });
    const expected = 10 * Math.log10((13 * 10 ** 5 + 3 * 10 ** 7.5 + 8 * 10 ** 6) / 24);
    expect(ratingLevel(rating('Lden', portugal), [50, 70, 50])).toBeCloseTo(expected, 9);
    expect(expected).toBeLessThan(ratingLevel(rating('Lden'), [50, 70, 50]) ?? 0);
  });

  it('is nothing without all of its parts', () => {
    expect(ratingLevel(rating('Lden'), [60, null, 60])).toBeNull();
  });
});

describe('headroomOf', () => {
  it('is the limit while nothing was made and all time remains', () => {
    expect(headroomOf(65, 39_600_000, 0, null)).toEqual({ allowedDb: 65, spent: 0, remainingMs: 39_600_000 });
  });

  it('keeps the whole period exactly at the limit', () => {
    const { allowedDb, spent } = headroomOf(65, 11 * 3_600_000, 7 * 3_600_000, 62.8);
    const parts = [
      { levelDb: 62.8, seconds: 7 * 3600 },
      { levelDb: allowedDb ?? 0, seconds: 4 * 3600 },
    ];
    expect(equivalentLevel(parts)).toBeCloseTo(65, 9);
    expect(spent).toBeCloseTo((energyOf(62.8) * 7) / (energyOf(65) * 11), 9);
  });

  it('is none when the budget is spent, or the period over', () => {
    expect(headroomOf(65, 4 * 3_600_000, 2 * 3_600_000, 69).allowedDb).toBeNull();
    expect(headroomOf(65, 3_600_000, 3_600_000, 60).allowedDb).toBeNull();
  });
});

const PYTHON = '../shared/data/vectors/python_acoustics_descriptors.json';
const TA_LAERM = '../shared/data/vectors/ta_laerm.json';

interface Descriptors {
  readonly leq_1s: { readonly levels: number[]; readonly expected: number };
  readonly sel_1s: { readonly levels: number[]; readonly expected: number };
  readonly lden: { readonly Lday: number; readonly Levening: number; readonly Lnight: number; readonly expected: number }[];
  readonly lden_analytic: {
    readonly Lday: number;
    readonly Levening: number;
    readonly Lnight: number;
    readonly expected: number;
  }[];
  readonly ldn_15h_9h: { readonly Lday: number; readonly Lnight: number; readonly expected: number }[];
  readonly ldn_constant_60: { readonly expected: number };
  readonly dbsum: { readonly in: number[]; readonly expected: number }[];
}

describe.skipIf(!existsSync(PYTHON))(`descriptors (${PYTHON}, skipped where absent)`, () => {
  const vectors = existsSync(PYTHON) ? (JSON.parse(readFileSync(PYTHON, 'utf8')) as Descriptors) : null;

  it('Leq and SEL of seconds', () => {
    const leq = equivalentLevel((vectors?.leq_1s.levels ?? []).map((levelDb) => ({ levelDb, seconds: 1 })));
    expect(leq).toBeCloseTo(vectors?.leq_1s.expected ?? 0, 6);
    const sel = levelOf((vectors?.sel_1s.levels ?? []).reduce((sum, levelDb) => sum + energyOf(levelDb), 0));
    expect(sel).toBeCloseTo(vectors?.sel_1s.expected ?? 0, 6);
  });

  it('Lden, Ldn and sums', () => {
    for (const one of [...(vectors?.lden ?? []), ...(vectors?.lden_analytic ?? [])])
      expect(ratingLevel(rating('Lden'), [one.Lday, one.Levening, one.Lnight])).toBeCloseTo(one.expected, 6);
    for (const one of vectors?.ldn_15h_9h ?? [])
      expect(ratingLevel(rating('Ldn'), [one.Lday, one.Lnight])).toBeCloseTo(one.expected, 6);
    expect(ratingLevel(rating('Ldn'), [60, 60])).toBeCloseTo(vectors?.ldn_constant_60.expected ?? 0, 6);
    for (const one of vectors?.dbsum ?? [])
      expect(levelOf(one.in.reduce((sum, level) => sum + energyOf(level), 0))).toBeCloseTo(one.expected, 4);
  });
});

interface TaLaerm {
  readonly kt_time_correction: { readonly hours_on: number; readonly reference_h: number; readonly expected_dB: number };
  readonly constant_source_day_supplement_weekday: { readonly expected_increase_over_16h_dB: number };
}

describe.skipIf(!existsSync(TA_LAERM))(`TA Lärm, written as a rating of our own (${TA_LAERM}, skipped where absent)`, () => {
  const vectors = existsSync(TA_LAERM) ? (JSON.parse(readFileSync(TA_LAERM, 'utf8')) as TaLaerm) : null;

  it('a constant source gains 1.93 dB by the sensitive hours 06-07 and 20-22', () => {
    const day: Rating = {
      name: 'Lr day',
      parts: [
        { from: '06:00', to: '07:00', penalty_db: 6 },
        { from: '07:00', to: '20:00', penalty_db: 0 },
        { from: '20:00', to: '22:00', penalty_db: 6 },
      ],
      limits: [],
    };
    const gain = (ratingLevel(day, [50, 50, 50]) ?? 0) - 50;
    expect(gain).toBeCloseTo(vectors?.constant_source_day_supplement_weekday.expected_increase_over_16h_dB ?? 0, 6);
  });

  it('four hours of sixteen are 6 dB less', () => {
    const { hours_on: on = 0, reference_h: of = 0, expected_dB: expected = 0 } = vectors?.kt_time_correction ?? {};
    expect((levelOf((energyOf(60) * on) / of) ?? 0) - 60).toBeCloseTo(expected, 1);
  });
});
