import { describe, expect, it } from 'vitest';
import { HeardSeqs } from './heard-seqs.ts';

const stream = (epoch: string, settled: [number, number][], lost: [number, number][] = []) => ({
  unit: 'u1',
  epoch,
  edge: 'site',
  settled,
  lost: lost.map(([first, last]) => ({ first, last, cause: 'journal-full' as const, fromMs: null, toMs: null, atMs: 0 })),
});

describe('the readings that were weighed', () => {
  it('are told from those that are stored only', () => {
    const heard = new HeardSeqs({ a: [[1, 10]] });
    heard.add('a', 12);
    expect([heard.has('a', 12), heard.has('a', 11), heard.has('b', 1)]).toEqual([true, false, false]);
    expect(heard.firstUnheard([stream('a', [[1, 14]]), stream('b', [[5, 6]])])).toEqual([
      { epoch: 'a', seq: 11 },
      { epoch: 'b', seq: 5 },
    ]);
    heard.addAll([stream('a', [[1, 14]]), stream('b', [[5, 6]])]);
    expect(heard.firstUnheard([stream('a', [[1, 14]]), stream('b', [[5, 6]])])).toEqual([]);
    expect(heard.pieces).toBe(2);
  });

  it('do not count what was written off: it may still come', () => {
    const heard = new HeardSeqs({ a: [[1, 4]] });
    const withHole = stream('a', [[1, 9]], [[5, 9]]);
    expect(heard.firstUnheard([withHole])).toEqual([]);
    heard.addAll([withHole]);
    expect(heard.has('a', 5)).toBe(false);
  });

  it('outlive a start, and a copy goes its own way', () => {
    const heard = new HeardSeqs({ a: [[1, 4]] });
    const copy = heard.copy();
    copy.add('a', 5);
    expect([heard.has('a', 5), copy.has('a', 5)]).toEqual([false, true]);
    expect(new HeardSeqs(JSON.parse(JSON.stringify(copy))).has('a', 5)).toBe(true);
  });
});
