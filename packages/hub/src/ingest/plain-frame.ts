/**
 * The quick way to read a live frame. Checking 40 values against their schema takes longer than all else that ingest does with a frame, so the usual case is
 * written out here: whatever passes is a frame, quantized as `quantizeFrame` does it. What does not pass is for the schema to judge; a property test holds both to the same.
 * Pure. Neighbours: read-frames.ts.
 */
import { type Frame, type Interval, isEpoch, LAST_INSTANT_MS, MAX_SEQ } from '@slmm/protocol';

const DAY_S = 86_400;
const MAX_TICKS = 864_000;
const MAX_OFFSET_MS = 10_000_000_000_000;
const INSTANT = /^(19[7-9]\d|20\d\d|21\d\d)-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const SETTINGS = /^[0-9A-Za-z._-]{1,16}$/;

class NotPlain extends Error {}

/** The frame that `content`, fresh from JSON, is; `null` where the schema has to be asked. `unit` is a checked id, and the frame's. */
export function plainFrame(content: unknown, unit: string): Frame | null {
  try {
    return frameOf(fieldsOf(content), unit);
  } catch (error) {
    if (error instanceof NotPlain) return null;
    throw error;
  }
}

function frameOf(fields: Fields, unit: string): Frame {
  const { epoch, seq, src, run, ln, over, under, settings, offset_ms: offsetMs } = fields;
  if (fields['v'] !== 1 || fields['unit'] !== unit) throw new NotPlain();
  if (typeof epoch !== 'string' || !isEpoch(epoch)) throw new NotPlain();
  if (src !== 'dod' && src !== 'drd') throw new NotPlain();
  if (run !== 'Start' && run !== 'Stop' && run !== 'unknown') throw new NotPlain();
  if (typeof over !== 'boolean' || typeof under !== 'boolean') throw new NotPlain();
  if (settings !== null && (typeof settings !== 'string' || !SETTINGS.test(settings))) throw new NotPlain();
  if (!Array.isArray(ln) || ln.length !== 5) throw new NotPlain();
  const frame: Frame = {
    v: 1,
    unit,
    epoch,
    seq: whole(seq, 1, MAX_SEQ),
    at: instant(fields['at']),
    src,
    run,
    lp: level(fields['lp']),
    leq: level(fields['leq']),
    le: level(fields['le']),
    lmax: level(fields['lmax']),
    lmin: level(fields['lmin']),
    lpeak: level(fields['lpeak']),
    ln: [level(ln[0]), level(ln[1]), level(ln[2]), level(ln[3]), level(ln[4])],
    lieq: level(fields['lieq']),
    leqmov: level(fields['leqmov']),
    ltm5: level(fields['ltm5']),
    over,
    under,
    interval: fields['interval'] === null ? null : intervalOf(fieldsOf(fields['interval'])),
    settings,
  };
  if (offsetMs !== undefined) frame.offset_ms = whole(offsetMs, -MAX_OFFSET_MS, MAX_OFFSET_MS);
  return frame;
}

function intervalOf(fields: Fields): Interval {
  const { s, basis, missing, over_s: overS, under_s: underS } = fields;
  if (basis !== 'drd' && basis !== 'lp') throw new NotPlain();
  if (typeof s !== 'number' || !(s > 0 && s <= DAY_S)) throw new NotPlain();
  const interval: Interval = {
    s: Math.max(0.001, thousandths(s)),
    leq: level(fields['leq']),
    lmax: level(fields['lmax']),
    lmin: level(fields['lmin']),
    lpeak: level(fields['lpeak']),
    basis,
    ticks: whole(fields['ticks'], 0, MAX_TICKS),
  };
  if (missing !== undefined) interval.missing = whole(missing, 0, MAX_TICKS);
  if (overS !== undefined) interval.over_s = duration(overS);
  if (underS !== undefined) interval.under_s = duration(underS);
  return interval;
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(content: unknown): Fields {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) throw new NotPlain();
  return content as Fields;
}

function level(value: unknown): number | null {
  if (value === null) return null;
  if (typeof value !== 'number' || !(value >= -50 && value <= 250)) throw new NotPlain();
  return Math.round(value * 100) / 100 + 0;
}

function whole(value: unknown, least: number, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) throw new NotPlain();
  return value + 0;
}

function duration(value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= DAY_S)) throw new NotPlain();
  return thousandths(value);
}

/** In its one spelling when it comes, as nearly always: then it stays as it is. */
function instant(value: unknown): string {
  if (typeof value !== 'string' || !INSTANT.test(value)) throw new NotPlain();
  if (isOrdinary(value)) return value;
  const atMs = Date.parse(value);
  if (Number.isNaN(atMs)) throw new NotPlain();
  return new Date(Math.min(atMs, LAST_INSTANT_MS)).toISOString();
}

/** A date that exists in every month and a time without leap seconds: nothing that `Date` would say in another way. */
function isOrdinary(text: string): boolean {
  const two = (at: number): number => (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
  const [month, day] = [two(5), two(8)];
  return month >= 1 && month <= 12 && day >= 1 && day <= 28 && two(11) <= 23 && two(14) <= 59 && two(17) <= 59;
}

const thousandths = (seconds: number): number => Math.round(seconds * 1000) / 1000 + 0;
