/**
 * A reading as the bytes of one database row. Exact: what went in comes out. Unit, epoch, seq, time and lateness are columns of the row and not in here.
 * Levels are hundredths of a decibel in 16 bits where that is exact, which it is for what edges send; doubles otherwise.
 * Neighbours: the database adapters keep it; reading-block.ts is the form for many readings.
 */
import type { Frame, Interval } from '@slmm/protocol';
import type { Reading } from '../reading-store.ts';

const VERSION = 1;
const FLAG = {
  drd: 1,
  over: 2,
  under: 4,
  interval: 8,
  intervalDrd: 16,
  missing: 32,
  overS: 64,
  underS: 128,
  offset: 256,
  settings: 512,
  wide: 1024,
  imported: 2048,
} as const;
const RUN_SHIFT = 12;
const RUN_STATES = ['unknown', 'Start', 'Stop'] as const;
const LEVELS = 18;
/** Head, 18 doubles, four doubles of the interval, ticks and missing, offset, settings: nothing is longer. */
const MAX_RECORD_BYTES = 7 + LEVELS * 8 + 3 * 8 + 2 * 4 + 8 + 17;

/** What the columns of the row say. */
export interface RecordPlace {
  readonly unit: string;
  readonly epoch: string;
  readonly seq: number;
  readonly atMs: number;
  readonly late: boolean;
}

/** Records of several readings in one piece of memory: record `i` is `bytes[offsets[i] .. offsets[i + 1])`. */
export interface Records {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly offsets: Uint32Array<ArrayBuffer>;
}

export function encodeRecords(readings: readonly Reading[]): Records {
  const offsets = new Uint32Array(readings.length + 1);
  let view: DataView<ArrayBuffer> = new DataView(new ArrayBuffer(Math.max(MAX_RECORD_BYTES, readings.length * 64)));
  let end = 0;
  for (const [index, reading] of readings.entries()) {
    if (end + MAX_RECORD_BYTES > view.byteLength) view = doubled(view);
    end = writeRecord(view, end, reading);
    offsets[index + 1] = end;
  }
  return { bytes: new Uint8Array(view.buffer, 0, end), offsets };
}

/** Bytes that `encodeRecords` cannot have written throw: the store was damaged, or is of a newer version. */
export function decodeRecord({ unit, epoch, seq, atMs, late }: RecordPlace, bytes: Uint8Array): Reading {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 7 || view.getUint8(0) !== VERSION)
    throw new Error(`the stored reading ${unit} ${epoch} ${seq} is not readable`);
  const flags = view.getUint16(1);
  const present = view.getUint32(3);
  const wide = (flags & FLAG.wide) !== 0;
  let at = 7;
  const level = (bit: number): number | null => {
    if ((present & (1 << bit)) === 0) return null;
    at += wide ? 8 : 2;
    return wide ? view.getFloat64(at - 8) : view.getInt16(at - 2) / 100;
  };
  const seconds = (): number => {
    at += wide ? 8 : 4;
    return wide ? view.getFloat64(at - 8) : view.getUint32(at - 4) / 1000;
  };
  const count = (): number => view.getUint32((at += 4) - 4);
  const [lp, leq, le, lmax, lmin, lpeak] = [level(0), level(1), level(2), level(3), level(4), level(5)];
  const ln: Frame['ln'] = [level(6), level(7), level(8), level(9), level(10)];
  const [lieq, leqmov, ltm5] = [level(11), level(12), level(13)];
  let interval: Interval | null = null;
  if ((flags & FLAG.interval) !== 0) {
    const [intervalLeq, intervalLmax, intervalLmin, intervalLpeak] = [level(14), level(15), level(16), level(17)];
    interval = {
      s: seconds(),
      leq: intervalLeq,
      lmax: intervalLmax,
      lmin: intervalLmin,
      lpeak: intervalLpeak,
      basis: (flags & FLAG.intervalDrd) === 0 ? 'lp' : 'drd',
      ticks: count(),
    };
    if ((flags & FLAG.missing) !== 0) interval.missing = count();
    if ((flags & FLAG.overS) !== 0) interval.over_s = seconds();
    if ((flags & FLAG.underS) !== 0) interval.under_s = seconds();
  }
  const offsetMs = (flags & FLAG.offset) === 0 ? null : view.getFloat64((at += 8) - 8);
  const settings =
    (flags & FLAG.settings) === 0 ? null : String.fromCharCode(...bytes.subarray(at + 1, at + 1 + view.getUint8(at)));
  const frame: Frame = {
    v: 1,
    unit,
    epoch,
    seq,
    at: new Date(atMs).toISOString(),
    src: (flags & FLAG.drd) === 0 ? 'dod' : 'drd',
    run: RUN_STATES[flags >> RUN_SHIFT] ?? 'unknown',
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
    over: (flags & FLAG.over) !== 0,
    under: (flags & FLAG.under) !== 0,
    interval,
    settings,
  };
  if (offsetMs !== null) frame.offset_ms = offsetMs;
  const reading: Reading = { frame, atMs, late };
  return (flags & FLAG.imported) === 0 ? reading : { ...reading, imported: true };
}

