/** A frame as the payload of a journal record: unit, seq and time up front so that an index needs no JSON, then the rest as a JSON list. Pure. */
import type { Frame, Interval } from '@slmm/protocol';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

type Rest = [
  src: Frame['src'],
  run: Frame['run'],
  lp: number | null,
  leq: number | null,
  le: number | null,
  lmax: number | null,
  lmin: number | null,
  lpeak: number | null,
  ln: Frame['ln'],
  lieq: number | null,
  leqmov: number | null,
  ltm5: number | null,
  over: 0 | 1,
  under: 0 | 1,
  interval: Interval | null,
  settings: string | null,
  offsetMs: number | null,
];

/** Length of the unit (1 byte), unit, seq and milliseconds since 1970 (8 bytes each, IEEE double, big-endian), JSON list. The epoch is the segment's. */
export function encodeFrameRecord(frame: Frame): Uint8Array {
  const rest: Rest = [
    frame.src,
    frame.run,
    frame.lp,
    frame.leq,
    frame.le,
    frame.lmax,
    frame.lmin,
    frame.lpeak,
    frame.ln,
    frame.lieq,
    frame.leqmov,
    frame.ltm5,
    frame.over ? 1 : 0,
    frame.under ? 1 : 0,
    frame.interval,
    frame.settings,
    frame.offset_ms ?? null,
  ];
  const unit = encoder.encode(frame.unit);
  const json = encoder.encode(JSON.stringify(rest));
  const payload = new Uint8Array(1 + unit.length + 16 + json.length);
  payload[0] = unit.length;
  payload.set(unit, 1);
  const view = new DataView(payload.buffer);
  view.setFloat64(1 + unit.length, frame.seq);
  view.setFloat64(9 + unit.length, Date.parse(frame.at));
  payload.set(json, 17 + unit.length);
  return payload;
}

export interface FrameKey {
  readonly unit: string;
  readonly seq: number;
  readonly atMs: number;
}

/** The part of a frame's record that an index needs. The record's checksum was checked before. */
export function frameKeyOf(payload: Uint8Array): FrameKey {
  const unitLength = payload[0] ?? 0;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  return {
    unit: decoder.decode(payload.subarray(1, 1 + unitLength)),
    seq: view.getFloat64(1 + unitLength),
    atMs: view.getFloat64(9 + unitLength),
  };
}

export function decodeFrameRecord(epoch: string, payload: Uint8Array): Frame {
  const { unit, seq, atMs } = frameKeyOf(payload);
  const [src, run, lp, leq, le, lmax, lmin, lpeak, ln, lieq, leqmov, ltm5, over, under, interval, settings, offsetMs] =
    JSON.parse(decoder.decode(payload.subarray(17 + (payload[0] ?? 0)))) as Rest;
  const frame: Frame = {
    v: 1,
    unit,
    epoch,
    seq,
    at: new Date(atMs).toISOString(),
    src,
    run,
    lp,
    leq,
    le,
    lmax,
    lmin,
    lpeak,
    ln,
    lieq,
    leqmov,
    ltm5,
    over: over === 1,
    under: under === 1,
    interval,
    settings,
  };
  if (offsetMs !== null) frame.offset_ms = offsetMs;
  return frame;
}

const LAST_INSTANT_MS = Date.UTC(2199, 11, 31, 23, 59, 59, 999);

/** The frame as a clock would have stamped it that is `byMs` ahead of the one that did. */
export function corrected(frame: Frame, byMs: number): Frame {
  if (byMs === 0) return frame;
  const atMs = Math.min(LAST_INSTANT_MS, Math.max(0, Date.parse(frame.at) + byMs));
  const moved: Frame = { ...frame, at: new Date(atMs).toISOString() };
  if (frame.offset_ms !== undefined) moved.offset_ms = frame.offset_ms + byMs;
  return moved;
}
