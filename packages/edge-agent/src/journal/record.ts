/**
 * The bytes of a journal segment: records behind one another, each `A5 5A`, type (1 byte), length of the payload (4 bytes, big-endian),
 * CRC-32 of type, length and payload (4 bytes), payload. Pure.
 */
import { crc32 } from 'node:zlib';

/** What a record holds: a frame; the state of the books; lost ranges; an acknowledge; a correction of times; the index at the end of a full segment. */
const RECORD_TYPES = {
  frame: 0x46,
  checkpoint: 0x43,
  lost: 0x4c,
  acknowledge: 0x41,
  correction: 0x54,
  end: 0x45,
} as const;
export type RecordType = keyof typeof RECORD_TYPES;

const MAGIC_0 = 0xa5;
const MAGIC_1 = 0x5a;
const HEAD_BYTES = 11;
/** Longer payloads are damage. The largest record is the checkpoint of a thousand units. */
const MAX_PAYLOAD_BYTES = 4_194_304;

const TYPE_OF_CODE = new Map(Object.entries(RECORD_TYPES).map(([type, code]) => [code as number, type as RecordType]));

export function encodeRecord(type: RecordType, payload: Uint8Array): Uint8Array {
  const record = new Uint8Array(HEAD_BYTES + payload.length);
  const view = new DataView(record.buffer);
  record[0] = MAGIC_0;
  record[1] = MAGIC_1;
  record[2] = RECORD_TYPES[type];
  view.setUint32(3, payload.length);
  record.set(payload, HEAD_BYTES);
  view.setUint32(7, checksum(record, 0, payload.length));
  return record;
}

/** A record found in a segment. `payload` is a view into the segment's bytes. */
export interface FoundRecord {
  readonly type: RecordType;
  readonly start: number;
  readonly end: number;
  readonly payload: Uint8Array;
}

/**
 * What a segment's bytes hold. `damage` is `null` when every byte belongs to a good record; `torn` when nothing good follows the first bad byte,
 * as after a power cut in the middle of an append; `corrupt` when good records follow it, which no interrupted append can leave behind.
 */
export interface Scan {
  readonly records: readonly FoundRecord[];
  readonly damage: 'torn' | 'corrupt' | null;
  readonly badBytes: number;
}

/** Reads all good records, also those behind damage. */
export function scanRecords(bytes: Uint8Array): Scan {
  const records: FoundRecord[] = [];
  let badBytes = 0;
  let damage: Scan['damage'] = null;
  let offset = 0;
  while (offset < bytes.length) {
    const record = recordAt(bytes, offset);
    if (record !== null) {
      if (damage !== null) damage = 'corrupt';
      records.push(record);
      offset = record.end;
      continue;
    }
    damage ??= 'torn';
    const next = bytes.indexOf(MAGIC_0, offset + 1);
    const end = next === -1 ? bytes.length : next;
    badBytes += end - offset;
    offset = end;
  }
  return { records, damage, badBytes };
}

/** The record that starts at `offset`, or `null` where there is no good one. */
export function recordAt(bytes: Uint8Array, offset: number): FoundRecord | null {
  if (offset < 0 || offset + HEAD_BYTES > bytes.length || bytes[offset] !== MAGIC_0 || bytes[offset + 1] !== MAGIC_1) return null;
  const type = TYPE_OF_CODE.get(bytes[offset + 2] ?? 0);
  if (type === undefined) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, HEAD_BYTES);
  const length = view.getUint32(3);
  const end = offset + HEAD_BYTES + length;
  if (length > MAX_PAYLOAD_BYTES || end > bytes.length) return null;
  if (view.getUint32(7) !== checksum(bytes, offset, length)) return null;
  return { type, start: offset, end, payload: bytes.subarray(offset + HEAD_BYTES, end) };
}

function checksum(bytes: Uint8Array, start: number, payloadLength: number): number {
  const head = crc32(bytes.subarray(start + 2, start + 7));
  return crc32(bytes.subarray(start + HEAD_BYTES, start + HEAD_BYTES + payloadLength), head);
}
