/**
 * A histogram as bytes for storage: version, greatest common divisor of the times, then per class the distance to the class before and its time divided
 * by that divisor, all as variable-length integers (LEB128; the first class by zigzag). A minute of 1 s readings takes about two bytes per class.
 */
import { InvariantError } from '@slmm/shared';
import { EMPTY_HISTOGRAM, type Histogram, type HistogramSum } from '../levels/histogram.ts';

const VERSION = 1;

/** An empty histogram has no bytes. */
export function encodeHistogram(histogram: Histogram): Uint8Array {
  if (histogram instanceof PackedHistogram) return histogram.bytes;
  if (histogram.classes.length === 0) return new Uint8Array(0);
  const divisor = divisorOf(histogram.ms);
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

/** What `encodeHistogram` was given, unpacked when it is looked at. Bytes that it cannot have written throw then: the store was damaged or is of a newer version. */
export function decodeHistogram(bytes: Uint8Array): Histogram {
  return bytes.length === 0 ? EMPTY_HISTOGRAM : new PackedHistogram(bytes);
}

/** Still bytes. Most histograms are only read to be added to others, and a year has 8,760 of them. */
class PackedHistogram implements Histogram {
  readonly bytes: Uint8Array;
  #unpacked: Histogram | null = null;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get classes(): readonly number[] {
    return this.#all.classes;
  }

  get ms(): readonly number[] {
    return this.#all.ms;
  }

  readonly addTo = (sum: HistogramSum): void => eachClass(this.bytes, (levelClass, ms) => sum.add(levelClass, ms));

  get #all(): Histogram {
    if (this.#unpacked !== null) return this.#unpacked;
    const classes: number[] = [];
    const ms: number[] = [];
    eachClass(this.bytes, (levelClass, time) => {
      classes.push(levelClass);
      ms.push(time);
    });
    this.#unpacked = { classes, ms };
    return this.#unpacked;
  }
}

function eachClass(bytes: Uint8Array, visit: (levelClass: number, ms: number) => void): void {
  if (bytes[0] !== VERSION) throw new InvariantError(`a stored histogram has version ${bytes[0]}, this hub reads ${VERSION}`);
  const place = { offset: 1 };
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; scale <= Number.MAX_SAFE_INTEGER; scale *= 128) {
      const byte = bytes[place.offset];
      if (byte === undefined) break;
      place.offset += 1;
      if (byte < 128) return value + byte * scale;
      value += (byte - 128) * scale;
    }
    throw new InvariantError('a stored histogram is damaged');
  };
  const divisor = varint();
  let levelClass = unzigzag(varint());
  visit(levelClass, varint() * divisor);
  while (place.offset < bytes.length) {
    levelClass += varint();
    visit(levelClass, varint() * divisor);
  }
}

function divisorOf(times: readonly number[]): number {
  let divisor = 0;
  for (const ms of times) {
    divisor = greatestCommonDivisor(divisor, ms);
    // Nothing smaller divides.
    if (divisor === 1) break;
  }
  return divisor;
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

function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
