import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SeqRanges } from '../reading-store.ts';
import { contiguousFromOne, highest, includes, missingFrom, withRange } from './seq-ranges.ts';

const MOST = 60;
const range = fc
  .tuple(fc.integer({ min: 1, max: MOST }), fc.integer({ min: 0, max: 8 }))
  .map(([first, more]): [number, number] => [first, first + more]);
const written = fc.array(range, { maxLength: 25 });

const built = (all: readonly (readonly [number, number])[]): SeqRanges =>
  all.reduce<SeqRanges>((ranges, [first, last]) => withRange(ranges, first, last), []);
const asSet = (all: readonly (readonly [number, number])[]): Set<number> =>
  new Set(all.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index)));

describe('seq ranges', () => {
  it('hold exactly what was put in, in any order', () => {
    fc.assert(
      fc.property(written, (all) => {
        const [ranges, set] = [built(all), asSet(all)];
        expect(asSet(ranges)).toEqual(set);
        for (let seq = 0; seq <= MOST + 10; seq += 1) expect(includes(ranges, seq)).toBe(set.has(seq));
      }),
    );
  });

  it('stay sorted, disjoint and without touching neighbours', () => {
    fc.assert(
      fc.property(written, (all) => {
        const ranges = built(all);
        for (const [index, [first, last]] of ranges.entries()) {
          expect(first).toBeLessThanOrEqual(last);
          expect(first).toBeGreaterThan((ranges[index - 1]?.[1] ?? -1) + 1);
        }
      }),
    );
  });

  it('name what is missing', () => {
    fc.assert(
      fc.property(written, range, (all, [first, last]) => {
        const set = asSet(all);
        const missing = [...asSet([[first, last]])].filter((seq) => !set.has(seq));
        expect([...asSet(missingFrom(built(all), first, last))]).toEqual(missing);
      }),
    );
  });

  it('know how far they reach without a hole, and that never goes back', () => {
    fc.assert(
      fc.property(written, (all) => {
        let before = 0;
        let ranges: SeqRanges = [];
        for (const [first, last] of all) {
          ranges = withRange(ranges, first, last);
          const upto = contiguousFromOne(ranges);
          expect(upto).toBeGreaterThanOrEqual(before);
          expect(includes(ranges, upto + 1)).toBe(false);
          before = upto;
        }
        expect(highest(ranges)).toBe(Math.max(0, ...asSet(all)));
      }),
    );
  });
});
