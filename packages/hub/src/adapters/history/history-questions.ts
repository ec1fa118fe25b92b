/**
 * Answers from the tables of a database: gathers what rollups, blocks and rows not packed yet say. One question at a time; history-worker.ts sees to it.
 * Neighbours: history-tables.ts is what it stands on, history-upkeep.ts writes what it reads.
 */
import { addRollup, type Cells, emptyCells, fillCells, levelsWithin } from '../../history/levels/cells.ts';
import type { LevelName } from '../../history/levels/rollup-levels.ts';
import type { Rollup } from '../../history/levels/rollup.ts';
import type { OverloadRule } from '../../history/levels/statistics.ts';
import { LONGEST_AHEAD_MS, LONGEST_STRETCH_MS } from '../../history/levels/stretch.ts';
import { QUARTER_MS, quartersTouched } from '../../history/packing/compaction.ts';
import { assemble, planGather, type StoredRollup } from '../../history/packing/gather.ts';
import { type StretchSet, stretchesOf } from '../../history/levels/stretch-set.ts';
import { decodeBlock } from '../../history/packing/reading-block.ts';
import { comparePositions, type ReadingPosition } from '../../history/reading-cursor.ts';
import type { Reading } from '../../history/reading-store.ts';
import { type Span, unionOf, without } from '../../history/time/spans.ts';
import { readingOf } from '../readings/stored-rows.ts';
import type { BlockSummary } from './block-row.ts';
import type { HistoryTables, PackedBlock, UnitKey } from './history-tables.ts';
import { type PackedRollups, packRollups } from './packed-rollups.ts';
import { BlockStretches, joined } from './block-stretches.ts';

const HOUR_MS = 3_600_000;

export class HistoryQuestions {
  readonly #tables: HistoryTables;
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
      const { fresh, stale } = await this.#fresh(unit, span);
      const plan = planGather([without(span, masked)], stale, levelsWithin(cellMs, span.startMs));
      for (const { level, spans } of plan.levels)
        for (const one of spans)
          for (const { startMs, rollup } of await this.#tables.rollups(unit, level, one))
            addRollup(cells, startMs, rollup, overload);
      const blocks = new BlockStretches(this.#tables, unit);
      for (const part of plan.readings.flatMap(hoursOf)) {
        const { stretches } = await blocks.reaching([part]);
        const near = fresh.stretches.filter((stretch) => stretch.endMs > part.startMs && stretch.startMs < part.endMs);
        fillCells(cells, part, [...stretches, ...near], overload);
      }
      return cells;
    });
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

  /** Time of the first packed frame; of one that was pruned with others of its quarter-hour, the start of that. */
  firstPackedMs(unitName: string): Promise<number | null> {
    return this.#read<number | null>(unitName, null, async (unit) => {
      const block = await this.#tables.oldestBlock(unit);
      if (block === null || block.firstAtMs !== null) return block?.firstAtMs ?? null;
      const readings = block.bytes === null ? [] : decodeBlock(unit.name, block.bytes);
      return readings.find((reading) => reading.imported !== true)?.atMs ?? block.startMs;
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

  async unitNames(): Promise<readonly string[]> {
    return (await this.#tables.units()).map((unit) => unit.name);
  }

  summaries(unitName: string, span: Span): Promise<readonly BlockSummary[]> {
    return this.#read<readonly BlockSummary[]>(unitName, [], (unit) => this.#tables.summaries(unit, span));
  }

  async close(): Promise<void> {
    await this.#tables.close();
  }

  async #rollups(unit: UnitKey, wanted: readonly (readonly Span[])[]): Promise<readonly (Rollup | null)[]> {
    const [whole] = around(wanted.flat());
    if (whole === undefined) return wanted.map(() => null);
    const { fresh, stale } = await this.#fresh(unit, whole);
    const plan = planGather(wanted, stale);
    const rollups = new Map<LevelName, readonly StoredRollup[]>();
    for (const { level, spans } of plan.levels) {
      const found: StoredRollup[] = [];
      for (const span of spans) found.push(...(await this.#tables.rollups(unit, level, span)));
      rollups.set(level, found);
    }
    const packed = await new BlockStretches(this.#tables, unit).reaching(plan.readings);
    return assemble(plan, { rollups, stretches: joined([packed, fresh]) });
  }

  /**
   * What rows that are not packed yet say about the span, and where they make rollups stale. Where readings were pruned, rollups know what nothing else knows, so there the
   * newcomers wait until they are packed.
   */
  async #fresh(
    unit: UnitKey,
    { startMs, endMs }: Span,
  ): Promise<{ readonly fresh: StretchSet; readonly stale: readonly Span[] }> {
    const rows = await this.#tables.rows(unit, { startMs: startMs - LONGEST_AHEAD_MS, endMs: endMs + LONGEST_STRETCH_MS });
    const fresh = stretchesOf(rows.map(readingOf));
    const stale: Span[] = [];
    for (const quarterMs of quartersTouched(fresh)) {
      const quarter = { startMs: quarterMs, endMs: quarterMs + QUARTER_MS };
      if (!(await this.#tables.isPruned(unit, quarter))) stale.push(quarter);
    }
    return { fresh, stale: unionOf(stale) };
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
    return this.#tables.reading(async () => {
      const unit = await this.#tables.unit(unitName);
      return unit === null ? nothing : work(unit);
    });
  }
}

/** A span in parts of an hour at most. */
function hoursOf({ startMs, endMs }: Span): Span[] {
  const count = Math.ceil((endMs - startMs) / HOUR_MS);
  return Array.from({ length: count }, (_, index) => ({
    startMs: startMs + index * HOUR_MS,
    endMs: Math.min(endMs, startMs + (index + 1) * HOUR_MS),
  }));
}

/** From the first start to the last end; empty for no spans. */
function around(spans: readonly Span[]): Span[] {
  if (spans.length === 0) return [];
  const startMs = spans.reduce((least, span) => Math.min(least, span.startMs), Infinity);
  const endMs = spans.reduce((most, span) => Math.max(most, span.endMs), -Infinity);
  return [{ startMs, endMs }];
}
