import { comparePositions, type ReadingPosition, readCursor, writeCursor } from '../../history/reading-cursor.ts';
import {
  MAX_DEAD_LETTERS,
  type Reading,
  type ReadingBatch,
  type ReadingQuery,
  type ReadingStore,
  type Sequence,
  type StoredDeadLetter,
  type StreamRecord,
  type UnitStateChange,
} from '../../history/reading-store.ts';
import { SequenceFold } from '../../history/ledger/sequence.ts';

/** Readings in memory: the twin of the databases, for tests. It keeps everything and has no bound but the machine's. */
export class MemoryReadingStore implements ReadingStore {
  readonly #keys = new Set<string>();
  readonly #readings = new Map<string, Reading[]>();
  readonly #streams = new Map<string, StreamRecord>();
  readonly #deadLetters = new Map<string, StoredDeadLetter>();
  readonly #states = new Map<string, UnitStateChange[]>();

  append(batch: ReadingBatch): Promise<void> {
    for (const reading of batch.readings) this.#add(reading);
    for (const { unit, epoch, edge, settled, lost } of batch.streams)
      this.#streams.set(`${unit} ${epoch}`, { unit, epoch, edge, settled, lost });
    for (const letter of batch.deadLetters) {
      const key = `${letter.topic} ${Buffer.from(letter.payload).toString('base64')}`;
      const times = (this.#deadLetters.get(key)?.times ?? 0) + 1;
      this.#deadLetters.delete(key);
      this.#deadLetters.set(key, { ...letter, times });
    }
    for (const key of [...this.#deadLetters.keys()].slice(0, -MAX_DEAD_LETTERS)) this.#deadLetters.delete(key);
    return Promise.resolve();
  }

  streams(of: { readonly edge?: string; readonly unit?: string } = {}): Promise<readonly StreamRecord[]> {
    const found = [...this.#streams.values()].filter(
      ({ edge, unit }) => (of.edge === undefined || of.edge === edge) && (of.unit === undefined || of.unit === unit),
    );
    return Promise.resolve(found);
  }

  async readings(query: ReadingQuery): Promise<{ readonly readings: readonly Reading[]; readonly next: string | null }> {
    const after = query.after === undefined ? null : readCursor(query.after);
    const found = this.#between(query.unit, query.fromMs, query.toMs).filter(
      (reading) => after === null || comparePositions(positionOf(reading), after) > 0,
    );
    const page = found.slice(0, query.limit);
    const last = page.at(-1);
    return { readings: page, next: last !== undefined && found.length > page.length ? writeCursor(positionOf(last)) : null };
  }

  latest(units: readonly string[] = [...this.#readings.keys()]): Promise<readonly Reading[]> {
    return Promise.resolve(units.flatMap((unit) => this.#readings.get(unit)?.findLast(isFrame) ?? []));
  }

  sequences(unit: string, fromMs: number, toMs: number, maxStepMs: number): Promise<readonly Sequence[]> {
    const fold = new SequenceFold(maxStepMs);
    for (const reading of this.#between(unit, fromMs, toMs).filter(isFrame))
      fold.add({ ...positionOf(reading), late: reading.late });
    return Promise.resolve(fold.done());
  }

  firstFrameMs(unit: string): Promise<number | null> {
    return Promise.resolve(this.#readings.get(unit)?.find(isFrame)?.atMs ?? null);
  }

  deadLetters(limit: number): Promise<readonly StoredDeadLetter[]> {
    return Promise.resolve([...this.#deadLetters.values()].reverse().slice(0, limit));
  }

  recordState(change: UnitStateChange): Promise<void> {
    const changes = (this.#states.get(change.unit) ?? []).filter((other) => other.atMs !== change.atMs);
    this.#states.set(
      change.unit,
      [...changes, change].toSorted((a, b) => a.atMs - b.atMs),
    );
    return Promise.resolve();
  }

  states(unit: string, fromMs: number, toMs: number): Promise<readonly UnitStateChange[]> {
    const changes = this.#states.get(unit) ?? [];
    const before = changes.findLast((change) => change.atMs <= fromMs);
    const within = changes.filter((change) => change.atMs > fromMs && change.atMs < toMs);
    return Promise.resolve(before === undefined ? within : [before, ...within]);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #add(reading: Reading): void {
    const { unit, epoch, seq } = reading.frame;
    const key = `${unit} ${epoch} ${seq}`;
    if (this.#keys.has(key)) return;
    this.#keys.add(key);
    const readings = this.#readings.get(unit) ?? [];
    this.#readings.set(unit, readings);
    const position = positionOf(reading);
    const index = readings.findLastIndex((other) => comparePositions(positionOf(other), position) < 0);
    readings.splice(index + 1, 0, reading);
  }

  #between(unit: string, fromMs: number, toMs: number): readonly Reading[] {
    return (this.#readings.get(unit) ?? []).filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  }
}

const isFrame = ({ imported }: Reading): boolean => imported !== true;

function positionOf({ frame, atMs }: Reading): ReadingPosition {
  return { atMs, epoch: frame.epoch, seq: frame.seq };
}
