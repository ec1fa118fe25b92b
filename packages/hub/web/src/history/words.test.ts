import { describe, expect, it } from 'vitest';
import { figures } from './figures-example.ts';
import type { LimitView } from './history-api.ts';
import {
  basisText,
  calibrationText,
  caveats,
  checkText,
  headroomText,
  lengthText,
  levelFacts,
  limitText,
  resolutionText,
  windowText,
} from './words.ts';

const DAY = figures('2026-11-24T00:00:00Z', '2026-11-25T00:00:00Z', { ln: { 90: 44.1, 5: 60.02, 10: 58 } });
const LIMIT: LimitView = {
  of: 'leq',
  limit: 65,
  t: null,
  mode: null,
  note: null,
  level: 63.24,
  exceeded: false,
  max: null,
  headroom: null,
};

it.each([
  [0, '0 s'],
  [45, '45 s'],
  [90, '1 min 30 s'],
  [900, '15 min'],
  [5400, '1 h 30 min'],
  [90_061, '1 d 1 h'],
])('says %d seconds as %s', (seconds, text) => {
  expect(lengthText(seconds)).toBe(text);
});

describe('figures in words', () => {
  it('lists levels with their times, percentiles in order', () => {
    expect(levelFacts(DAY).map(({ name, index, value }) => `${name}${index} ${value}`)).toEqual([
      'Leq 55.0',
      'LE 84.6',
      'Lmax 71.3',
      'Lmin 40.0',
      'L5 60.0',
      'L10 58.0',
      'L90 44.1',
    ]);
    expect(levelFacts({ ...DAY, lpeak: 96, lpeak_at: DAY.start }).find((fact) => fact.index === 'peak')).toMatchObject({
      value: '96.0',
      at: DAY.start,
    });
  });

  it('says what a reader must know before signing, and nothing of what is in order', () => {
    const left = { masked: 'out', overload: 'out' };
    expect(caveats(DAY, 0.75, left)).toEqual([]);
    const poor = { ...DAY, coverage: 0.5, sufficient: false, masked_s: 3600, over_s: 12, under_s: 60 };
    expect(caveats(poor, 0.75, left)).toEqual([
      'Only 50.0 % of the time was measured; 75.0 % are needed.',
      'Masked and left out: 1 h.',
      'Overloaded and left out: 12 s; the true level is higher.',
      'Below the meter’s range: 1 min; the minimum and high LN are upper bounds.',
    ]);
    expect(caveats({ ...DAY, masked_s: 60, over_s: 1 }, 0.75, { masked: 'in', overload: 'in' })).toEqual([
      'Masked but counted here: 1 min.',
      'Overloaded: 1 s; the levels are lower bounds.',
    ]);
  });

  it('says of which levels the basis makes bounds', () => {
    const said = (basis: string): string[] => caveats({ ...DAY, basis }, 0.75, { masked: 'out', overload: 'out' });
    expect(said('drd')).toEqual([]);
    expect(said('drd+lp')).toEqual(['Estimated: Lmax and Lpeak may be too low and Lmin too high, as the meter was sampled.']);
    expect(said('import')).toEqual(['Imported: Lmax and Lmin are the highest and lowest of the levels in the series.']);
  });

  it('says widths of buckets with their unit', () => {
    expect(['1s', '15m', '6h', '1d'].map(resolutionText)).toEqual(['1 s', '15 min', '6 h', '1 d']);
  });

  it('says how levels are known', () => {
    expect([basisText('drd'), basisText('drd+lp'), basisText(null)]).toEqual([
      'exact, from the 100 ms stream',
      'exact, from the 100 ms stream; estimated from samples of Lp',
      'nothing was measured',
    ]);
  });
});

describe('limits in words', () => {
  it.each([
    [LIMIT, 'Leq ≤ 65.0 dB: kept (63.2 dB)', 'good'],
    [{ ...LIMIT, level: 66, exceeded: true }, 'Leq ≤ 65.0 dB: exceeded (66.0 dB)', 'alarm'],
    [{ ...LIMIT, level: null, exceeded: null }, 'Leq ≤ 65.0 dB: nothing measured', 'plain'],
    [{ ...LIMIT, t: 900, mode: 'clock' as const }, 'Leq,15min (by the clock) ≤ 65.0 dB: kept (63.2 dB)', 'good'],
    [{ ...LIMIT, t: 39_600, mode: 'moving' as const }, 'Leq,11h (moving) ≤ 65.0 dB: kept (63.2 dB)', 'good'],
    [{ ...LIMIT, of: 'ln:10' }, 'L10 ≤ 65.0 dB: kept (63.2 dB)', 'good'],
    [{ ...LIMIT, of: 'lmax', level: null, exceeded: true }, 'Lmax ≤ 65.0 dB: exceeded', 'alarm'],
  ])('%j', (limit, text, tone) => {
    expect(limitText(limit)).toEqual({ text, tone });
  });

  it('says what may still be made', () => {
    expect(headroomText({ allowed: 66.04, spent: 0.4, remaining_s: 12_600 })).toEqual({
      text: '40 % of the energy is used; 66.0 dB on average are possible for the remaining 3 h 30 min',
      tone: 'plain',
    });
    expect(headroomText({ allowed: 58, spent: 0.9, remaining_s: 60 }).tone).toBe('warn');
    expect(headroomText({ allowed: null, spent: 1.2, remaining_s: 60 })).toEqual({
      text: '120 % of the energy is used: the limit is spent',
      tone: 'alarm',
    });
  });

  it('says of a period what the checks around it say', () => {
    expect(calibrationText({ drift: null, within_limit: null })).toBeNull();
    expect(calibrationText({ drift: -0.6, within_limit: false })).toEqual({
      text: 'drift −0.6 dB between the checks: more than 0.5 dB',
      tone: 'alarm',
    });
    const check = {
      id: 'c',
      at: DAY.start,
      kind: 'after' as const,
      reference: 94,
      measured: 94.2,
      deviation: 0.2,
      author: 'a',
      note: null,
    };
    expect([checkText(check), checkText({ ...check, drift: 0.1 })]).toEqual([
      '94.2 dB at 94.0 dB (+0.2 dB)',
      '94.2 dB at 94.0 dB (+0.2 dB), drift +0.1 dB',
    ]);
    expect(windowText(5400)).toBe('Leq,1h30min');
  });
});
