import { describe, expect, it } from 'vitest';
import { bucketAt, bucketColumns, levelAxis, shadesOf } from './bucket-columns.ts';
import { figures } from './figures-example.ts';

const hour = (number: number): string => `2026-11-24T${String(number).padStart(2, '0')}:00:00.000Z`;
const at = (text: string): number => Date.parse(text);
const nothing = { leq: null, lmax: null, ln: { 10: null, 90: null }, valid_s: 0, coverage: 0, sufficient: false };

describe('bucketColumns', () => {
  it('has a row per bucket, breaks at an empty one, and gives the last one its length', () => {
    const columns = bucketColumns([
      figures(hour(6), hour(7), { leq: 60 }),
      figures(hour(7), hour(8), nothing),
      figures(hour(8), hour(9), { leq: 62 }),
    ]);
    expect(columns.seconds).toEqual([6, 7, 8, 9].map((number) => at(hour(number)) / 1000));
    expect([columns.leq, columns.l10, columns.lmax]).toEqual([
      [60, null, 62, 62],
      [58, null, 58, 58],
      [71.25, null, 71.25, 71.25],
    ]);
    expect(bucketColumns([]).seconds).toEqual([]);
  });

  it('has an axis of whole tens around its levels', () => {
    expect(levelAxis(bucketColumns([figures(hour(6), hour(7))]))).toEqual([40, 80]);
    expect(levelAxis(bucketColumns([]))).toEqual([30, 90]);
    const steady = figures(hour(6), hour(7), { leq: 52, lmax: 53, ln: { 10: 52, 90: 51 } });
    expect(levelAxis(bucketColumns([steady]))).toEqual([40, 70]);
  });
});

describe('shadesOf', () => {
  it('joins what lacks, tells little from nothing, and leaves the future alone', () => {
    const buckets = [
      figures(hour(6), hour(7)),
      figures(hour(7), hour(8), nothing),
      figures(hour(8), hour(9), nothing),
      figures(hour(9), hour(10), { valid_s: 1200, coverage: 0.33, sufficient: false }),
      figures(hour(10), hour(11), { valid_s: 580, coverage: 0.16, sufficient: false }),
      figures(hour(11), hour(12), nothing),
    ];
    const mask = {
      id: 'm',
      from: hour(6),
      to: hour(7),
      reason: 'rain',
      author: 'a',
      created: hour(6),
      withdrawn: null,
      withdrawn_by: null,
    };
    expect(shadesOf(buckets, [mask], at(hour(10)) + 600_000)).toEqual([
      { fromMs: at(hour(7)), toMs: at(hour(9)), kind: 'nothing' },
      { fromMs: at(hour(9)), toMs: at(hour(10)), kind: 'little' },
      { fromMs: at(hour(6)), toMs: at(hour(7)), kind: 'masked' },
    ]);
  });
});

describe('bucketAt', () => {
  it('finds the bucket of an instant, ends excluded', () => {
    const buckets = [figures(hour(6), hour(7)), figures(hour(7), hour(8))];
    expect([hour(6), hour(7), hour(8), hour(5)].map((text) => bucketAt(buckets, at(text))?.start ?? null)).toEqual([
      hour(6),
      hour(7),
      null,
      null,
    ]);
  });
});
