import { type DrdTick } from '@slmm/protocol';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { carryOn } from './carried-results.ts';
import { foldTick, lastSecond, type TickFold, type TickSecond } from './drd-second.ts';

function tick(counter: number, change: Partial<DrdTick['channels'][0]> = {}): DrdTick {
  const channel = { lp: 60, leq: 60, lmax: 61, lmin: 59, lpeak: 75, lieq: null, over: false, under: false, ...change };
  return { kind: 'drd', layout: 'nl43', counter, channels: [channel], additional: null, status: null, raw: '' };
}

/** Folds ticks that come in time, except where an arrival is given. */
function run(ticks: readonly (DrdTick | readonly [DrdTick, number])[]): { seconds: TickSecond[]; fold: TickFold } {
  let fold: TickFold = null;
  const seconds: TickSecond[] = [];
  let atMs = 0;
  for (const one of ticks) {
    const [next, arrivedMs] = 'kind' in one ? [one, (atMs += 100)] : one;
    atMs = arrivedMs;
    const folded = foldTick(fold, next, arrivedMs);
    fold = folded.fold;
    seconds.push(...folded.seconds);
  }
  return { seconds, fold };
}

const counters = (from: number, count: number): DrdTick[] =>
  Array.from({ length: count }, (_, index) => tick(((from - 1 + index) % 600) + 1));

describe('seconds of ticks', () => {
  it('end with the tenth tick of the meter, also over the end of its minute', () => {
    const { seconds, fold } = run(counters(598, 15));
    expect(seconds.map(({ interval, endMs }) => [interval.s, interval.ticks, interval.missing, endMs])).toEqual([
      [0.3, 3, 0, 300],
      [1, 10, 0, 1300],
    ]);
    expect(lastSecond(fold)?.interval).toMatchObject({ s: 0.2, ticks: 2, missing: 0 });
  });

  it('have the energy mean of the 100 ms Leqs, the extremes, and the time over and under range', () => {
    const ticks = counters(1, 10);
    ticks[3] = tick(4, { leq: 80, lmax: 78, lpeak: 101.2, over: true });
    ticks[7] = tick(8, { lmin: 41.3, under: true, leq: null });
    const second = run(ticks).seconds[0];
    expect(second?.interval.leq).toBeCloseTo(10 * Math.log10((8 * 1e6 + 1e8) / 9), 9);
    expect(second).toMatchObject({ over: true, under: true, lp: 60 });
    expect(second?.interval).toMatchObject({ lmax: 78, lmin: 41.3, lpeak: 101.2, over_s: 0.1, under_s: 0.1 });
  });

  it('count lost ticks in the second they belong to, and repeats not at all', () => {
    const lossy = [1, 2, 2, 5, 6, 7, 8, 12, 13].map((counter) => tick(counter));
    const { seconds, fold } = run(lossy);
    expect(seconds.map(({ interval }) => [interval.s, interval.ticks, interval.missing])).toEqual([[1, 6, 4]]);
    expect(lastSecond(fold)?.interval).toMatchObject({ s: 0.3, ticks: 2, missing: 1 });
  });

  it('know by the arrival that a whole minute is lost, and take lines that were held up for what they are', () => {
    expect(run([tick(1), [tick(2), 60_200]]).seconds).toHaveLength(1);
    const late = run([tick(1), [tick(2), 2000], [tick(3), 2000], [tick(4), 2001]]);
    expect(late.seconds).toEqual([]);
    expect(lastSecond(late.fold)?.interval).toMatchObject({ ticks: 4, missing: 0 });
  });

  it('add up: every tick is in exactly one second, whatever was lost', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), fc.array(fc.boolean(), { minLength: 1, maxLength: 1500 }), (from, kept) => {
        const all = counters(from, kept.length);
        const got = all.flatMap((one, index): [DrdTick, number][] => (kept[index] === true ? [[one, index * 100]] : []));
        const { seconds, fold } = run(got);
        const last = lastSecond(fold);
        const parts = last === null ? seconds : [...seconds, last];
        expect(parts.reduce((sum, { interval }) => sum + interval.ticks, 0)).toBe(got.length);
        for (const { interval } of parts) expect(interval.ticks + (interval.missing ?? 0)).toBe(Math.round(interval.s * 10));
      }),
      { numRuns: 60 },
    );
  });
});

describe('carried results', () => {
  const nothing = { lieq: null, leqMov: null, ltm5: null, over: false, under: false } as const;
  const ten = { lp: 60, leq: 60, le: 70, lmax: 62, lmin: 58, ln: [61, 61, 60, 59, 59], lpeak: 74, ...nothing } as const;

  it('grow by the energy of the ticks', () => {
    const second = run(counters(1, 10).map((one) => ({ ...one, channels: [{ ...one.channels[0], leq: 70 }] as const })))
      .seconds[0];
    const carried = second === undefined ? null : carryOn(ten, second.interval);
    expect(carried?.le).toBeCloseTo(10 * Math.log10(10 * 1e6 + 1e7), 9);
    expect(carried?.leq).toBeCloseTo(10 * Math.log10((10 * 1e6 + 1e7) / 11), 9);
    expect(carried).toMatchObject({ lmax: 62, lmin: 58, lpeak: 75, ln: [61, 61, 60, 59, 59] });
  });

  it('stay dashes where the meter shows dashes', () => {
    const empty = { ...ten, le: null, leq: null };
    const second = run(counters(1, 10)).seconds[0];
    expect(second === undefined ? null : carryOn(empty, second.interval)).toBe(empty);
  });
});
