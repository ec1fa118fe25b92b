/**
 * Reads a `dod` or `backfill` message. Pure and total: garbage becomes a value with its reason. Neighbours: ingest.ts.
 * A batch of which nothing can be read writes nothing off: its edge may be newer than this hub, and its frames must wait for one that understands them.
 */
import {
  type BackfillBatch,
  decodeBackfill,
  decodeMessage,
  epochSchema,
  type Frame,
  frameSchema,
  isId,
  MAX_JSON_BYTES,
  quantizeFrame,
  seqSchema,
} from '@slmm/protocol';
import { z } from 'zod';
import type { FrameTopic } from '../fleet/edge-message.ts';
import { plainFrame } from './plain-frame.ts';

export type FrameMessage =
  | BackfillBatch
  /** `identity`: which frame it would have been, where that much can be read; its seq is then written off. */
  | { readonly kind: 'poison'; readonly reason: string; readonly identity: FrameIdentity | null };

export interface FrameIdentity {
  readonly epoch: string;
  readonly seq: number;
}

const identitySchema = z.object({ unit: z.string().refine(isId), epoch: epochSchema, seq: seqSchema });

export function readFrames(topic: FrameTopic, payload: Uint8Array): FrameMessage {
  return topic.kind === 'dod' ? readLiveFrame(topic.unit, payload) : readBackfill(topic.unit, payload);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function readLiveFrame(unit: string, payload: Uint8Array): FrameMessage {
  const plain = payload.length > MAX_JSON_BYTES ? null : plainFrame(jsonOf(payload), unit);
  if (plain !== null) return { kind: 'frames', unit, epoch: plain.epoch, frames: [plain], poisoned: [] };
  const decoded = decodeMessage(frameSchema, payload);
  if (decoded.kind === 'bad') return poison(decoded.reason, identityIn(unit, payload));
  const frame: Frame = decoded.value;
  if (frame.unit !== unit) return poison(`the frame is of unit ${frame.unit}, the topic of ${unit}`, null);
  return { kind: 'frames', unit, epoch: frame.epoch, frames: [quantizeFrame(frame)], poisoned: [] };
}

function jsonOf(payload: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(payload));
  } catch {
    return null;
  }
}

function readBackfill(unit: string, payload: Uint8Array): FrameMessage {
  const decoded = decodeBackfill(payload);
  if (decoded.kind === 'bad') return poison(decoded.reason, null);
  if (decoded.value.unit !== unit) return poison(`the batch is of unit ${decoded.value.unit}, the topic of ${unit}`, null);
  return decoded.value;
}

/** A frame with something wrong in it still says which one it is; without that its seq would be asked for again and again. */
function identityIn(unit: string, payload: Uint8Array): FrameIdentity | null {
  if (payload.length > MAX_JSON_BYTES) return null;
  const decoded = decodeMessage(identitySchema, payload);
  if (decoded.kind === 'bad' || decoded.value.unit !== unit) return null;
  return { epoch: decoded.value.epoch, seq: decoded.value.seq };
}

const poison = (reason: string, identity: FrameIdentity | null): FrameMessage => ({ kind: 'poison', reason, identity });
