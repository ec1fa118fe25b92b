import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LostRange } from '../history/reading-store.ts';
import { accept, type Arrival, LATE_AFTER_MS, MAX_RANGES, newStream, type Stream, watermark, writeOff } from './accept.ts';
import { exampleFrame } from './frame-example.ts';

const AT_MS = Date.UTC(2026, 10, 23, 6);
const live = (atMs = AT_MS): Arrival => ({ via: 'live', economy: false, atMs });
const fresh = (): Stream => newStream('NL43-01', '01JD3EPOCH', 'demo');
const frames = (...seqs: number[]) => seqs.map((seq) => exampleFrame({ seq }));
const lost = (first: number, last: number, cause: LostRange['cause'] = 'journal-full'): LostRange => ({
  first,
  last,
  cause,
  fromMs: null,
  toMs: null,
  atMs: AT_MS,
});
const taken = (stream: Stream, ...seqs: number[]): Stream => accept(stream, frames(...seqs), live()).stream;

describe('accept', () => {
  it('takes each seq once, in any order and any number of deliveries', () => {
    const deliveries = fc.array(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 10 }), { maxLength: 20 });
    fc.assert(
      fc.property(deliveries, (all) => {
        let stream = fresh();
        const stored: number[] = [];
        for (const seqs of all) {
          const result = accept(stream, frames(...seqs), live());
          stored.push(...result.readings.map(({ frame }) => frame.seq));
          expect(result.readings.length + result.duplicates).toBe(seqs.length);
          ({ stream } = result);
        }
        expect(stored.toSorted((a, b) => a - b)).toEqual([...new Set(all.flat())].toSorted((a, b) => a - b));
      }),
    );
  });

  it('has a watermark that reaches over what is committed or written off, and never goes back', () => {
    const step = fc.record({ lose: fc.boolean(), first: fc.integer({ min: 1, max: 40 }), more: fc.integer({ min: 0, max: 5 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let stream = fresh();
        const settled = new Set<number>();
        let before = 0;
        for (const { lose, first, more } of steps) {
          const seqs = Array.from({ length: more + 1 }, (_, index) => first + index);
          stream = lose ? writeOff(stream, [lost(first, first + more)]) : taken(stream, ...seqs);
          for (const seq of seqs) settled.add(seq);
          let expected = 0;
          while (settled.has(expected + 1)) expected += 1;
          expect(watermark(stream)).toBe(expected);
          expect(expected).toBeGreaterThanOrEqual(before);
          before = expected;
        }
      }),
    );
  });

  it('does not write off what is committed', () => {
    const stream = writeOff(taken(fresh(), 2, 3), [lost(1, 5)]);
    expect(stream.lost.map(({ first, last }) => [first, last])).toEqual([
      [1, 1],
      [4, 5],
    ]);
    expect(watermark(stream)).toBe(5);
  });

  it('takes a frame that had been written off, and takes the loss back', () => {
    const result = accept(writeOff(fresh(), [lost(1, 3)]), frames(2), live());
    expect(result.readings).toHaveLength(1);
    expect(result.stream.lost.map(({ first, last }) => [first, last])).toEqual([
      [1, 1],
      [3, 3],
    ]);
    expect(accept(result.stream, frames(2), live()).duplicates).toBe(1);
  });

  it('joins neighbouring losses of one cause only', () => {
    const stream = writeOff(fresh(), [lost(1, 2), lost(3, 4), lost(5, 6, 'corrupt')]);
    expect(stream.lost.map(({ first, last, cause }) => [first, last, cause])).toEqual([
      [1, 4, 'journal-full'],
      [5, 6, 'corrupt'],
    ]);
  });

  it('defers frames that would tear one more hole into a stream that has the most it may have, and still fills holes', () => {
    const torn = taken(fresh(), ...Array.from({ length: MAX_RANGES }, (_, index) => index * 2 + 2));
    expect(accept(torn, frames(1_000_000), live())).toMatchObject({ deferred: 1, readings: [] });
    expect(accept(torn, frames(3), live())).toMatchObject({ deferred: 0, readings: [{}] });
  });

  it('notices a journal that speaks twice', () => {
    const stream = taken(fresh(), 1);
    const other = exampleFrame({ seq: 1, at: '2026-11-23T09:00:00.000Z' });
    expect(accept(stream, [other], live())).toMatchObject({ conflicts: 1, duplicates: 1 });
    expect(accept(stream, frames(1), live())).toMatchObject({ conflicts: 0, duplicates: 1 });
  });
});

describe('lateness', () => {
  const isLate = (arrival: Partial<Arrival>, offsetMs?: number): boolean | undefined => {
    const frame = exampleFrame({
      seq: 1,
      at: '2026-11-23T06:00:00.000Z',
      ...(offsetMs === undefined ? {} : { offset_ms: offsetMs }),
    });
    return accept(fresh(), [frame], { ...live(), ...arrival }).readings[0]?.late;
  };

  it.each([
    ['a live frame that is young', { atMs: AT_MS + 1000 }, false],
    ['a live frame at the bound', { atMs: AT_MS + LATE_AFTER_MS }, false],
    ['a live frame past the bound', { atMs: AT_MS + LATE_AFTER_MS + 1 }, true],
    ['backfill, however young', { via: 'backfill' }, true],
    ['a young batch of an economy edge', { via: 'backfill', economy: true, atMs: AT_MS + 60_000 }, false],
    ['an old batch of an economy edge', { via: 'backfill', economy: true, atMs: AT_MS + 600_000 }, true],
  ] as const)('%s', (_, arrival, expected) => {
    expect(isLate(arrival)).toBe(expected);
  });

  it('does not count what the clock of the edge is known to be off by', () => {
    const arrival = { atMs: AT_MS + 3_600_000 };
    expect(isLate(arrival)).toBe(true);
    expect(isLate(arrival, -3_600_000)).toBe(false);
  });
});
