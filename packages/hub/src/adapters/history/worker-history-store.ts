import { systemClock } from '@slmm/shared';
import type { Cells } from '../../history/levels/cells.ts';
import type { Compacted, CompactOrder, HistoryStore, Retention } from '../../history/history-store.ts';
import type { ReadingPosition } from '../../history/reading-cursor.ts';
import type { Reading } from '../../history/reading-store.ts';
import type { Rollup } from '../../history/levels/rollup.ts';
import type { Span } from '../../history/time/spans.ts';
import type { OverloadRule } from '../../history/levels/statistics.ts';
import type { DatabasePlaces } from '../../settings.ts';
import type { BlockSummary } from './block-row.ts';
import type { HistoryWorkerStart } from './history-worker.ts';
import { type PackedRollups, unpackRollups } from './packed-rollups.ts';
import type { PackedReadings } from '../readings/packed-reading-store.ts';
import { WorkerThread } from '../threads/worker-thread.ts';

/**
 * History in SQLite or PostgreSQL: one thread answers questions, another one packs, prunes and imports, so that neither waits for the other and the hub for none.
 * The tables must be there: the reading store of the same place is opened first.
 */
export class WorkerHistoryStore implements HistoryStore, PackedReadings {
  readonly #questions: WorkerThread;
  readonly #upkeep: WorkerThread;

  constructor(place: HistoryWorkerStart['place']) {
    const thread = (role: HistoryWorkerStart['role']): WorkerThread =>
      new WorkerThread('history-worker', import.meta.url, { role, place } satisfies HistoryWorkerStart);
    this.#questions = thread('read');
    this.#upkeep = thread('write');
  }

  async rollups(unit: string, wanted: readonly (readonly Span[])[]): Promise<readonly (Rollup | null)[]> {
    // Spans may be more than spans where they come from; only their bounds are to cross.
    const bare = wanted.map((spans) => spans.map(({ startMs, endMs }) => ({ startMs, endMs })));
    return unpackRollups(await this.#questions.call<PackedRollups>('packedRollups', [unit, bare]), bare);
  }

  cells(unit: string, { startMs, endMs }: Span, cellMs: number, masked: readonly Span[], overload: OverloadRule): Promise<Cells> {
    return this.#questions.call('cells', [unit, { startMs, endMs }, cellMs, masked, overload]);
  }

  packedReadings(unit: string, fromMs: number, toMs: number, after: ReadingPosition | null, limit: number): Promise<Reading[]> {
    return this.#questions.call('packedReadings', [unit, fromMs, toMs, after, limit]);
  }

  firstPackedMs(unit: string): Promise<number | null> {
    return this.#questions.call('firstPackedMs', [unit]);
  }

  newestPacked(unit: string): Promise<Reading | null> {
    return this.#questions.call('newestPacked', [unit]);
  }

  unitNames(): Promise<readonly string[]> {
    return this.#questions.call('unitNames', []);
  }

  summaries(unit: string, span: Span): Promise<readonly BlockSummary[]> {
    return this.#questions.call('summaries', [unit, span]);
  }

  importReadings(unit: string, readings: readonly Reading[]): Promise<{ readonly stored: number }> {
    return this.#upkeep.call('importReadings', [unit, readings, systemClock.nowMs()]);
  }

  mark(): Promise<number> {
    return this.#upkeep.call('mark', []);
  }

  compact(order: CompactOrder): Promise<Compacted> {
    return this.#upkeep.call('compact', [order]);
  }

  prune(retention: Retention, nowMs: number, limit: number): Promise<{ readonly deleted: number }> {
    return this.#upkeep.call('prune', [retention, nowMs, limit]);
  }

  storedBytes(): Promise<number> {
    return this.#upkeep.call('storedBytes', []);
  }

  reclaim(): Promise<{ readonly bytes: number }> {
    return this.#upkeep.call('reclaim', []);
  }

  async close(): Promise<void> {
    await this.#upkeep.close();
    await this.#questions.close();
  }
}

/** Where history lives: beside the readings. */
export function historyPlace(places: DatabasePlaces): HistoryWorkerStart['place'] {
  return places.kind === 'sqlite' ? { kind: 'sqlite', file: places.readingsFile } : places;
}
