import { type Cells, emptyCells, fillCells } from '../../history/levels/cells.ts';
import { assemble, planGather } from '../../history/packing/gather.ts';
import type { Compacted, HistoryStore } from '../../history/history-store.ts';
import { type StretchSet, stretchesOf } from '../../history/levels/stretch-set.ts';
import type { Reading, ReadingStore } from '../../history/reading-store.ts';
import type { Rollup } from '../../history/levels/rollup.ts';
import { type Span, without } from '../../history/time/spans.ts';
import type { OverloadRule } from '../../history/levels/statistics.ts';
import { LONGEST_AHEAD_MS, LONGEST_STRETCH_MS } from '../../history/levels/stretch.ts';

const PAGE = 10_000;
const ALWAYS: Span = { startMs: 0, endMs: Number.MAX_SAFE_INTEGER };

/** History without rollups: every answer comes from the readings themselves. The twin of the databases, and what they are measured against. */
export class MemoryHistoryStore implements HistoryStore {
  readonly #readings: ReadingStore;

  constructor(readings: ReadingStore) {
    this.#readings = readings;
  }

  async rollups(unit: string, wanted: readonly (readonly Span[])[]): Promise<readonly (Rollup | null)[]> {
    // Everything counts as stale, so every piece of every plan is made of readings.
    const plan = planGather(wanted, [ALWAYS]);
    const stretches = await this.#stretches(unit, plan.readings);
    return assemble(plan, { rollups: new Map(), stretches });
  }

  async cells(unit: string, span: Span, cellMs: number, masked: readonly Span[], overload: OverloadRule): Promise<Cells> {
    const cells = emptyCells(span, cellMs);
    const { stretches } = await this.#stretches(unit, [span]);
    for (const part of without(span, masked)) fillCells(cells, part, stretches, overload);
    return cells;
  }

  async importReadings(unit: string, readings: readonly Reading[]): Promise<{ readonly stored: number }> {
    const before = await this.#between(unit, ALWAYS.startMs, ALWAYS.endMs);
    await this.#readings.append({ readings, streams: [], deadLetters: [] });
    return { stored: (await this.#between(unit, ALWAYS.startMs, ALWAYS.endMs)).length - before.length };
  }

  mark(): Promise<number> {
    return Promise.resolve(0);
  }

  compact(): Promise<Compacted> {
    return Promise.resolve({ compacted: 0, damaged: [] });
  }

  prune(): Promise<{ readonly deleted: number }> {
    return Promise.resolve({ deleted: 0 });
  }

  storedBytes(): Promise<number> {
    return Promise.resolve(0);
  }

  reclaim(): Promise<{ readonly bytes: number }> {
    return Promise.resolve({ bytes: 0 });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #stretches(unit: string, spans: readonly Span[]): Promise<StretchSet> {
    const found = new Map<string, Reading>();
    for (const { startMs, endMs } of spans)
      for (const reading of await this.#between(unit, startMs - LONGEST_AHEAD_MS, endMs + LONGEST_STRETCH_MS))
        found.set(`${reading.frame.epoch} ${reading.frame.seq}`, reading);
    return stretchesOf([...found.values()]);
  }

  async #between(unit: string, fromMs: number, toMs: number): Promise<readonly Reading[]> {
    const readings: Reading[] = [];
    let after: string | null = null;
    do {
      const page = await this.#readings.readings({ unit, fromMs, toMs, limit: PAGE, ...(after === null ? {} : { after }) });
      readings.push(...page.readings);
      after = page.next;
    } while (after !== null);
    return readings;
  }
}
