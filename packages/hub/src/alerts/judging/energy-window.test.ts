import fc from 'fast-check';
import { equivalentLevel } from '@slmm/shared';
import { describe, expect, it } from 'vitest';
import { EnergyWindow } from './energy-window.ts';
import { windowMemoryMs } from './window-ring.ts';

describe('EnergyWindow', () => {
  it('is the energy mean of the last T seconds, and says how much of them it knows', () => {
    const window = new EnergyWindow(4);
    for (const [second, level] of [90, 60, 60, 70, 70].entries()) window.add((second + 1) * 1000, 1000, level);
    expect(window.at(5000).value).toBeCloseTo(
      equivalentLevel([60, 60, 70, 70].map((levelDb) => ({ levelDb, seconds: 1 }))) ?? 0,
      9,
    );
    expect(window.at(5000).coverage).toBe(1);
    expect(window.at(7000)).toMatchObject({ coverage: 0.5 });
    expect(window.at(60_000)).toEqual({ value: null, coverage: 0 });
  });

  it('says the same whatever came before what lies in it', () => {
    const level = fc.integer({ min: 200, max: 1400 }).map((tenths) => tenths / 10);
    fc.assert(
      fc.property(fc.array(level, { maxLength: 50 }), fc.array(level, { minLength: 10, maxLength: 10 }), (before, inside) => {
        const [long, short] = [new EnergyWindow(10), new EnergyWindow(10)];
        const startMs = before.length * 1000;
        for (const [index, one] of before.entries()) long.add((index + 1) * 1000, 1000, one);
        for (const [index, one] of inside.entries()) {
          long.add(startMs + (index + 1) * 1000, 1000, one);
          short.add(startMs + (index + 1) * 1000, 1000, one);
        }
        expect(long.at(startMs + 10_000)).toEqual(short.at(startMs + 10_000));
      }),
    );
  });

  it('is the plain mean of what lies in it, whatever the steps and the holes, and the same after a restart', () => {
    const reading = fc.record({
      stepS: fc.integer({ min: 1, max: 40 }),
      coveredS: fc.integer({ min: 1, max: 3 }),
      level: fc.integer({ min: 30, max: 90 }),
    });
    fc.assert(
      fc.property(fc.array(reading, { minLength: 1, maxLength: 120 }), fc.nat(119), (readings, cut) => {
        const seconds = 300;
        const window = new EnergyWindow(seconds);
        const filledLater = new EnergyWindow(seconds);
        const levels: { atS: number; levelDb: number }[] = [];
        const startS = 1_000_000;
        let atS = startS;
        const times = readings.map(({ stepS, coveredS }) => (atS += Math.max(stepS, coveredS)));
        for (const [index, { coveredS, level }] of readings.entries()) {
          const endS = times[index] ?? 0;
          window.add(endS * 1000, coveredS * 1000, level);
          for (let second = endS - coveredS; second < endS; second += 1) levels.push({ atS: second, levelDb: level });
          const inside = levels.filter((one) => one.atS >= endS - seconds);
          const { value, coverage } = window.at(endS * 1000);
          expect(value).toBeCloseTo(equivalentLevel(inside.map(({ levelDb }) => ({ levelDb, seconds: 1 }))) ?? 0, 9);
          expect(coverage).toBeCloseTo(inside.length / seconds, 9);
          // A restart reads what may lie in the window again, and goes on.
          const cutMs = (times[Math.min(cut, times.length - 1)] ?? 0) * 1000;
          if (endS * 1000 > cutMs - windowMemoryMs(seconds)) filledLater.add(endS * 1000, coveredS * 1000, level);
          if (endS * 1000 > cutMs) expect(filledLater.at(endS * 1000)).toEqual(window.at(endS * 1000));
        }
      }),
    );
  });

  it('shares a long reading among the seconds it speaks for', () => {
    const window = new EnergyWindow(60);
    window.add(90_000, 60_000, 65);
    expect(window.at(90_000)).toMatchObject({ coverage: 1 });
    expect(window.at(120_000)).toMatchObject({ coverage: 0.5 });
    expect(window.at(90_000).value).toBeCloseTo(65, 9);
  });

  it('keeps a day within its bound of buckets', () => {
    const window = new EnergyWindow(86_400);
    for (let second = 1; second <= 100_000; second += 1) window.add(second * 1000, 1000, 50);
    expect(window.at(100_000_000).value).toBeCloseTo(50, 6);
    expect(window.at(100_000_000).coverage).toBeGreaterThan(0.999);
  });
});
