/**
 * The work on the tables of a database that keeps answers quick: packs readings and brings their rollups up to date, imports, prunes. Each change is worked out from a snapshot
 * and then written in a short transaction, if nobody else changed the unit's history meanwhile. One order at a time; history-worker.ts sees to it.
 * Neighbours: history-tables.ts is what it stands on, history-change.ts works changes out, history-questions.ts reads what this writes.
 */
import { InvariantError } from '@slmm/shared';
import type { Compacted, CompactOrder, Retention } from '../../history/history-store.ts';
import { QUARTER_MS, quarterOf } from '../../history/packing/compaction.ts';
import type { Reading } from '../../history/reading-store.ts';
import type { Span } from '../../history/time/spans.ts';
import { readingOf } from '../readings/stored-rows.ts';
import { changeBy, type HistoryChange } from './history-change.ts';
import type { HistoryTables, UnitKey } from './history-tables.ts';

/** Quarter-hours that one change of an import may fill. */
const IMPORT_QUARTERS = 16;
/** An import beside a hub that packs the same unit is in its way now and then. */
const MOST_TRIES = 100;

/** Rows of one unit and quarter-hour with what becomes of them. */
interface Packing {
  readonly unit: UnitKey;
  readonly version: number;
  readonly span: Span;
  /** The rows that were packed, by their ids; what comes in meanwhile waits for the next order. */
  readonly ids: readonly number[];
  readonly change: HistoryChange;
}

export class HistoryUpkeep {
  readonly #tables: HistoryTables;
  /** Units whose stored history could not be read; tried again when the hub starts anew. */
  readonly #damaged = new Set<string>();

  constructor(tables: HistoryTables) {
    this.#tables = tables;
  }

  async mark(): Promise<number> {
    return this.#tables.mark();
  }

  /** The oldest quarter-hours first, whosever they are, so that no unit waits for all of another's; all of an order in one transaction. */
  async compact({ beforeMs, mark, nowMs, limit }: CompactOrder): Promise<Compacted> {
    const packings: Packing[] = [];
    const oldest = await this.#tables.oldestRows(mark, quarterOf(beforeMs), limit + this.#damaged.size);
    for (const { unit, atMs } of oldest.filter((one) => !this.#damaged.has(one.unit.name)).slice(0, limit))
      try {
        packings.push(await this.#tables.reading(() => this.#packing(unit, quarterOf(atMs), mark)));
      } catch (error) {
        if (!(error instanceof InvariantError)) throw error;
        this.#damaged.add(unit.name);
      }
    if (packings.length > 0)
      await this.#tables.writing(
        packings.map(({ unit }) => unit.name),
        async () => {
          for (const packing of packings) await this.#write(packing, nowMs);
        },
      );
    return { compacted: packings.length, damaged: [...this.#damaged] };
  }

  async importReadings(unitName: string, readings: readonly Reading[], nowMs: number): Promise<{ readonly stored: number }> {
    const unit = await this.#tables.writing([unitName], async () => this.#tables.makeUnit(unitName));
    const quarters = [...groupedByQuarter(readings)].toSorted(([a], [b]) => a - b);
    let stored = 0;
    for (let first = 0; first < quarters.length; first += IMPORT_QUARTERS)
      stored += await this.#import(unit, new Map(quarters.slice(first, first + IMPORT_QUARTERS)), nowMs);
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

  async #packing(unit: UnitKey, quarterMs: number, mark: number): Promise<Packing> {
    const span = { startMs: quarterMs, endMs: quarterMs + QUARTER_MS };
    const version = await this.#tables.version(unit);
    const rows = await this.#tables.rowsUpTo(unit, span, mark);
    const change = await changeBy(this.#tables, unit, new Map([[quarterMs, rows.map(readingOf)]]));
    return { unit, version, span, ids: rows.map(({ id }) => id), change };
  }

  /** Nothing where the unit's history changed since the snapshot: then it is worked out anew with the next order. */
  async #write({ unit, version, span, ids, change }: Packing, nowMs: number): Promise<void> {
    if (!(await this.#tables.claim(unit, version))) return;
    await this.#tables.deleteRows(unit, span, ids);
    await this.#put(unit, change, nowMs);
  }

  async #import(unit: UnitKey, more: ReadonlyMap<number, readonly Reading[]>, nowMs: number): Promise<number> {
    for (let attempt = 0; attempt < MOST_TRIES; attempt += 1) {
      const { version, change } = await this.#tables.reading(async () => ({
        version: await this.#tables.version(unit),
        change: await changeBy(this.#tables, unit, more),
      }));
      if (change.added === 0) return 0;
      const isWritten = await this.#tables.writing([unit.name], async () => {
        if (!(await this.#tables.claim(unit, version))) return false;
        await this.#put(unit, change, nowMs);
        return true;
      });
      if (isWritten) return change.added;
    }
    throw new Error(`the history of ${unit.name} changes all the time; try again later`);
  }

  async #put(unit: UnitKey, { blocks, rollups }: HistoryChange, nowMs: number): Promise<void> {
    for (const { block, pruned } of blocks) await this.#tables.putBlock(unit, block, nowMs, pruned);
    await this.#tables.putRollups(unit, rollups);
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
