/** Writes readings to PostgreSQL over one connection, one transaction at a time. Neighbours: postgres-reading-store.ts. */
import { InvariantError } from '@slmm/shared';
import pg from 'pg';
import { MAX_DEAD_LETTERS } from '../../history/reading-store.ts';
import type { PackedBatch, PackedStream } from '../readings/packed-batch.ts';

/** A statement that takes longer has met something that will not end by itself, such as a lock somebody forgot. */
const STATEMENT_MS = 60_000;

const PUT_STREAMS = `
  INSERT INTO reading_streams AS s (unit, epoch, edge, settled, lost)
  SELECT u.id, b.epoch, b.edge, b.settled, coalesce(b.lost, '[]')
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS b (unit, epoch, edge, settled, lost, n)
  JOIN reading_units u ON u.name = b.unit ORDER BY b.n
  ON CONFLICT (unit, epoch) DO UPDATE SET edge = excluded.edge, settled = excluded.settled,
    lost = CASE WHEN (excluded.epoch, excluded.unit) IN (SELECT k.epoch, v.id FROM unnest($6::text[], $7::text[]) AS k (unit, epoch) JOIN reading_units v ON v.name = k.unit)
      THEN s.lost ELSE excluded.lost END
  RETURNING s.id, s.unit, s.epoch`;
// The records travel as one piece of binary, and are cut there: as an array of bytea each would become text.
const PUT_ROWS = `
  INSERT INTO reading_rows (stream, unit, seq, at_ms, late, body)
  SELECT b.stream, b.unit, b.seq, b.at_ms, b.late, substring($6::bytea FROM b.start FOR b.length)
  FROM unnest($1::int[], $2::int[], $3::bigint[], $4::bigint[], $5::bool[], $7::int[], $8::int[]) AS b (stream, unit, seq, at_ms, late, start, length)
  ON CONFLICT DO NOTHING`;
const PUT_LETTERS = `
  INSERT INTO dead_letters AS d (id, at_ms, topic, reason, payload, times) VALUES ($1, $2, $3, $4, $5, 1)
  ON CONFLICT (id) DO UPDATE SET at_ms = excluded.at_ms, reason = excluded.reason, times = d.times + 1`;
const TRIM_LETTERS = `DELETE FROM dead_letters WHERE id IN (SELECT id FROM dead_letters ORDER BY at_ms DESC OFFSET ${MAX_DEAD_LETTERS})`;

interface StreamKey {
  readonly id: number;
  readonly unit: number;
}

export class ReadingsWriter {
  readonly #url: string;
  #client: Promise<pg.Client> | null = null;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(url: string) {
    this.#url = url;
  }

  /** One after the other, in the order of calls. */
  append(batch: PackedBatch): Promise<void> {
    const done = this.#queue.then(() => this.#inTransaction((client) => write(client, batch)));
    this.#queue = done.catch(() => undefined);
    return done;
  }

  async close(): Promise<void> {
    await this.#queue;
    const client = await this.#client?.catch(() => null);
    this.#client = null;
    await client?.end();
  }

  async #inTransaction(work: (client: pg.Client) => Promise<void>): Promise<void> {
    const client = await (this.#client ??= this.#connect());
    try {
      await client.query('BEGIN');
      await work(client);
      await client.query('COMMIT');
    } catch (error) {
      // Whatever happened to this connection, the next try begins on a new one; the server rolls back what was open on this.
      this.#client = null;
      await client.end().catch(() => undefined);
      throw error;
    }
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.#url,
      connectionTimeoutMillis: 10_000,
      statement_timeout: STATEMENT_MS,
      query_timeout: STATEMENT_MS + 5000,
      keepAlive: true,
      application_name: 'slmm-hub ingest',
    });
    const lost = (): void => {
      this.#client = null;
    };
    client.on('error', lost);
    client.on('end', lost);
    try {
      await client.connect();
      // A resolved commit is on the server's disk, whatever the server's default.
      await client.query('SET synchronous_commit = on');
      return client;
    } catch (error) {
      lost();
      throw error;
    }
  }
}

async function write(client: pg.Client, batch: PackedBatch): Promise<void> {
  const keys = await writeStreams(client, batch.streams);
  if (batch.seq.length > 0) await writeRows(client, batch, keys);
  for (const { id, atMs, topic, reason, payload } of batch.deadLetters)
    await client.query({
      name: 'put-letter',
      text: PUT_LETTERS,
      values: [Buffer.from(id), atMs, storable(topic), storable(reason), Buffer.from(payload)],
    });
  if (batch.deadLetters.length > 0) await client.query(TRIM_LETTERS);
}

async function writeStreams(client: pg.Client, streams: readonly PackedStream[]): Promise<readonly StreamKey[]> {
  if (streams.length === 0) return [];
  const units = streams.map(({ unit }) => unit);
  const known = await unitIds(client, units);
  const kept = streams.filter(({ lost }) => lost === null);
  const { rows } = await client.query<{ id: number; unit: number; epoch: string }>({
    name: 'put-streams',
    text: PUT_STREAMS,
    values: [
      units,
      streams.map(({ epoch }) => epoch),
      streams.map(({ edge }) => edge),
      streams.map(({ settled }) => settled),
      streams.map(({ lost }) => lost),
      kept.map(({ unit }) => unit),
      kept.map(({ epoch }) => epoch),
    ],
  });
  const ids = new Map(rows.map(({ id, unit, epoch }) => [`${unit} ${epoch}`, id]));
  return streams.map(({ unit, epoch }) => {
    const unitId = known.get(unit);
    const id = ids.get(`${unitId} ${epoch}`);
    if (unitId === undefined || id === undefined) throw new InvariantError(`the stream ${unit} ${epoch} could not be made`);
    return { id, unit: unitId };
  });
}

async function unitIds(client: pg.Client, units: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const names = [...new Set(units)];
  const select = { name: 'units', text: 'SELECT name, id FROM reading_units WHERE name = ANY ($1::text[])', values: [names] };
  let { rows } = await client.query<{ name: string; id: number }>(select);
  if (rows.length < names.length) {
    await client.query('INSERT INTO reading_units (name) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING', [names]);
    ({ rows } = await client.query<{ name: string; id: number }>(select));
  }
  return new Map(rows.map(({ name, id }) => [name, id]));
}

async function writeRows(client: pg.Client, batch: PackedBatch, keys: readonly StreamKey[]): Promise<void> {
  const { bytes, offsets } = batch.records;
  const key = (index: number): StreamKey => {
    const found = keys[batch.stream[index] ?? -1];
    if (found === undefined) throw new InvariantError('a row is of no stream of its batch');
    return found;
  };
  const rows = [...batch.seq.keys()];
  await client.query({
    name: 'put-rows',
    text: PUT_ROWS,
    values: [
      rows.map((index) => key(index).id),
      rows.map((index) => key(index).unit),
      [...batch.seq],
      [...batch.atMs],
      rows.map((index) => batch.late[index] === 1),
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      rows.map((index) => (offsets[index] ?? 0) + 1),
      rows.map((index) => (offsets[index + 1] ?? 0) - (offsets[index] ?? 0)),
    ],
  });
}

/** PostgreSQL's text knows no NUL. */
const storable = (text: string): string => text.replaceAll('\0', '\u{FFFD}');
