import type { ReadingPosition } from '../../history/reading-cursor.ts';
import { comparePositions, readCursor, writeCursor } from '../../history/reading-cursor.ts';
import type {
  Reading,
  ReadingBatch,
  ReadingQuery,
  ReadingStore,
  Sequence,
  StoredDeadLetter,
  StreamRecord,
  UnitStateChange,
} from '../../history/reading-store.ts';
import { QUARTER_MS } from '../../history/packing/compaction.ts';
import { SequenceFold } from '../../history/ledger/sequence.ts';
import type { Span } from '../../history/time/spans.ts';
import type { BlockSummary } from '../history/block-row.ts';

/** What blocks know of readings. */
export interface PackedReadings {
  /** The first `limit` packed readings in `[fromMs, toMs)` behind `after`. */
  packedReadings(
    unit: string,
    fromMs: number,
    toMs: number,
    after: ReadingPosition | null,
    limit: number,
  ): Promise<readonly Reading[]>;
  /** Time of the first packed frame. */
  firstPackedMs(unit: string): Promise<number | null>;
  /** The newest packed frame; rows of imported series are none. */
  newestPacked(unit: string): Promise<Reading | null>;
  /** Units with anything stored. */
  unitNames(): Promise<readonly string[]>;
  /** Blocks with readings in the span, oldest first. */
  summaries(unit: string, span: Span): Promise<readonly BlockSummary[]>;
}

const FOLD_PAGE = 10_000;

/**
 * Readings as rows and as blocks, seen as one. A reading moves from a row to its block in one transaction; rows are asked first and doubles dropped, so a
 * reading that moves meanwhile is seen all the same.
 */
export class PackedReadingStore implements ReadingStore {
  readonly #rows: ReadingStore;
  readonly #packed: PackedReadings;

  constructor(rows: ReadingStore, packed: PackedReadings) {
    this.#rows = rows;
    this.#packed = packed;
  }

  append(batch: ReadingBatch): Promise<void> {
    return this.#rows.append(batch);
  }

  streams(of?: { readonly edge?: string; readonly unit?: string }): Promise<readonly StreamRecord[]> {
    return this.#rows.streams(of);
  }

  async readings(query: ReadingQuery): Promise<{ readonly readings: readonly Reading[]; readonly next: string | null }> {
    const { unit, fromMs, toMs, limit } = query;
    const after = query.after === undefined ? null : readCursor(query.after);
    const rows = await this.#rows.readings(query);
    const packed = await this.#packed.packedReadings(unit, fromMs, toMs, after, limit + 1);
    if (packed.length === 0) return rows;
    const all = onceEach([...packed, ...rows.readings]);
    const page = all.slice(0, limit);
    const last = page.at(-1);
    const hasMore = all.length > limit || rows.next !== null;
    return { readings: page, next: hasMore && last !== undefined ? writeCursor(positionOf(last)) : null };
  }

  async latest(units?: readonly string[]): Promise<readonly Reading[]> {
    const rows = await this.#rows.latest(units);
    const newest = new Map(rows.map((reading) => [reading.frame.unit, reading]));
    for (const unit of units ?? (await this.#packed.unitNames())) {
      const packed = await this.#packed.newestPacked(unit);
      const row = newest.get(unit);
      if (packed !== null && (row === undefined || comparePositions(positionOf(packed), positionOf(row)) > 0))
        newest.set(unit, packed);
    }
    return [...newest.values()];
  }

  async firstFrameMs(unit: string): Promise<number | null> {
    const row = await this.#rows.firstFrameMs(unit);
    const packed = await this.#packed.firstPackedMs(unit);
    return row === null || packed === null ? (row ?? packed) : Math.min(row, packed);
  }

  async sequences(unit: string, fromMs: number, toMs: number, maxStepMs: number): Promise<readonly Sequence[]> {
    const rows = await this.#rows.sequences(unit, fromMs, toMs, maxStepMs);
    const blocks = await this.#packed.summaries(unit, { startMs: fromMs, endMs: toMs });
    if (blocks.length === 0) return rows;
    const fold = new SequenceFold(maxStepMs);
    const foldRows = async (startMs: number, endMs: number): Promise<void> => {
      const here = rows.filter((sequence) => sequence.firstAtMs < endMs && sequence.lastAtMs >= startMs);
      const isInside = here.every((sequence) => sequence.firstAtMs >= startMs && sequence.lastAtMs < endMs);
      const found = isInside ? here : await this.#rows.sequences(unit, startMs, endMs, maxStepMs);
      for (const sequence of found) fold.addSequence(sequence);
    };
    let doneMs = fromMs;
    for (const { startMs: blockMs, toMs: lastMs, ledger } of blocks) {
      const startMs = Math.max(fromMs, blockMs);
      const endMs = Math.min(toMs, blockMs + QUARTER_MS);
      await foldRows(doneMs, startMs);
      doneMs = endMs;
      const isAlone = !rows.some((sequence) => sequence.firstAtMs < endMs && sequence.lastAtMs >= startMs);
      if (isAlone && ledger.kind === 'nothing') continue;
      if (
        isAlone &&
        ledger.kind === 'plain' &&
        isWithin(ledger.sequence.firstAtMs, lastMs) &&
        ledger.sequence.maxStepMs <= maxStepMs
      )
        fold.addSequence(ledger.sequence);
      else await this.#foldOneByOne(fold, unit, startMs, endMs);
    }
    await foldRows(doneMs, toMs);
    return fold.done();

    function isWithin(firstMs: number, lastMs: number): boolean {
      return firstMs >= fromMs && lastMs < toMs;
    }
  }

  deadLetters(limit: number): Promise<readonly StoredDeadLetter[]> {
    return this.#rows.deadLetters(limit);
  }

  recordState(change: UnitStateChange): Promise<void> {
    return this.#rows.recordState(change);
  }

  states(unit: string, fromMs: number, toMs: number): Promise<readonly UnitStateChange[]> {
    return this.#rows.states(unit, fromMs, toMs);
  }

  close(): Promise<void> {
    return this.#rows.close();
  }

  async #foldOneByOne(fold: SequenceFold, unit: string, fromMs: number, toMs: number): Promise<void> {
    let after: string | null = null;
    do {
      const page: { readonly readings: readonly Reading[]; readonly next: string | null } = await this.readings({
        unit,
        fromMs,
        toMs,
        limit: FOLD_PAGE,
        ...(after === null ? {} : { after }),
      });
      for (const reading of page.readings)
        if (reading.imported !== true) fold.add({ ...positionOf(reading), late: reading.late });
      after = page.next;
    } while (after !== null);
  }
}

function positionOf({ frame, atMs }: Reading): ReadingPosition {
  return { atMs, epoch: frame.epoch, seq: frame.seq };
}

/** In order of position, each (epoch, seq) once. */
function onceEach(readings: readonly Reading[]): Reading[] {
  const known = new Set<string>();
  const found: Reading[] = [];
  for (const reading of readings) {
    const key = `${reading.frame.epoch} ${reading.frame.seq}`;
    if (known.has(key)) continue;
    known.add(key);
    found.push(reading);
  }
  return found.toSorted((a, b) => comparePositions(positionOf(a), positionOf(b)));
}
