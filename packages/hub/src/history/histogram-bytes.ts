/**
 * A histogram as bytes for storage: version, greatest common divisor of the times, then per class the distance to the class before and its time divided
 * by that divisor, all as variable-length integers (LEB128; the first class by zigzag). A minute of 1 s readings takes about two bytes per class.
 */
import { InvariantError } from '@slmm/shared';
import { EMPTY_HISTOGRAM, type Histogram } from './histogram.ts';

const VERSION = 1;

/** An empty histogram has no bytes. */
export function encodeHistogram(histogram: Histogram): Uint8Array {
  if (histogram.classes.length === 0) return new Uint8Array(0);
  const divisor = histogram.ms.reduce(greatestCommonDivisor, 0);
  const bytes: number[] = [VERSION];
  pushVarint(bytes, divisor);
  let previous: number | null = null;
  for (const [index, levelClass] of histogram.classes.entries()) {
    pushVarint(bytes, previous === null ? zigzag(levelClass) : levelClass - previous);
    pushVarint(bytes, (histogram.ms[index] ?? 0) / divisor);
    previous = levelClass;
  }
  return Uint8Array.from(bytes);
}

/** What `encodeHistogram` was given. Bytes that it cannot have written throw: the store was damaged or is of a newer version. */
export function decodeHistogram(bytes: Uint8Array): Histogram {
  if (bytes.length === 0) return EMPTY_HISTOGRAM;
  if (bytes[0] !== VERSION) throw new InvariantError(`a stored histogram has version ${bytes[0]}, this hub reads ${VERSION}`);
  const reader = { bytes, offset: 1 };
  const divisor = readVarint(reader);
  const classes: number[] = [];
  const ms: number[] = [];
  let previous: number | null = null;
  while (reader.offset < bytes.length) {
    const step = readVarint(reader);
    const levelClass: number = previous === null ? unzigzag(step) : previous + step;
    classes.push(levelClass);
    ms.push(readVarint(reader) * divisor);
    previous = levelClass;
  }
  return { classes, ms };
}

function greatestCommonDivisor(a: number, b: number): number {
  let [large, small] = [a, b];
  while (small > 0) [large, small] = [small, large % small];
  return large;
}

function pushVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}

function readVarint(reader: { readonly bytes: Uint8Array; offset: number }): number {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = reader.bytes[reader.offset];
    if (byte === undefined || scale > Number.MAX_SAFE_INTEGER) throw new InvariantError('a stored histogram is damaged');
    reader.offset += 1;
    value += (byte % 128) * scale;
    if (byte < 128) return value;
  }
}

function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
