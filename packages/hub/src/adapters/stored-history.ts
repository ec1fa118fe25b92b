/**
 * History on the tables of a database: gathers answers from rollups, blocks and rows not packed yet; packs; imports. One question or order at a time.
 * Neighbours: history-tables.ts is what it stands on, history-worker.ts runs it in a thread of its own.
 */
import { type Cells, emptyCells, fillCells } from '../history/cells.ts';
import {
  blockOf,
  hoursOf,
  joinReadings,
  type LevelRollup,
  QUARTER_MS,
  quarterOf,
  quartersTouched,
  rollupsOfQuarter,
} from '../history/compaction.ts';
import { assemble, planGather, type StoredRollup } from '../history/gather.ts';
import type { CompactOrder, Retention } from '../history/history-store.ts';
import { decodeBlock, decodeStretches, type StretchSet, stretchesOf } from '../history/reading-block.ts';
import { comparePositions, type ReadingPosition } from '../history/reading-cursor.ts';
import type { Reading } from '../history/reading-store.ts';
import type { LevelName } from '../history/rollup-levels.ts';
import { mergeAll, type Rollup } from '../history/rollup.ts';
import { type Span, unionOf } from '../history/spans.ts';
import type { OverloadRule } from '../history/statistics.ts';
import { LONGEST_STRETCH_MS } from '../history/stretch.ts';
import { type PackedRollups, packRollups } from './packed-rollups.ts';
import type { BlockSummary, HistoryTables, PackedBlock, UnitKey } from './history-tables.ts';
import { readingOf } from './stored-rows.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Quarter-hours that one transaction of an import may fill. */
const IMPORT_QUARTERS = 4;

export class StoredHistory {
  readonly #tables: HistoryTables;
  #queue: Promise<unknown> = Promise.resolve();
  /** The block that was unpacked last: pages and minutes of one quarter-hour follow one another. */
  #last: { readonly unit: number; readonly block: PackedBlock; readonly readings: readonly Reading[] } | null = null;

  constructor(tables: HistoryTables) {
    this.#tables = tables;
  }

