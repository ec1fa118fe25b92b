import { decodeDod, decodeDrd } from '@slmm/protocol';
import { equivalentLevel } from '@slmm/shared';
import { describe, expect, it } from 'vitest';
import { Cumulative } from './cumulative.ts';
import { dodLine, drdLine, levelField } from './data-lines.ts';
import { Detector, type Tick } from './detector.ts';
import { LevelHistogram } from './level-histogram.ts';
import { MovingLeq } from './moving-leq.ts';

/** Cumulative results of 100 ms levels. */
function measure(levelsDb: readonly number[]): Cumulative {
  const detector = new Detector('F');
  const results = new Cumulative();
  levelsDb.forEach((levelDb, tick) => results.add(detector.next(levelDb, tick)));
  return results;
}

const steady = (levelDb: number, seconds: number): number[] => Array<number>(seconds * 10).fill(levelDb);

describe('Detector', () => {
  it('shows a steady level from the first tick', () => {
    const tick = new Detector('S').next(65, 0);
    expect([tick.lpDb, tick.lmaxDb, tick.lminDb]).toEqual([65, 65, 65]);
    expect(tick.lpeakDb).toBeGreaterThan(76);
  });

  it.each([
    ['F' as const, 34.7],
    ['S' as const, 4.34],
  ])('falls with time weighting %s by %f dB per second after the sound has stopped', (weighting, dbPerSecond) => {
    const detector = new Detector(weighting);
    let last: Tick = detector.next(94, 0);
    for (let tick = 0; tick < 10; tick += 1) last = detector.next(-100, tick);
    expect(94 - last.lpDb).toBeCloseTo(dbPerSecond, 1);
    expect(last.lmaxDb).toBeGreaterThan(last.lpDb);
  });
});

describe('Cumulative', () => {
  it('gives energies, not means of decibels', () => {
    const results = measure([...steady(60, 30), ...steady(80, 30)]);
    expect(results.leqDb).toBeCloseTo(
      equivalentLevel([
        { levelDb: 60, seconds: 30 },
        { levelDb: 80, seconds: 30 },
      ]) ?? 0,
      9,
    );
    expect((results.leDb ?? 0) - (results.leqDb ?? 0)).toBeCloseTo(10 * Math.log10(60), 9);
    expect(results.lmaxDb).toBeCloseTo(80, 1);
    expect(results.lminDb).toBeCloseTo(60, 1);
    expect(results.exceeded(10)).toBeCloseTo(80, 1);
    expect(results.exceeded(90)).toBeCloseTo(60, 1);
    expect(results.seconds).toBeCloseTo(60, 9);
  });

  it('has no numbers before the first tick', () => {
    const results = new Cumulative();
    expect([
      results.leqDb,
      results.leDb,
      results.lmaxDb,
      results.lminDb,
      results.lpeakDb,
      results.lieqDb,
      results.ltm5Db,
      results.exceeded(50),
    ]).toEqual(Array<null>(8).fill(null));
  });

  it('takes Ltm5 from whole blocks of five seconds', () => {
    expect(measure(steady(65, 4)).ltm5Db).toBeNull();
    expect(measure(steady(65, 5)).ltm5Db).toBeCloseTo(65, 9);
  });
});

describe('LevelHistogram', () => {
  it('gives the level that is exceeded N percent of the time', () => {
    const histogram = new LevelHistogram();
    for (let tenths = 400; tenths < 500; tenths += 1) histogram.add(tenths / 10);
    expect([1, 10, 50, 90, 100].map((percent) => histogram.exceeded(percent))).toEqual([49.9, 49, 45, 41, 40]);
  });

  it('puts what lies outside into its end classes', () => {
    const histogram = new LevelHistogram();
    histogram.add(-300);
    histogram.add(900);
    expect([histogram.exceeded(10), histogram.exceeded(90)]).toEqual([200, -10]);
  });
});

describe('MovingLeq', () => {
  it('is silent until its window is full, then forgets what has left it', () => {
    const moving = new MovingLeq(2);
    for (let tick = 0; tick < 19; tick += 1) moving.add(10 ** 6);
    expect(moving.levelDb).toBeNull();
    moving.add(10 ** 6);
    expect(moving.levelDb).toBeCloseTo(60, 9);
    for (let tick = 0; tick < 20; tick += 1) moving.add(10 ** 5);
    expect(moving.levelDb).toBeCloseTo(50, 9);
  });
});

describe('data lines', () => {
  const dod = {
    lp: 51.26,
    leq: 52,
    le: 72,
    lmax: 60,
    lmin: 48,
    ln: [57, 55, 51, 49, 48] as const,
    lpeak: 71,
    lieq: null,
    leqMov: null,
    ltm5: null,
    over: false,
    under: false,
  };
  const drd = { lp: 51, leq: 52, lmax: 51, lmin: 51, lpeak: 64, lieq: null, over: true, under: false };

  it('have the lengths of the real meter and decode', () => {
    const line = dodLine([dod, dod, null, null]);
    expect(`${line}\r\n`.length).toBe(353);
    const reading = decodeDod(line);
    expect(reading.kind === 'dod' && [reading.channels[0].lp, reading.channels[1].leq, reading.channels[2].lp]).toEqual([
      51.3,
      52,
      null,
    ]);
    const ticks = drdLine(7, [drd, null, null, null]);
    expect(`${ticks}\r\n`.length).toBe(165);
    expect(decodeDrd(ticks)).toMatchObject({ kind: 'drd', counter: 7, channels: [{ over: true, lpeak: 64 }, {}, {}, {}] });
  });

  it.each([
    [130, '130.0'],
    [9.8, '  9.8'],
    [-3.2, ' -3.2'],
    [44.25, ' 44.3'],
    [null, '  -.-'],
  ])('%s is written %j', (levelDb, field) => {
    expect(levelField(levelDb)).toBe(field);
  });
});
