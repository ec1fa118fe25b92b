/**
 * What becomes of blocks and rollups when readings are added to a unit's history: worked out from a snapshot, written by history-upkeep.ts in a short transaction of its own,
 * so that ingest never waits for the work. Neighbours: history/packing/compaction.ts says how.
 */
import type { StretchSet } from '../../history/levels/stretch-set.ts';
import { stretchesOf } from '../../history/levels/stretch-set.ts';
import { mergeAll } from '../../history/levels/rollup.ts';
import {
  type Block,
  blockOf,
  hoursOf,
  joinReadings,
  type LevelRollup,
  QUARTER_MS,
  quartersTouched,
  rollupsOfQuarter,
} from '../../history/packing/compaction.ts';
import { decodeStretches } from '../../history/packing/block-statistics.ts';
import { decodeBlock } from '../../history/packing/reading-block.ts';
import type { Reading } from '../../history/reading-store.ts';
import type { Span } from '../../history/time/spans.ts';
import type { HistoryTables, UnitKey } from './history-tables.ts';

const HOUR_MS = 4 * QUARTER_MS;

export interface BlockChange {
  readonly block: Block;
  /** Some readings of this quarter-hour are gone already. */
  readonly pruned: boolean;
}

export interface HistoryChange {
  readonly blocks: readonly BlockChange[];
  readonly rollups: readonly LevelRollup[];
  /** Readings that were not there before. */
  readonly added: number;
}

type Source = Pick<HistoryTables, 'block' | 'blocksReaching' | 'isPruned' | 'rollups'>;

/** `more`: readings by the start of the quarter-hour in which their time lies. To be called within one snapshot. */
export async function changeBy(
  tables: Source,
  unit: UnitKey,
  more: ReadonlyMap<number, readonly Reading[]>,
): Promise<HistoryChange> {
  const blocks: BlockChange[] = [];
  const added: Reading[] = [];
  const replaced = new Map<number, StretchSet>();
  for (const [quarterMs, readings] of more) {
    const stored = await tables.block(unit, quarterMs);
    const known = stored === null || stored.bytes === null ? [] : decodeBlock(unit.name, stored.bytes);
    const joined = joinReadings(known, readings);
    if (joined.added.length === 0) continue;
    added.push(...joined.added);
    replaced.set(quarterMs, stretchesOf(joined.readings));
    const block = blockOf(joined.readings);
    // Rollups still know how far the readings reached that were pruned.
    const reach =
      stored?.pruned === true ? { fromMs: Math.min(block.fromMs, stored.fromMs), toMs: Math.max(block.toMs, stored.toMs) } : {};
    blocks.push({ block: { ...block, ...reach }, pruned: stored?.pruned ?? false });
  }
  return { blocks, rollups: await rollupsBy(tables, unit, added, replaced), added: added.length };
}

/** Makes the rollups anew that the added readings change. Where the readings of a quarter-hour are no longer all there, the new ones are added to what is stored. */
async function rollupsBy(
  tables: Source,
  unit: UnitKey,
  added: readonly Reading[],
  replaced: ReadonlyMap<number, StretchSet>,
): Promise<LevelRollup[]> {
  const changes = stretchesOf(added);
  const rollups: LevelRollup[] = [];
  const touched = quartersTouched(changes);
  for (const quarterMs of touched) {
    const span = { startMs: quarterMs, endMs: quarterMs + QUARTER_MS };
    if (await tables.isPruned(unit, span)) rollups.push(...(await addedTo(tables, unit, rollupsOfQuarter(quarterMs, changes))));
    else rollups.push(...rollupsOfQuarter(quarterMs, await stretchesIn(tables, unit, span, replaced)));
  }
  for (const hourMs of hoursOf(touched)) {
    const hour = await hourOf(tables, unit, hourMs, rollups);
    if (hour !== null) rollups.push(hour);
  }
  return rollups;
}

/** Of all blocks that reach into the span, as they will be. */
async function stretchesIn(
  tables: Source,
  unit: UnitKey,
  span: Span,
  replaced: ReadonlyMap<number, StretchSet>,
): Promise<StretchSet> {
  const stored = await tables.blocksReaching(unit, span);
  const sets = stored.filter(({ startMs }) => !replaced.has(startMs)).map(({ bytes }) => decodeStretches(bytes));
  const all = [...sets, ...replaced.values()];
  return { stretches: all.flatMap((set) => set.stretches), silent: all.flatMap((set) => set.silent) };
}

async function addedTo(tables: Source, unit: UnitKey, more: readonly LevelRollup[]): Promise<LevelRollup[]> {
  const sums: LevelRollup[] = [];
  for (const { level, startMs, rollup } of more) {
    const [stored] = await tables.rollups(unit, level, { startMs, endMs: startMs + 1 });
    sums.push({ level, startMs, rollup: stored === undefined ? rollup : mergeAll([stored.rollup, rollup]) });
  }
  return sums;
}

/** Quarter-hours in order of time make the hour, so the sum does not depend on how it came about. */
async function hourOf(
  tables: Source,
  unit: UnitKey,
  hourMs: number,
  changed: readonly LevelRollup[],
): Promise<LevelRollup | null> {
  const quarters = new Map(
    (await tables.rollups(unit, '15m', { startMs: hourMs, endMs: hourMs + HOUR_MS })).map((one) => [one.startMs, one.rollup]),
  );
  for (const { level, startMs, rollup } of changed)
    if (level === '15m' && startMs >= hourMs && startMs < hourMs + HOUR_MS) quarters.set(startMs, rollup);
  if (quarters.size === 0) return null;
  const inOrder = [...quarters].toSorted(([a], [b]) => a - b).map(([, rollup]) => rollup);
  return { level: '1h', startMs: hourMs, rollup: mergeAll(inOrder) };
}