  rollups(unitName: string, wanted: readonly (readonly Span[])[]): Promise<readonly (Rollup | null)[]> {
    return this.#read(
      unitName,
      wanted.map(() => null),
      (unit) => this.#rollups(unit, wanted),
    );
  }

  /** The same as bytes, which cross to another thread at a fraction of what objects cost. */
  async packedRollups(unitName: string, wanted: readonly (readonly Span[])[]): Promise<PackedRollups> {
    const rollups = await this.rollups(unitName, wanted);
    return packRollups(rollups, wanted);
  }

  cells(unitName: string, span: Span, cellMs: number, masked: readonly Span[], overload: OverloadRule): Promise<Cells> {
    const cells = emptyCells(span, cellMs);
    return this.#read(unitName, cells, async (unit) => {
      const { stretches: fresh } = await this.#freshStretches(unit, span);
      for (let startMs = span.startMs; startMs < span.endMs; startMs += HOUR_MS) {
        const part = { startMs, endMs: Math.min(span.endMs, startMs + HOUR_MS) };
        const { stretches } = await this.#packedStretches(unit, [part]);
        const near = fresh.filter((stretch) => stretch.endMs > part.startMs && stretch.startMs < part.endMs);
        fillCells(cells, part, [...stretches, ...near], masked, overload);
      }
      return cells;
    });
  }

  extent(unitName: string): Promise<Span | null> {
    return this.#read<Span | null>(unitName, null, (unit) => this.#tables.extent(unit));
  }

  /** The first `limit` packed readings in `[fromMs, toMs)` behind `after`. */
  packedReadings(
    unitName: string,
    fromMs: number,
    toMs: number,
    after: ReadingPosition | null,
    limit: number,
  ): Promise<Reading[]> {
    return this.#read<Reading[]>(unitName, [], async (unit) => {
      const found: Reading[] = [];
      let nextMs = Math.max(fromMs, after?.atMs ?? fromMs);
      while (found.length < limit) {
        const block = await this.#tables.nextBlock(unit, nextMs, toMs);
        if (block === null) break;
        nextMs = block.startMs + QUARTER_MS;
        for (const reading of this.#unpacked(unit, block)) {
          const position = { atMs: reading.atMs, epoch: reading.frame.epoch, seq: reading.frame.seq };
          const isAfter = after === null || comparePositions(position, after) > 0;
          if (reading.atMs >= fromMs && reading.atMs < toMs && isAfter) found.push(reading);
        }
      }
      return found.slice(0, limit);
    });
  }

  /** The newest packed frame. */
  newestPacked(unitName: string): Promise<Reading | null> {
    return this.#read<Reading | null>(unitName, null, async (unit) => {
      const block = await this.#tables.newestBlock(unit);
      const readings = block === null ? [] : decodeBlock(unit.name, block.bytes);
      return readings.findLast((reading) => reading.imported !== true) ?? null;
    });
  }

  unitNames(): Promise<readonly string[]> {
    return this.#inTurn(async () => (await this.#tables.units()).map((unit) => unit.name));
  }

  summaries(unitName: string, span: Span): Promise<readonly BlockSummary[]> {
    return this.#read<readonly BlockSummary[]>(unitName, [], (unit) => this.#tables.summaries(unit, span));
  }

  mark(): Promise<number> {
    return this.#inTurn(() => this.#tables.mark());
  }

  /** One quarter-hour of each unit after the other, so that no unit waits for all of another's. */
  compact({ beforeMs, mark, nowMs, limit }: CompactOrder): Promise<{ readonly compacted: number }> {
    return this.#inTurn(async () => {
      let compacted = 0;
      for (const unit of await this.#tables.units()) {
        if (compacted >= limit) break;
        const oldestMs = await this.#tables.oldestRowAtMs(unit, mark);
        if (oldestMs === null || quarterOf(oldestMs) + QUARTER_MS > beforeMs) continue;
        await this.#tables.writing(unit.name, () => this.#pack(unit, quarterOf(oldestMs), mark, nowMs));
        compacted += 1;
      }
      return { compacted };
    });
  }

  importReadings(unitName: string, readings: readonly Reading[], nowMs: number): Promise<{ readonly stored: number }> {
    return this.#inTurn(async () => {
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
    });
  }

  prune(retention: Retention, nowMs: number, limit: number): Promise<{ readonly deleted: number }> {
    return this.#inTurn(async () => ({ deleted: await this.#tables.prune(retention, nowMs, limit) }));
  }

  storedBytes(): Promise<number> {
    return this.#inTurn(() => this.#tables.storedBytes());
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#tables.close());
  }

  async #rollups(unit: UnitKey, wanted: readonly (readonly Span[])[]): Promise<readonly (Rollup | null)[]> {
    const [whole] = around(wanted.flat());
    if (whole === undefined) return wanted.map(() => null);
    const fresh = await this.#freshStretches(unit, whole);
    const stale = unionOf(quartersTouched(fresh).map((startMs) => ({ startMs, endMs: startMs + QUARTER_MS })));
    const plan = planGather(wanted, stale);
    const rollups = new Map<LevelName, readonly StoredRollup[]>();
    for (const { level, spans } of plan.levels) {
      const found: StoredRollup[] = [];
      for (const span of spans) found.push(...(await this.#tables.rollups(unit, level, span)));
      rollups.set(level, found);
    }
    const packed = await this.#packedStretches(unit, plan.readings);
    return assemble(plan, { rollups, stretches: joined([packed, fresh]) });
  }

  /** What rows that are not packed yet say about the span. */
  async #freshStretches(unit: UnitKey, { startMs, endMs }: Span): Promise<StretchSet> {
    const rows = await this.#tables.rows(unit, { startMs, endMs: endMs + LONGEST_STRETCH_MS });
    return stretchesOf(rows.map(readingOf));
  }

  /** What blocks say about the spans, each block once. */
  async #packedStretches(unit: UnitKey, spans: readonly Span[]): Promise<StretchSet> {
    const sets = new Map<number, StretchSet>();
    for (const span of spans)
      for (const { startMs, bytes } of await this.#tables.blocksReaching(unit, span))
        if (!sets.has(startMs)) sets.set(startMs, decodeStretches(bytes));
    return joined([...sets.values()]);
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
    for (const quarterMs of touched) {
      const span = { startMs: quarterMs, endMs: quarterMs + QUARTER_MS };
      if (await this.#tables.isPruned(unit, span)) {
        await this.#addTo(unit, rollupsOfQuarter(quarterMs, changes));
        continue;
      }
      await this.#tables.putRollups(unit, rollupsOfQuarter(quarterMs, await this.#packedStretches(unit, [span])));
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

  #unpacked(unit: UnitKey, block: PackedBlock): readonly Reading[] {
    const last = this.#last;
    if (
      last !== null &&
      last.unit === unit.id &&
      last.block.startMs === block.startMs &&
      Buffer.compare(last.block.bytes, block.bytes) === 0
    )
      return last.readings;
    const readings = decodeBlock(unit.name, block.bytes);
    this.#last = { unit: unit.id, block, readings };
    return readings;
  }

  #read<T>(unitName: string, nothing: T, work: (unit: UnitKey) => Promise<T> | T): Promise<T> {
    return this.#inTurn(() =>
      this.#tables.reading(async () => {
        const unit = await this.#tables.unit(unitName);
        return unit === null ? nothing : work(unit);
      }),
    );
  }

  #inTurn<T>(work: () => Promise<T> | T): Promise<T> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => undefined);
    return done;
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

function joined(sets: readonly StretchSet[]): StretchSet {
  return { stretches: sets.flatMap((set) => set.stretches), silent: sets.flatMap((set) => set.silent) };
}

/** From the first start to the last end; empty for no spans. */
function around(spans: readonly Span[]): Span[] {
  if (spans.length === 0) return [];
  const startMs = spans.reduce((least, span) => Math.min(least, span.startMs), Infinity);
  const endMs = spans.reduce((most, span) => Math.max(most, span.endMs), -Infinity);
  return [{ startMs, endMs }];
}