function writeRecord(view: DataView, start: number, { frame, imported }: Reading): number {
  const { interval, ln, settings, offset_ms: offsetMs } = frame;
  const { lp, leq, le, lmax, lmin, lpeak, lieq, leqmov, ltm5 } = frame;
  const ofInterval = interval === null ? [] : [interval.leq, interval.lmax, interval.lmin, interval.lpeak];
  const levels = [lp, leq, le, lmax, lmin, lpeak, ...ln, lieq, leqmov, ltm5, ...ofInterval];
  const durations = interval === null ? [] : [interval.s, interval.over_s ?? 0, interval.under_s ?? 0];
  const wide = !levels.every(isHundredths) || !durations.every(isThousandths);
  view.setUint8(start, VERSION);
  view.setUint16(start + 1, flagsOf(frame, wide, imported === true));
  let present = 0;
  let at = start + 7;
  for (const [bit, level] of levels.entries()) {
    if (level === null) continue;
    present |= 1 << bit;
    if (wide) view.setFloat64(at, level);
    else view.setInt16(at, Math.round(level * 100));
    at += wide ? 8 : 2;
  }
  view.setUint32(start + 3, present);
  const writeSeconds = (seconds: number): void => {
    if (wide) view.setFloat64(at, seconds);
    else view.setUint32(at, Math.round(seconds * 1000));
    at += wide ? 8 : 4;
  };
  const writeCount = (count: number): void => {
    view.setUint32(at, count);
    at += 4;
  };
  if (interval !== null) {
    writeSeconds(interval.s);
    writeCount(interval.ticks);
    if (interval.missing !== undefined) writeCount(interval.missing);
    if (interval.over_s !== undefined) writeSeconds(interval.over_s);
    if (interval.under_s !== undefined) writeSeconds(interval.under_s);
  }
  if (offsetMs !== undefined) {
    view.setFloat64(at, offsetMs);
    at += 8;
  }
  if (settings === null) return at;
  view.setUint8(at, settings.length);
  for (let index = 0; index < settings.length; index += 1) view.setUint8(at + 1 + index, settings.charCodeAt(index));
  return at + 1 + settings.length;
}

function flagsOf(frame: Frame, wide: boolean, imported: boolean): number {
  const { interval } = frame;
  return (
    (frame.src === 'drd' ? FLAG.drd : 0) |
    (frame.over ? FLAG.over : 0) |
    (frame.under ? FLAG.under : 0) |
    (interval === null ? 0 : FLAG.interval) |
    (interval?.basis === 'drd' ? FLAG.intervalDrd : 0) |
    (interval?.missing === undefined ? 0 : FLAG.missing) |
    (interval?.over_s === undefined ? 0 : FLAG.overS) |
    (interval?.under_s === undefined ? 0 : FLAG.underS) |
    (frame.offset_ms === undefined ? 0 : FLAG.offset) |
    (frame.settings === null ? 0 : FLAG.settings) |
    (wide ? FLAG.wide : 0) |
    (imported ? FLAG.imported : 0) |
    (RUN_STATES.indexOf(frame.run) << RUN_SHIFT)
  );
}

const isHundredths = (level: number | null): boolean => level === null || Math.round(level * 100) / 100 === level;
const isThousandths = (seconds: number): boolean => Math.round(seconds * 1000) / 1000 === seconds;

function doubled(view: DataView): DataView<ArrayBuffer> {
  const bytes = new Uint8Array(view.byteLength * 2);
  bytes.set(new Uint8Array(view.buffer));
  return new DataView(bytes.buffer);
}
