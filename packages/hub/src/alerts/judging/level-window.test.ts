import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LevelWindow } from './level-window.ts';

describe('LevelWindow', () => {
  it('gives the level exceeded N percent of the time', () => {
    const window = new LevelWindow(100);
    for (let second = 1; second <= 100; second += 1) window.add(second * 1000, 1000, 40 + second / 2);
    expect(window.at(100_000, 10).value).toBeCloseTo(85.5, 0);
    expect(window.at(100_000, 90).value).toBeCloseTo(45.5, 0);
  });

  it('forgets what has left the window', () => {
    const window = new LevelWindow(10);
    for (let second = 1; second <= 10; second += 1) window.add(second * 1000, 1000, 90);
    for (let second = 11; second <= 20; second += 1) window.add(second * 1000, 1000, 50);
    expect(window.at(20_000, 1).value).toBeLessThan(50.2);
    expect(window.at(40_000, 50)).toEqual({ value: null, coverage: 0 });
  });

  it('says what a plain count over the last T seconds says, whatever the steps and the holes between readings', () => {
    const reading = fc.record({
      stepS: fc.integer({ min: 1, max: 25 }),
      coveredS: fc.integer({ min: 1, max: 3 }),
      tenths: fc.integer({ min: 300, max: 320 }),
    });
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 80 }), fc.constantFrom(1, 10, 50, 99), (readings, percent) => {
        const window = new LevelWindow(10);
        const levels: { atS: number; level: number }[] = [];
        let atS = 1_000_000;
        for (const { stepS, coveredS, tenths } of readings) {
          atS += Math.max(stepS, coveredS);
          window.add(atS * 1000, coveredS * 1000, tenths / 10);
          for (let second = atS - coveredS; second < atS; second += 1) levels.push({ atS: second, level: tenths });
          const inside = levels.filter((one) => one.atS >= atS - 10).map(({ level }) => level);
          const { value, coverage } = window.at(atS * 1000, percent);
          expect(coverage).toBeCloseTo(inside.length / 10, 9);
          const exceeded = inside.toSorted((a, b) => b - a)[Math.max(0, Math.ceil((inside.length * percent) / 100) - 1)] ?? 0;
          expect(Math.abs((value ?? 0) - (exceeded + 0.5) / 10)).toBeLessThanOrEqual(0.0501);
        }
      }),
    );
  });
});
