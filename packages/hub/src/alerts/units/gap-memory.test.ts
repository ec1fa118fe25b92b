import { describe, expect, it } from 'vitest';
import { EPOCH, frameAt, START_MS } from '../alert-example.ts';
import { GapMemory, MAX_GAPS, mostDispensable } from './gap-memory.ts';
import { emptyCheckpoint, type UnitCheckpoint } from '../judging/unit-alerts.ts';

const position = (second: number, seq = second, epoch = EPOCH): UnitCheckpoint => ({
  ...emptyCheckpoint(START_MS + second * 1000),
  newest: { epoch, seq },
});
const reading = (second: number, seq = second) => ({
  kind: 'frame' as const,
  atMs: START_MS + second * 1000,
  frame: { ...frameAt(second, 60), seq },
});
const seconds = (gaps: GapMemory): number[] => gaps.all.map(({ atMs }) => (atMs - START_MS) / 1000);

describe('positions to tell again from', () => {
  const none = new GapMemory('u1', []);

  it('are kept where a number is skipped, or time, and once an hour in any case', () => {
    expect(none.isWorthKeeping(position(10), reading(11))).toBe(false);
    expect(none.isWorthKeeping(position(10), reading(11, 12))).toBe(true);
    expect(none.isWorthKeeping(position(10), reading(20, 11))).toBe(true);
    const worth = Array.from({ length: 3600 }, (_, second) => none.isWorthKeeping(position(second), reading(second + 1)));
    expect(worth.filter(Boolean)).toHaveLength(1);
    expect(none.isWorthKeeping(emptyCheckpoint(0), reading(11, 12))).toBe(false);
  });

  it('are kept at another instant of the hour by each unit', () => {
    const instants = ['u1', 'u2', 'u3'].map((unit) =>
      Array.from({ length: 3600 }, (_, second) =>
        new GapMemory(unit, []).isWorthKeeping(position(second), reading(second + 1)),
      ).indexOf(true),
    );
    expect(new Set(instants).size).toBe(3);
  });

  it('are found by the time of what is late, and by its number', () => {
    const gaps = new GapMemory('u1', [position(10), position(20), position(30)]);
    expect(gaps.newestBefore(START_MS + 20_000)?.newest?.seq).toBe(10);
    expect(gaps.newestBefore(START_MS + 5000)).toBeNull();
    expect(gaps.beforeSeq(EPOCH, 21)?.newest?.seq).toBe(20);
    expect(gaps.beforeSeq(EPOCH, 20)?.newest?.seq).toBe(10);
    expect(gaps.beforeSeq('01OTHER', 5)).toBeNull();
    expect(seconds(gaps.before(START_MS + 20_000))).toEqual([10]);
  });

  it('are no more than a bound, dense in the recent past, and never without the first', () => {
    const gaps = new GapMemory('u1', []);
    for (let hour = 0; hour < 500; hour += 1) gaps.keep(position(hour * 3600));
    const kept = seconds(gaps);
    expect(kept).toHaveLength(MAX_GAPS);
    expect(kept[0]).toBe(0);
    expect(kept.at(-1)).toBe(499 * 3600);
    expect(kept.slice(-5).map((second) => second / 3600)).toEqual([495, 496, 497, 498, 499]);
  });

  it('give up the one whose neighbour serves nearly as well', () => {
    expect(mostDispensable([0, 100, 101, 200, 201])).toBe(2);
  });
});
