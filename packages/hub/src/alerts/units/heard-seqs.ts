/**
 * Which readings of a unit have been weighed, by their numbers. Kept with the position, so that a start finds those that were stored and not weighed when the hub
 * was killed. Neighbours: unit-readings.ts keeps one, the reading store says which are settled.
 */
import type { SeqRanges, StreamRecord } from '../../history/reading-store.ts';
import { includes, missingFrom, withRange } from '../../history/ledger/seq-ranges.ts';

export class HeardSeqs {
  readonly #epochs: Map<string, SeqRanges>;

  constructor(heard: Readonly<Record<string, SeqRanges>> = {}) {
    this.#epochs = new Map(Object.entries(heard));
  }

  copy(): HeardSeqs {
    return new HeardSeqs(this.toJSON());
  }

  add(epoch: string, seq: number): void {
    this.#add(epoch, seq, seq);
  }

  has(epoch: string, seq: number): boolean {
    return includes(this.#epochs.get(epoch) ?? [], seq);
  }

  /** Of how many pieces it is made. */
  get pieces(): number {
    let pieces = 0;
    for (const ranges of this.#epochs.values()) pieces += ranges.length;
    return pieces;
  }

  toJSON(): Record<string, SeqRanges> {
    return Object.fromEntries(this.#epochs);
  }

  /** By epoch, the first seq that is stored and was not weighed. */
  firstUnheard(streams: readonly StreamRecord[]): { readonly epoch: string; readonly seq: number }[] {
    return streams.flatMap((stream) => {
      const known = this.#epochs.get(stream.epoch) ?? [];
      for (const [first, last] of storedSeqs(stream)) {
        const seq = missingFrom(known, first, last)[0]?.[0];
        if (seq !== undefined) return [{ epoch: stream.epoch, seq }];
      }
      return [];
    });
  }

  /** Everything that is stored has been weighed. */
  addAll(streams: readonly StreamRecord[]): void {
    for (const stream of streams) for (const [first, last] of storedSeqs(stream)) this.#add(stream.epoch, first, last);
  }

  #add(epoch: string, first: number, last: number): void {
    this.#epochs.set(epoch, withRange(this.#epochs.get(epoch) ?? [], first, last));
  }
}

/** What is settled and not written off; what was written off may still come. */
function storedSeqs({ settled, lost }: StreamRecord): SeqRanges {
  const gone = lost.reduce<SeqRanges>((ranges, { first, last }) => withRange(ranges, first, last), []);
  return settled.flatMap(([first, last]) => missingFrom(gone, first, last));
}
