/** Which seqs were given out in the present epoch, by unit. Pure state. Neighbours: journal.ts. */
import type { SeqRange } from './seq-ranges.ts';

export class SeqNumbers {
  #given: Map<string, number>;
  /** What had been given out when this run of the program, or the epoch, began. */
  readonly #before: ReadonlyMap<string, number>;

  /** `given`: highest seq by unit; `before`: those of them that are of former runs, all unless told otherwise. */
  constructor(given: ReadonlyMap<string, number> = new Map(), before: ReadonlyMap<string, number> = given) {
    this.#given = new Map(given);
    this.#before = new Map(before);
  }

  next(unit: string): number {
    const seq = (this.#given.get(unit) ?? 0) + 1;
    this.#given.set(unit, seq);
    return seq;
  }

  /** By unit, the seqs that this run of the program has given out. */
  ofThisRun(): ReadonlyMap<string, SeqRange> {
    const ranges = new Map<string, SeqRange>();
    for (const [unit, last] of this.#given) {
      const first = (this.#before.get(unit) ?? 0) + 1;
      if (first <= last) ranges.set(unit, [first, last]);
    }
    return ranges;
  }
}
