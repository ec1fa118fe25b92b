import { describe, expect, it } from 'vitest';
import { EMPTY_ROLLUP } from './rollup.ts';
import { rollupsOf } from './rollup-of.ts';
import { exceeds, statisticsOf } from './statistics.ts';
import type { Stretch } from './stretch.ts';

const stretch = (second: number, leqDb: number, over = false): Stretch => ({
  startMs: second * 1000,
  endMs: (second + 1) * 1000,
  atMs: (second + 1) * 1000,
  measuredMs: 1000,
  leqDb,
  lmaxDb: leqDb + 3,
  lminDb: leqDb - 3,
  lpeakDb: leqDb + 15,
  over,
  underMs: 0,
  basis: over ? 'lp' : 'drd',
});

describe('statisticsOf', () => {
  const loud = rollupsOf([stretch(0, 60), stretch(1, 60), stretch(2, 110, true)], [0, 4000])[0] ?? EMPTY_ROLLUP;

  it('leaves overload out unless it is asked in', () => {
    expect(statisticsOf(loud, 4000)).toMatchObject({
      validMs: 2000,
      overMs: 1000,
      missingMs: 1000,
      coverage: 0.5,
      sufficient: false,
      basis: 'drd+lp',
    });
    expect(statisticsOf(loud, 4000).leqDb).toBeCloseTo(60, 9);
    const withOver = statisticsOf(loud, 4000, { overload: 'in', coverage: 0.75 });
    expect(withOver).toMatchObject({ validMs: 3000, coverage: 0.75, sufficient: true });
    expect(withOver.leqDb).toBeCloseTo(105.229, 3);
    expect(withOver.lmax?.levelDb).toBe(113);
  });

  it('has a sound exposure level of what was measured', () => {
    expect(statisticsOf(loud, 4000).selDb).toBeCloseTo(63.0103, 4);
  });

  it('is nothing, and not sufficient, where nothing was measured', () => {
    expect(statisticsOf(null, 4000)).toMatchObject({
      leqDb: null,
      selDb: null,
      coverage: 0,
      sufficient: false,
      basis: null,
      missingMs: 4000,
    });
  });
});

describe('exceeds', () => {
  const loud = rollupsOf([stretch(0, 60), stretch(1, 60), stretch(2, 110, true)], [0, 4000])[0] ?? EMPTY_ROLLUP;

  it('counts overload even though statistics leave it out', () => {
    expect(exceeds(loud, { of: 'leq', limitDb: 65 })).toBe(true);
    expect(exceeds(loud, { of: 'lmax', limitDb: 100 })).toBe(true);
    expect(exceeds(loud, { of: 'leq', limitDb: 106 })).toBe(false);
  });

  it('compares unrounded: a level at the limit does not break it', () => {
    const atLimit = rollupsOf([stretch(0, 65)], [0, 1000])[0] ?? EMPTY_ROLLUP;
    expect(exceeds(atLimit, { of: 'lmax', limitDb: 68 })).toBe(false);
    expect(exceeds(atLimit, { of: 'lmax', limitDb: 67.99 })).toBe(true);
    expect(exceeds(null, { of: 'leq', limitDb: 65 })).toBeNull();
  });
});
