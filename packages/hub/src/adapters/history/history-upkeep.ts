/**
 * The work on the tables of a database that keeps answers quick: packs readings and brings their rollups up to date, imports, prunes. One order at a time; history-worker.ts
 * sees to it. Neighbours: history-tables.ts is what it stands on, history-questions.ts reads what it writes.
 */
import type { CompactOrder, Retention } from '../../history/history-store.ts';
import { mergeAll } from '../../history/levels/rollup.ts';
import {
  blockOf,
  hoursOf,
  joinReadings,
  type LevelRollup,
  QUARTER_MS,
  quarterOf,
  quartersTouched,
  rollupsOfQuarter,
} from '../../history/packing/compaction.ts';
import { stretchesOf } from '../../history/levels/stretch-set.ts';
import { decodeBlock } from '../../history/packing/reading-block.ts';
import type { Reading } from '../../history/reading-store.ts';
import { readingOf } from '../readings/stored-rows.ts';
import type { HistoryTables, UnitKey } from './history-tables.ts';
import { BlockStretches } from './block-stretches.ts';

const HOUR_MS = 3_600_000;
/** Quarter-hours that one transaction of an import may fill. */
const IMPORT_QUARTERS = 4;

export class HistoryUpkeep {
  readonly #tables: HistoryTables;

  constructor(tables: HistoryTables) {
    this.#tables = tables;
  }

  async mark(): Promise<number> {
    return this.#tables.mark();
  }

  /** One quarter-hour of each unit after the other, so that no unit waits for all of another's. */
  async compact({ beforeMs, mark, nowMs, limit }: CompactOrder): Promise<{ readonly compacted: number }> {
    let compacted = 0;
    for (const unit of await this.#tables.units()) {
      if (compacted >= limit) break;
      const oldestMs = await this.#tables.oldestRowAtMs(unit, mark);
      if (oldestMs === null || quarterOf(oldestMs) + QUARTER_MS > beforeMs) continue;
      await this.#tables.writing(unit.name, () => this.#pack(unit, quarterOf(oldestMs), mark, nowMs));
      compacted += 1;
    }
    return { compacted };
  }

  async importReadings(unitName: string, readings: readonly Reading[], nowMs: number): Promise<{ readonly stored: number }> {
    const byQuarter = groupedByQuarter(readings);
    const quarters = [...byQuarter.keys()].toSorted((a, b) => a - b);
    let stored = 0;
    for (let first = 0; first < quarters.length; first += IMPORT_QUARTERS)
      stored += await this.#tables.writing(unitName, async () => {
        const unit = await this.#tables.makeUnit(unitName);
        const added: Reading[] = [];
        for (const quarterMs of quarters.slice(first, first + IMPORT_QUARTERS))
          added.push(...(await this.#store(unit, quarterMs, byQuarter.get(quarterMs) ?? [], nowMs)));
        await this.#bringUpToDate(unit, added);
        return added.length;
      });
    return { stored };
  }

  async prune(retention: Retention, nowMs: number, limit: number): Promise<{ readonly deleted: number }> {
    return { deleted: await this.#tables.prune(retention, nowMs, limit) };
  }

  async storedBytes(): Promise<number> {
    return this.#tables.storedBytes();
  }

  async reclaim(): Promise<{ readonly bytes: number }> {
    return { bytes: await this.#tables.reclaim() };
  }

  async close(): Promise<void> {
    await this.#tables.close();
  }

  async #pack(unit: UnitKey, quarterMs: number, mark: number, nowMs: number): Promise<void> {
    const span = { startMs: quarterMs, endMs: quarterMs + QUARTER_MS };
    const rows = await this.#tables.takeRows(unit, span, mark);
    const added = await this.#store(unit, quarterMs, rows.map(readingOf), nowMs);
    await this.#bringUpToDate(unit, added);
  }

  /** Puts readings into their block; answers with those that were not there. */
  async #store(unit: UnitKey, quarterMs: number, more: readonly Reading[], nowMs: number): Promise<readonly Reading[]> {
    const stored = await this.#tables.block(unit, quarterMs);
    const known = stored === null || stored.bytes === null ? [] : decodeBlock(unit.name, stored.bytes);
    const { readings, added } = joinReadings(known, more);
    if (added.length > 0) await this.#tables.putBlock(unit, blockOf(readings), nowMs, stored?.pruned ?? false);
    return added;
  }

  /** Makes the rollups anew that these readings change. Where the readings of a bucket are no longer all there, the new ones are added to what is stored. */
  async #bringUpToDate(unit: UnitKey, added: readonly Reading[]): Promise<void> {
    const changes = stretchesOf(added);
    const touched = quartersTouched(changes);
    const blocks = new BlockStretches(this.#tables, unit);
    for (const quarterMs of touched) {
      const span = { startMs: quarterMs, endMs: quarterMs + QUARTER_MS };
      if (await this.#tables.isPruned(unit, span)) {
        await this.#addTo(unit, rollupsOfQuarter(quarterMs, changes));
        continue;
      }
      await this.#tables.putRollups(unit, rollupsOfQuarter(quarterMs, await blocks.reaching([span])));
    }
    for (const hourMs of hoursOf(touched)) await this.#putHour(unit, hourMs);
  }

  /** Quarter-hours in order of time make the hour, so the sum does not depend on how it came about. */
  async #putHour(unit: UnitKey, hourMs: number): Promise<void> {
    const quarters = await this.#tables.rollups(unit, '15m', { startMs: hourMs, endMs: hourMs + HOUR_MS });
    if (quarters.length === 0) return;
    const rollup = mergeAll(quarters.map((quarter) => quarter.rollup));
    await this.#tables.putRollups(unit, [{ level: '1h', startMs: hourMs, rollup }]);
  }

  async #addTo(unit: UnitKey, more: readonly LevelRollup[]): Promise<void> {
    for (const { level, startMs, rollup } of more) {
      const [stored] = await this.#tables.rollups(unit, level, { startMs, endMs: startMs + 1 });
      await this.#tables.putRollups(unit, [
        { level, startMs, rollup: stored === undefined ? rollup : mergeAll([stored.rollup, rollup]) },
      ]);
    }
  }
}

function groupedByQuarter(readings: readonly Reading[]): ReadonlyMap<number, readonly Reading[]> {
  const groups = new Map<number, Reading[]>();
  for (const reading of readings) {
    const group = groups.get(quarterOf(reading.atMs));
    if (group === undefined) groups.set(quarterOf(reading.atMs), [reading]);
    else group.push(reading);
  }
  return groups;
}
