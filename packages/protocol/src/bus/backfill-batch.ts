/**
 * The payload of `/{edge}/{unit}/backfill`: frames of one unit and epoch in few bytes, or the seqs the edge has to give up.
 * Binary, because a metered SIM pays for every byte. Layout in PROTOCOL.md, "Backfill batch".
 */
import { deflateRawSync, type InflateRaw, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { readFrames, writeFrames } from './batch-frames.ts';
import type { Decoded } from './decode-message.ts';
import { type Frame, quantizeFrame } from './frame.ts';
import { idSchema } from './id.ts';
import { epochSchema, instantSchema, seqSchema } from './primitives.ts';
import { BadBytes, ByteReader, ByteWriter } from './varint-bytes.ts';

/** Most frames one batch may hold. */
export const MAX_BATCH_FRAMES = 600;
/** Most ranges one report of losses may hold. */
export const MAX_BATCH_RANGES = 500;
/** Longer payloads are refused unread. */
export const MAX_BATCH_BYTES = 131_072;
/** A body that inflates beyond this is refused: 600 frames of the widest values need less. */
const MAX_BODY_BYTES = 131_072;

const MAGIC = [0x53, 0x42] as const;
const VERSION = 1;
const KIND_FRAMES = 0;
const KIND_LOST = 1;

/** A range of seqs that will never come, and why: what makes a gap permanent. */
export const lostRangeSchema = z
  .object({
    first: seqSchema,
    last: seqSchema,
    /** `journal-full` and `journal-age`: dropped by its bounds; `corrupt`: the disk gave it back damaged; `disk`: it could not be written; `trimmed`: it had been acknowledged, and deleted since. */
    cause: z.enum(['journal-full', 'journal-age', 'corrupt', 'disk', 'trimmed']),
    /** Time of the first and the last frame of the range, where the edge still knows them. */
    from: instantSchema.nullable(),
    to: instantSchema.nullable(),
  })
  .refine((range) => range.first <= range.last, { error: 'a range ends before it begins' });
export type LostRange = z.infer<typeof lostRangeSchema>;
const lostRangesSchema = z.array(lostRangeSchema).min(1).max(MAX_BATCH_RANGES);

/**
 * A decoded backfill payload. All frames are of `unit` and `epoch`, in ascending order of seq; there may be holes. `poisoned` are the seqs of those in the batch
 * that say something no frame can say; they are not among `frames`.
 */
export type BackfillBatch =
  | {
      readonly kind: 'frames';
      readonly unit: string;
      readonly epoch: string;
      readonly frames: readonly Frame[];
      readonly poisoned: readonly number[];
    }
  | { readonly kind: 'lost'; readonly unit: string; readonly epoch: string; readonly ranges: readonly LostRange[] };

/**
 * Encodes 1 to 600 frames of one unit and epoch, ascending in seq. What comes back from `decodeBackfill` is `quantizeFrame` of each;
 * frames that were quantized before come back as they were. Throws a RangeError on frames that do not belong into one batch.
 */
export function encodeBackfill(frames: readonly Frame[]): Uint8Array {
  const first = frames[0];
  if (first === undefined || frames.length > MAX_BATCH_FRAMES)
    throw new RangeError(`a batch holds 1 to ${MAX_BATCH_FRAMES} frames`);
  const body = new ByteWriter();
  let previousSeq = first.seq;
  for (const frame of frames.slice(1)) {
    if (frame.seq <= previousSeq || frame.epoch !== first.epoch || frame.unit !== first.unit)
      throw new RangeError('a batch holds frames of one unit and epoch, ascending in seq');
    body.varint(frame.seq - previousSeq - 1);
    previousSeq = frame.seq;
  }
  writeFrames(body, frames.map(quantizeFrame));
  return packed(KIND_FRAMES, first.unit, first.epoch, first.seq, frames.length, body.done());
}

/** Encodes 1 to 500 ranges of seqs of one unit and epoch that will never come. */
export function encodeLost(unit: string, epoch: string, ranges: readonly LostRange[]): Uint8Array {
  const checked = lostRangesSchema.parse(ranges);
  const body = new TextEncoder().encode(JSON.stringify(checked));
  return packed(KIND_LOST, unit, epoch, checked[0]?.first ?? 1, checked.length, body);
}

/** Reads a backfill payload. Total: anything that is not one gives its reason. */
export function decodeBackfill(payload: Uint8Array): Decoded<BackfillBatch> {
  if (payload.length > MAX_BATCH_BYTES) return bad(`${payload.length} bytes, ${MAX_BATCH_BYTES} are allowed`);
  try {
    return { kind: 'ok', value: readBatch(new ByteReader(payload)) };
  } catch (error) {
    if (error instanceof BadBytes) return bad(error.message);
    throw error;
  }
}

const bad = (reason: string): Decoded<never> => ({ kind: 'bad', reason: `backfill batch: ${reason}` });

function packed(kind: number, unit: string, epoch: string, firstSeq: number, count: number, body: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  for (const byte of [...MAGIC, VERSION, kind]) writer.byte(byte);
  writer.text(epoch);
  writer.text(unit);
  writer.varint(firstSeq);
  writer.varint(count);
  writer.bytes(deflateRawSync(body, { level: 9, memLevel: 9 }));
  return writer.done();
}

function readBatch(reader: ByteReader): BackfillBatch {
  if (reader.byte() !== MAGIC[0] || reader.byte() !== MAGIC[1]) throw new BadBytes('it does not begin like one');
  const version = reader.byte();
  if (version !== VERSION) throw new BadBytes(`version ${version} is not known`);
  const kind = reader.byte();
  const epoch = reader.text();
  const unit = reader.text();
  if (!epochSchema.safeParse(epoch).success || !idSchema.safeParse(unit).success) throw new BadBytes('epoch or unit is no id');
  const firstSeq = reader.varint();
  const count = reader.varint();
  if (kind === KIND_LOST) return { kind: 'lost', unit, epoch, ranges: readRanges(inflated(reader.rest())) };
  if (kind !== KIND_FRAMES) throw new BadBytes(`kind ${kind} is not known`);
  if (count < 1 || count > MAX_BATCH_FRAMES) throw new BadBytes(`${count} frames, 1 to ${MAX_BATCH_FRAMES} are allowed`);
  const body = new ByteReader(inflated(reader.rest()));
  const seqs = [firstSeq];
  for (let index = 1; index < count; index += 1) seqs.push((seqs[index - 1] ?? 0) + body.varint() + 1);
  if (firstSeq < 1 || !Number.isSafeInteger(seqs[count - 1])) throw new BadBytes('a seq is out of range');
  const read = readFrames(body, { unit, epoch, seqs });
  if (!body.atEnd) throw new BadBytes('something follows the last frame');
  return { kind: 'frames', unit, epoch, ...read };
}

function inflated(body: Uint8Array): Uint8Array {
  try {
    // With `info` Node also returns the engine, which knows how much input the stream used; its type declarations do not say so.
    const result = inflateRawSync(body, { maxOutputLength: MAX_BODY_BYTES, info: true }) as unknown as {
      buffer: Uint8Array;
      engine: InflateRaw;
    };
    if (result.engine.bytesWritten !== body.length) throw new BadBytes('something follows the body');
    return result.buffer;
  } catch (error) {
    throw error instanceof BadBytes ? error : new BadBytes('its body does not inflate, or to too much');
  }
}

function readRanges(body: Uint8Array): LostRange[] {
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new BadBytes('its ranges are not JSON');
  }
  const result = lostRangesSchema.safeParse(content);
  if (!result.success) throw new BadBytes(`its ranges do not fit: ${result.error.issues[0]?.message ?? ''}`);
  return result.data;
}
