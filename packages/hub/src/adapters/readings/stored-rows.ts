/** Stored rows on their way to readings. Neighbours: sqlite/, postgres/. */
import { decodeRecord, type RecordPlace, type Records } from '../../history/packing/reading-record.ts';
import type { LostRange, Reading, SeqRanges, StreamRecord } from '../../history/reading-store.ts';

/** A row with the record that is in it. */
export interface StoredRow extends RecordPlace {
  readonly body: Uint8Array;
}

/** Rows as they cross between threads: the record of `places[i]` is `records` number `i`. */
export interface PackedRows {
  readonly places: readonly RecordPlace[];
  readonly records: Records;
}

export function packRows(rows: readonly StoredRow[]): PackedRows {
  const offsets = new Uint32Array(rows.length + 1);
  for (const [index, { body }] of rows.entries()) offsets[index + 1] = (offsets[index] ?? 0) + body.length;
  const bytes = new Uint8Array(offsets[rows.length] ?? 0);
  for (const [index, { body }] of rows.entries()) bytes.set(body, offsets[index]);
  const places = rows.map(({ unit, epoch, seq, atMs, late }) => ({ unit, epoch, seq, atMs, late }));
  return { places, records: { bytes, offsets } };
}

export function readingsOf({ places, records: { bytes, offsets } }: PackedRows): Reading[] {
  return places.map((place, index) => decodeRecord(place, bytes.subarray(offsets[index], offsets[index + 1])));
}

export function readingOf(row: StoredRow): Reading {
  return decodeRecord(row, row.body);
}

/** A row of `reading_streams`. */
export interface StoredStream {
  readonly unit: string;
  readonly epoch: string;
  readonly edge: string;
  readonly settled: string;
  readonly lost: string;
}

export function streamOf({ unit, epoch, edge, settled, lost }: StoredStream): StreamRecord {
  return { unit, epoch, edge, settled: JSON.parse(settled) as SeqRanges, lost: JSON.parse(lost) as LostRange[] };
}
