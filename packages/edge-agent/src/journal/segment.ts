/** A journal file, its name, and the index kept of it in memory: per unit the seqs and the time it spans. Pure. */
import { z } from 'zod';
import { encodeRecord, type FoundRecord, recordAt } from './record.ts';
import { addRange, type SeqRanges } from './seq-ranges.ts';

const NAME_PATTERN = /^(\d{12})-([0-9A-Za-z]{8,40})\.journal(\.corrupt)?$/;

/** `000000000007-01JD….journal`: number (order of creation) and epoch; `.corrupt` behind it when it was set aside. */
export function segmentName(number: number, epoch: string): string {
  return `${String(number).padStart(12, '0')}-${epoch}.journal`;
}

export function setAsideName(name: string): string {
  return name.endsWith('.corrupt') ? name : `${name}.corrupt`;
}

/** `null` for files that are none of the journal's. */
export function readSegmentName(
  name: string,
): { readonly number: number; readonly epoch: string; readonly setAside: boolean } | null {
  const match = NAME_PATTERN.exec(name);
  if (match === null) return null;
  return { number: Number(match[1]), epoch: match[2] ?? '', setAside: match[3] !== undefined };
}

/** What a segment holds of one unit. */
export interface UnitSpan {
  readonly ranges: SeqRanges;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A longer step from one frame to the next was no measuring, or one of the clock. */
const MAX_STEP_MS = 600_000;

export class Segment {
  readonly number: number;
  readonly epoch: string;
  readonly units = new Map<string, UnitSpan>();
  name: string;
  /** Bytes that are known to be on the disk. */
  bytes: number;
  /** Nothing is appended any more and the index was written at its end. */
  sealed = false;
  /** Every byte was read back and checked since the journal was opened. */
  checked = false;
  /** It did not read back as it was written, and that was dealt with. */
  damaged = false;
  /** Monotonic time at which its newest frame was (about) 0 ms old; the age bounds count from here, so that clock steps cannot touch them. */
  freshAtMs = 0;

  /** For how long was measured while it was written, by the steps from frame to frame. */
  measuredMs = 0;
  #lastAtMs: number | null = null;

  constructor(number: number, epoch: string, name: string, bytes: number) {
    this.number = number;
    this.epoch = epoch;
    this.name = name;
    this.bytes = bytes;
  }

  get setAside(): boolean {
    return this.name.endsWith('.corrupt');
  }

  add(unit: string, seq: number, atMs: number): void {
    this.measuredMs += Math.min(MAX_STEP_MS, Math.max(0, atMs - (this.#lastAtMs ?? atMs)));
    this.#lastAtMs = atMs;
    const span = this.units.get(unit);
    this.units.set(unit, {
      ranges: addRange(span?.ranges ?? [], [seq, seq]),
      fromMs: Math.min(span?.fromMs ?? atMs, atMs),
      toMs: Math.max(span?.toMs ?? atMs, atMs),
    });
  }

  /** It will be indexed anew. */
  clear(): void {
    this.units.clear();
    this.measuredMs = 0;
    this.#lastAtMs = null;
  }

  /** Whether the hub has everything in it. */
  isAcknowledged(acknowledged: (unit: string) => number): boolean {
    return [...this.units].every(([unit, span]) => (span.ranges.at(-1)?.[1] ?? 0) <= acknowledged(unit));
  }
}

const endSchema = z.object({
  units: z.record(z.string(), z.object({ ranges: z.array(z.tuple([z.int(), z.int()])), fromMs: z.number(), toMs: z.number() })),
  measuredMs: z.number().default(0),
});
export type SegmentIndex = z.infer<typeof endSchema>;
const TAIL_BYTES = 4;

/** The record that closes a full segment: its index, then the length of the whole record in the last four bytes of the file. */
export function encodeEndRecord(segment: Segment): Uint8Array {
  const json = new TextEncoder().encode(
    JSON.stringify({ units: Object.fromEntries(segment.units), measuredMs: segment.measuredMs }),
  );
  const payload = new Uint8Array(json.length + TAIL_BYTES);
  payload.set(json);
  const record = encodeRecord('end', payload);
  new DataView(payload.buffer).setUint32(json.length, record.length);
  return encodeRecord('end', payload);
}

/** How many bytes the end record of a file has whose last four bytes are `tail`. */
export function endRecordLength(tail: Uint8Array): number {
  return tail.length < TAIL_BYTES ? 0 : new DataView(tail.buffer, tail.byteOffset).getUint32(tail.length - TAIL_BYTES);
}

/** The index in an end record; `null` when these bytes are none. */
export function decodeEndRecord(bytes: Uint8Array): SegmentIndex | null {
  const record: FoundRecord | null = recordAt(bytes, 0);
  if (record === null || record.type !== 'end' || record.end !== bytes.length) return null;
  try {
    const text = new TextDecoder().decode(record.payload.subarray(0, record.payload.length - TAIL_BYTES));
    const result = endSchema.safeParse(JSON.parse(text));
    return result.success ? result.data : null;
  } catch {
    return null;
  }
}
