import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { above, addRange, countOf, holds, missingIn, type SeqRanges, within } from './seq-ranges.ts';

const some = fc.array(
  fc.tuple(fc.integer({ min: 1, max: 60 }), fc.nat(8)).map(([first, more]) => [first, first + more] as const),
);
const union = (ranges: SeqRanges): SeqRanges => ranges.reduce<SeqRanges>(addRange, []);
const members = (ranges: SeqRanges): number[] =>
  ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index));

describe('ranges of seqs', () => {
  it('behave as sets of numbers, sorted and without touching neighbours', () => {
    fc.assert(
      fc.property(some, some, fc.integer({ min: 1, max: 70 }), (one, other, seq) => {
        const set = new Set(members(one));
        const ranges = union(one);
        expect(members(ranges)).toEqual([...set].sort((a, b) => a - b));
        for (const [index, [first]] of ranges.entries()) expect(first).toBeGreaterThan((ranges[index - 1]?.[1] ?? -1) + 1);
        expect(holds(ranges, seq)).toBe(set.has(seq));
        expect(countOf(ranges)).toBe(set.size);
        expect(members(above(seq, ranges))).toEqual(members(ranges).filter((member) => member > seq));
        const whole = [seq, seq + 20] as const;
        expect(members(missingIn(whole, ranges))).toEqual(members([whole]).filter((member) => !set.has(member)));
        expect(members(within(whole, ranges))).toEqual(members(ranges).filter((member) => member >= seq && member <= seq + 20));
        expect(members(union([...ranges, ...other]))).toEqual(members(union([...one, ...other])));
      }),
    );
  });
});
