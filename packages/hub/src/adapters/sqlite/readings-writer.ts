/** Writes into the file of readings; runs in a worker thread. Neighbours: sqlite-reading-store.ts calls it through readings-worker.ts. */
import { MAX_DEAD_LETTERS, type UnitStateChange } from '../../history/reading-store.ts';
import type { PackedBatch, PackedLetter, PackedStream } from '../readings/packed-batch.ts';
import { atomically, type Database, openForWriting } from './readings-database.ts';

/** Rows per statement: one call per row costs more than the row. */
const ROWS = 16;
/** Ids of streams kept at hand; all are dropped when there are more. */
const MAX_KNOWN_STREAMS = 50_000;

type Statement = ReturnType<Database['prepare']>;
interface StreamKey {
  readonly id: number;
  readonly unit: number;
}

export class ReadingsWriter {
  readonly #database: Database;
  readonly #oneRow: Statement;
  readonly #manyRows: Statement;
  readonly #addUnit: Statement;
  readonly #putStream: Statement;
  readonly #updateStream: Statement;
  readonly #putLetter: Statement;
  readonly #trimLetters: Statement;
  readonly #putState: Statement;
  readonly #streams = new Map<string, StreamKey>();

  constructor(file: string) {
    const database = openForWriting(file);
    this.#database = database;
    const row = '(?, ?, ?, ?, ?, ?)';
    const insert = (rows: number): Statement =>
      database.prepare(
        `INSERT INTO reading_rows (stream, seq, unit, at_ms, late, body) VALUES ${Array(rows).fill(row).join(', ')} ON CONFLICT DO NOTHING`,
      );
    this.#oneRow = insert(1);
    this.#manyRows = insert(ROWS);
    this.#addUnit = database.prepare('INSERT INTO reading_units (name) VALUES (?) ON CONFLICT DO NOTHING');
    this.#putStream = database.prepare(
      `INSERT INTO reading_streams (unit, epoch, edge, settled, lost) SELECT id, ?, ?, ?, ? FROM reading_units WHERE name = ?
       ON CONFLICT (unit, epoch) DO UPDATE SET edge = excluded.edge RETURNING id, unit`,
    );
    this.#updateStream = database.prepare(
      'UPDATE reading_streams SET edge = ?, settled = ?, lost = coalesce(?, lost) WHERE id = ?',
    );
    this.#putLetter = database.prepare(
      `INSERT INTO dead_letters (id, at_ms, topic, reason, payload, times) VALUES (?, ?, ?, ?, ?, 1)
       ON CONFLICT (id) DO UPDATE SET at_ms = excluded.at_ms, reason = excluded.reason, times = times + 1`,
    );
    this.#trimLetters = database.prepare(
      `DELETE FROM dead_letters WHERE id IN (SELECT id FROM dead_letters ORDER BY at_ms DESC LIMIT -1 OFFSET ${MAX_DEAD_LETTERS})`,
    );
    this.#putState = database.prepare(
      'INSERT INTO unit_states (unit, at_ms, link, run) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET link = excluded.link, run = excluded.run',
    );
  }

  append(batch: PackedBatch): void {
    try {
      atomically(this.#database, () => {
        const keys = batch.streams.map((stream) => this.#write(stream));
        this.#writeRows(batch, keys);
        for (const letter of batch.deadLetters) this.#writeLetter(letter);
        if (batch.deadLetters.length > 0) this.#trimLetters.run([]);
      });
    } catch (error) {
      // Ids that were given in a transaction that is no more.
      this.#streams.clear();
      throw error;
    }
  }

  recordState({ unit, atMs, link, run }: UnitStateChange): void {
    this.#putState.run([unit, atMs, link, run]);
  }

  close(): void {
    this.#database.close();
  }

  #write(stream: PackedStream): StreamKey {
    const { edge, settled, lost } = stream;
    const key = this.#streamKey(stream);
    this.#updateStream.run([edge, settled, lost, key.id]);
    return key;
  }

  #streamKey({ unit, epoch, edge }: PackedStream): StreamKey {
    const name = `${unit} ${epoch}`;
    const known = this.#streams.get(name);
    if (known !== undefined) return known;
    this.#addUnit.run([unit]);
    const key = this.#putStream.get([epoch, edge, '[]', '[]', unit]) as StreamKey | undefined;
    if (key === undefined) throw new Error(`the stream ${name} could not be made`);
    if (this.#streams.size >= MAX_KNOWN_STREAMS) this.#streams.clear();
    this.#streams.set(name, key);
    return key;
  }

  #writeRows({ stream, seq, atMs, late, records }: PackedBatch, keys: readonly StreamKey[]): void {
    const { bytes, offsets } = records;
    const row = (index: number): unknown[] => {
      const key = keys[stream[index] ?? -1];
      if (key === undefined) throw new Error('a row is of no stream of its batch');
      const body = Buffer.from(
        bytes.buffer,
        bytes.byteOffset + (offsets[index] ?? 0),
        (offsets[index + 1] ?? 0) - (offsets[index] ?? 0),
      );
      return [key.id, seq[index], key.unit, atMs[index], late[index], body];
    };
    let index = 0;
    for (; index + ROWS <= seq.length; index += ROWS) {
      const values: unknown[] = [];
      for (let one = index; one < index + ROWS; one += 1) values.push(...row(one));
      this.#manyRows.run(values);
    }
    for (; index < seq.length; index += 1) this.#oneRow.run(row(index));
  }

  #writeLetter({ id, atMs, topic, reason, payload }: PackedLetter): void {
    this.#putLetter.run([Buffer.from(id), atMs, topic, reason, Buffer.from(payload)]);
  }
}
