import { describe, expect, it } from 'vitest';
import { energyOf, equivalentLevel, levelOf, roundForDisplay } from './decibel.ts';

describe('levels', () => {
  it('adds energies, not decibels', () => {
    expect(levelOf(energyOf(60) + energyOf(60))).toBeCloseTo(63.0103, 4);
  });

  it('weights an equivalent level by duration', () => {
    expect(
      equivalentLevel([
        { levelDb: 70, seconds: 900 },
        { levelDb: 50, seconds: 2700 },
      ]),
    ).toBeCloseTo(64.1078, 3);
  });

  it('has no level for no time and no level for no energy', () => {
    expect(equivalentLevel([])).toBeNull();
    expect(levelOf(0)).toBeNull();
  });

  it('rounds half away from zero, as instruments print', () => {
    expect([62.25, 62.35, 62.449_999, -0.05, -0.04, 0.05].map(roundForDisplay)).toEqual([62.3, 62.4, 62.4, -0.1, 0, 0.1]);
  });
});
