/** What the packed readings of a unit say about spans of time. Neighbours: history-questions.ts; reading-block.ts is what is unpacked. */
import type { StretchSet } from '../../history/levels/stretch-set.ts';
import { decodeStretches } from '../../history/packing/block-statistics.ts';
import type { Span } from '../../history/time/spans.ts';
import type { HistoryTables, UnitKey } from './history-tables.ts';

/** For the questions of one snapshot. Blocks that were just unpacked are kept until the next spans, as what follows in time mostly shares one. */
export class BlockStretches {
  readonly #tables: Pick<HistoryTables, 'blocksReaching'>;
  readonly #unit: UnitKey;
  #unpacked: ReadonlyMap<number, StretchSet> = new Map();

  constructor(tables: Pick<HistoryTables, 'blocksReaching'>, unit: UnitKey) {
    this.#tables = tables;
    this.#unit = unit;
  }

  /** Of all blocks that reach into the spans, each block once. */
  async reaching(spans: readonly Span[]): Promise<StretchSet> {
    const sets = new Map<number, StretchSet>();
    for (const span of spans)
      for (const { startMs, bytes } of await this.#tables.blocksReaching(this.#unit, span))
        if (!sets.has(startMs)) sets.set(startMs, this.#unpacked.get(startMs) ?? decodeStretches(bytes));
    this.#unpacked = sets;
    return joined([...sets.values()]);
  }
}

export function joined(sets: readonly StretchSet[]): StretchSet {
  return { stretches: sets.flatMap((set) => set.stretches), silent: sets.flatMap((set) => set.silent) };
}
