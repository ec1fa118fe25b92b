/** Asks the file of readings; runs in a worker thread, so that a long question holds up neither ingest nor the hub. Neighbours: sqlite-reading-store.ts. */
import type { ReadingPosition } from '../../history/reading-cursor.ts';
import type { Sequence, StoredDeadLetter, UnitStateChange } from '../../history/reading-store.ts';
import { SequenceFold } from '../../history/ledger/sequence.ts';
import { type PackedRows, packRows, type StoredRow, type StoredStream } from '../readings/stored-rows.ts';
import { type Database, openForReading } from './readings-database.ts';

type Statement = ReturnType<Database['prepare']>;

const ROW = `SELECT u.name, s.epoch, r.seq, r.at_ms, r.late, r.body
  FROM reading_units u JOIN reading_rows r ON r.unit = u.id JOIN reading_streams s ON s.id = r.stream`;
const ORDER = 'ORDER BY r.at_ms, s.epoch, r.seq';

/** A page of readings as the database asks for it; `after` excludes everything up to a position. */
export interface PageQuery {
  readonly unit: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
  readonly after: ReadingPosition | null;
}

export class ReadingsReader {
  readonly #database: Database;
  readonly #page: Statement;
  readonly #newest: Statement;
  readonly #first: Statement;
  readonly #units: Statement;
  readonly #steps: Statement;
  readonly #streams: Statement;
  readonly #letters: Statement;
  readonly #states: Statement;

  constructor(file: string) {
    const database = openForReading(file);
    this.#database = database;
    this.#page = database
      .prepare(
        `${ROW} WHERE u.name = ? AND r.at_ms >= ? AND r.at_ms < ? AND (r.at_ms, s.epoch, r.seq) > (?, ?, ?) ${ORDER} LIMIT ?`,
      )
      .raw();
    this.#newest = database.prepare(`${ROW} WHERE u.name = ? ORDER BY r.at_ms DESC, s.epoch DESC, r.seq DESC LIMIT 1`).raw();
    this.#first = database.prepare(
      'SELECT r.at_ms AS at FROM reading_units u JOIN reading_rows r ON r.unit = u.id WHERE u.name = ? ORDER BY r.at_ms LIMIT 1',
    );
    this.#units = database.prepare('SELECT name FROM reading_units ORDER BY name');
    this.#steps = database
      .prepare(
        `SELECT s.epoch, r.seq, r.at_ms, r.late
       FROM reading_units u JOIN reading_rows r ON r.unit = u.id JOIN reading_streams s ON s.id = r.stream
       WHERE u.name = ? AND r.at_ms >= ? AND r.at_ms < ? ${ORDER}`,
      )
      .raw();
    this.#streams = database.prepare(
      `SELECT u.name AS unit, s.epoch AS epoch, s.edge AS edge, s.settled AS settled, s.lost AS lost
       FROM reading_streams s JOIN reading_units u ON u.id = s.unit
       WHERE (?1 IS NULL OR s.edge = ?1) AND (?2 IS NULL OR u.name = ?2) ORDER BY s.id`,
    );
    this.#letters = database
      .prepare('SELECT at_ms, topic, reason, payload, times FROM dead_letters ORDER BY at_ms DESC, id LIMIT ?')
      .raw();
    this.#states = database.prepare(
      `SELECT unit, at_ms AS atMs, link, run FROM unit_states WHERE unit = ?1 AND at_ms < ?3
       AND at_ms >= coalesce((SELECT max(at_ms) FROM unit_states WHERE unit = ?1 AND at_ms <= ?2), ?2) ORDER BY at_ms`,
    );
  }

  page({ unit, fromMs, toMs, limit, after }: PageQuery): PackedRows {
    const from = after === null ? fromMs : Math.max(fromMs, after.atMs);
    const behind = after === null ? [-1, '', 0] : [after.atMs, after.epoch, after.seq];
    return packRows((this.#page.all([unit, from, toMs, ...behind, limit]) as RawRow[]).map(rowOf));
  }

  latest(units: readonly string[] | null): PackedRows {
    const names = units ?? (this.#units.all([]) as { name: string }[]).map(({ name }) => name);
    return packRows(names.flatMap((unit) => (this.#newest.all([unit]) as RawRow[]).map(rowOf)));
  }

  sequences(unit: string, fromMs: number, toMs: number, maxStepMs: number): readonly Sequence[] {
    const fold = new SequenceFold(maxStepMs);
    for (const row of this.#steps.iterate([unit, fromMs, toMs])) {
      const [epoch, seq, atMs, late] = row as RawStep;
      fold.add({ epoch, seq, atMs, late: late === 1 });
    }
    return fold.done();
  }

  firstFrameMs(unit: string): number | null {
    return (this.#first.get([unit]) as { readonly at: number | null } | undefined)?.at ?? null;
  }

  streams(edge: string | null, unit: string | null): readonly StoredStream[] {
    return this.#streams.all([edge, unit]) as StoredStream[];
  }

  deadLetters(limit: number): readonly StoredDeadLetter[] {
    const rows = this.#letters.all([limit]) as [atMs: number, topic: string, reason: string, payload: Buffer, times: number][];
    return rows.map(([atMs, topic, reason, payload, times]) => ({
      atMs,
      topic,
      reason,
      payload: Uint8Array.from(payload),
      times,
    }));
  }

  states(unit: string, fromMs: number, toMs: number): readonly UnitStateChange[] {
    return this.#states.all([unit, fromMs, toMs]) as UnitStateChange[];
  }

  close(): void {
    this.#database.close();
  }
}

type RawStep = readonly [epoch: string, seq: number, atMs: number, late: number];
// Bytes come as a Buffer only in rows that are asked for raw.
type RawRow = readonly [unit: string, epoch: string, seq: number, atMs: number, late: number, body: Buffer];

function rowOf([unit, epoch, seq, atMs, late, body]: RawRow): StoredRow {
  return { unit, epoch, seq, atMs, late: late === 1, body };
}
