/** What the packed readings of a unit say about spans of time. Neighbours: history-questions.ts, history-upkeep.ts. */
import { decodeStretches, type StretchSet } from '../../history/packing/reading-block.ts';
import type { Span } from '../../history/time/spans.ts';
import type { HistoryTables, UnitKey } from './history-tables.ts';

/** Of all blocks that reach into the spans, each block once. */
export async function packedStretches(
  tables: Pick<HistoryTables, 'blocksReaching'>,
  unit: UnitKey,
  spans: readonly Span[],
): Promise<StretchSet> {
  const sets = new Map<number, StretchSet>();
  for (const span of spans)
    for (const { startMs, bytes } of await tables.blocksReaching(unit, span))
      if (!sets.has(startMs)) sets.set(startMs, decodeStretches(bytes));
  return joined([...sets.values()]);
}

export function joined(sets: readonly StretchSet[]): StretchSet {
  return { stretches: sets.flatMap((set) => set.stretches), silent: sets.flatMap((set) => set.silent) };
}
