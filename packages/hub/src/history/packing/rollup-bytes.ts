/**
 * A rollup as the bytes of one database row: version, bits of what follows, energies as doubles, whole numbers as varints, extremes as a double and the varint of
 * their distance from the bucket's start, then the histogram (histogram-bytes.ts). Exact: what went in comes out.
 */
import { InvariantError } from '@slmm/shared';
import { decodeHistogram, encodeHistogram } from './histogram-bytes.ts';
import type { Extreme, Rollup } from '../levels/rollup.ts';

const VERSION = 1;
const EXTREMES = ['lmax', 'lmin', 'lpeak', 'overLmax', 'overLpeak'] as const;
/** Bit of `over…` and `under`/`missing`, after those of the extremes: most buckets have none. */
const HAS_FLAGGED = 1 << EXTREMES.length;
const HEAD_BYTES = 3;
/** Two doubles and five varints of at most eight bytes, five extremes. */
const MAX_NUMBERS_BYTES = HEAD_BYTES + 2 * 8 + 5 * 8 + EXTREMES.length * 16;

export function encodeRollup(rollup: Rollup, startMs: number): Uint8Array {
  const histogram = encodeHistogram(rollup.histogram);
  const bytes = new Uint8Array(MAX_NUMBERS_BYTES + histogram.length);
  const view = new DataView(bytes.buffer);
  const isFlagged = rollup.overMs + rollup.underMs + rollup.missingMs > 0;
  let bits = isFlagged ? HAS_FLAGGED : 0;
  for (const [index, name] of EXTREMES.entries()) if (rollup[name] !== null) bits |= 1 << index;
  bytes[0] = VERSION;
  bytes[1] = bits;
  bytes[2] = rollup.bases;
  let at = HEAD_BYTES;
  const writeVarint = (value: number): void => {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) + 128;
    bytes[at++] = rest;
  };
  const writeDouble = (value: number): void => {
    view.setFloat64(at, value);
    at += 8;
  };
  writeDouble(rollup.energy);
  writeVarint(rollup.validMs);
  writeVarint(rollup.count);
  if (isFlagged) {
    writeDouble(rollup.overEnergy);
    writeVarint(rollup.overMs);
    writeVarint(rollup.underMs);
    writeVarint(rollup.missingMs);
  }
  for (const name of EXTREMES) {
    const extreme = rollup[name];
    if (extreme === null) continue;
    writeDouble(extreme.levelDb);
    writeVarint(extreme.atMs - startMs);
  }
  bytes.set(histogram, at);
  return bytes.subarray(0, at + histogram.length);
}

/** Bytes that `encodeRollup` cannot have written throw: the store was damaged, or is of a newer version. */
export function decodeRollup(bytes: Uint8Array, startMs: number): Rollup {
  if (bytes[0] !== VERSION) throw new InvariantError(`a stored rollup has version ${bytes[0]}, this hub reads ${VERSION}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bits = bytes[1] ?? 0;
  let at = HEAD_BYTES;
  const double = (): number => view.getFloat64((at += 8) - 8);
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; scale <= Number.MAX_SAFE_INTEGER; scale *= 128) {
      const byte = bytes[at];
      if (byte === undefined) break;
      at += 1;
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
    throw new InvariantError('a stored rollup is damaged');
  };
  const extreme = (index: number): Extreme | null =>
    (bits & (1 << index)) === 0 ? null : { levelDb: double(), atMs: startMs + varint() };
  const energy = double();
  const validMs = varint();
  const count = varint();
  const isFlagged = (bits & HAS_FLAGGED) !== 0;
  const overEnergy = isFlagged ? double() : 0;
  const [overMs, underMs, missingMs] = isFlagged ? [varint(), varint(), varint()] : [0, 0, 0];
  const [lmax, lmin, lpeak, overLmax, overLpeak] = [extreme(0), extreme(1), extreme(2), extreme(3), extreme(4)];
  return {
    energy,
    validMs,
    overEnergy,
    overMs,
    underMs,
    missingMs,
    lmax,
    lmin,
    lpeak,
    overLmax,
    overLpeak,
    count,
    bases: bytes[2] ?? 0,
    histogram: decodeHistogram(bytes.subarray(at)),
  };
}
