import { type ReadingPosition, readCursor, writeCursor } from '../../history/reading-cursor.ts';
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
import { BatchPacker } from '../readings/packed-batch.ts';
import { type PackedRows, readingsOf, type StoredStream, streamOf } from '../readings/stored-rows.ts';
import type { PageQuery } from './readings-reader.ts';
import type { ReadingsWorkerStart } from './readings-worker.ts';
import { WorkerThread } from '../threads/worker-thread.ts';

/** Readings in one SQLite file: one thread owns the only writing connection, another one answers questions. */
export class SqliteReadingStore implements ReadingStore {
  readonly #writer: WorkerThread;
  readonly #reader: WorkerThread;
  readonly #packer = new BatchPacker();

  private constructor(file: string) {
    const thread = (role: ReadingsWorkerStart['role']): WorkerThread =>
      new WorkerThread('readings-worker', import.meta.url, { role, file } satisfies ReadingsWorkerStart);
    this.#writer = thread('write');
    this.#reader = thread('read');
  }

  /** Makes the file and its directory where they are missing, and brings an older layout up to date. */
  static async open(file: string): Promise<SqliteReadingStore> {
    const store = new SqliteReadingStore(file);
    try {
      // The reader opens the file at its first question; its thread starts beside the writer's.
      await Promise.all([store.#writer.call('open', []), store.#reader.call('start', [])]);
      return store;
    } catch (error) {
      await store.close();
      throw new Error(`the readings in ${file} cannot be opened: ${(error as Error).message}`, { cause: error });
    }
  }

  async append(batch: ReadingBatch): Promise<void> {
    const packed = this.#packer.pack(batch);
    const { stream, seq, atMs, late, records } = packed;
    const transfer = [stream.buffer, seq.buffer, atMs.buffer, late.buffer, records.bytes.buffer, records.offsets.buffer];
    await this.#writer.call('append', [packed], transfer);
    this.#packer.stored(batch);
  }

  async streams(of: { readonly edge?: string; readonly unit?: string } = {}): Promise<readonly StreamRecord[]> {
    const found = await this.#reader.call<StoredStream[]>('streams', [of.edge ?? null, of.unit ?? null]);
    return found.map(streamOf);
  }

  async readings(query: ReadingQuery): Promise<{ readonly readings: readonly Reading[]; readonly next: string | null }> {
    const { unit, fromMs, toMs, limit } = query;
    const after: ReadingPosition | null = query.after === undefined ? null : readCursor(query.after);
    const page: PageQuery = { unit, fromMs, toMs, limit: limit + 1, after };
    const { places, records } = await this.#reader.call<PackedRows>('page', [page]);
    const last = places.length > limit ? places[limit - 1] : undefined;
    const readings = readingsOf({ places: places.slice(0, limit), records });
    return { readings, next: last === undefined ? null : writeCursor(last) };
  }

  async latest(units?: readonly string[]): Promise<readonly Reading[]> {
    return readingsOf(await this.#reader.call<PackedRows>('latest', [units ?? null]));
  }

  sequences(unit: string, fromMs: number, toMs: number, maxStepMs: number): Promise<readonly Sequence[]> {
    return this.#reader.call('sequences', [unit, fromMs, toMs, maxStepMs]);
  }

  firstFrameMs(unit: string): Promise<number | null> {
    return this.#reader.call('firstFrameMs', [unit]);
  }

  deadLetters(limit: number): Promise<readonly StoredDeadLetter[]> {
    return this.#reader.call('deadLetters', [limit]);
  }

  async recordState(change: UnitStateChange): Promise<void> {
    await this.#writer.call('recordState', [change]);
  }

  states(unit: string, fromMs: number, toMs: number): Promise<readonly UnitStateChange[]> {
    return this.#reader.call('states', [unit, fromMs, toMs]);
  }

  async close(): Promise<void> {
    await this.#writer.close();
    await this.#reader.close();
  }
}
