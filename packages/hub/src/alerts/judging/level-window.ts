/** Percentiles of a sliding window. Pure. Neighbours: window-ring.ts, frame-metric.ts feeds it. */
import { parts, WindowRing, type WindowValue } from './window-ring.ts';

/** Width of the percentile classes in dB, and the range they cover; what lies outside falls into the first or last class. */
const CLASS_DB = 0.1;
const LOWEST_DB = -20;
const CLASSES = 1700;

/** LN over the last T seconds: the level exceeded N % of the time, from a histogram of 0.1 dB classes weighted by time. */
export class LevelWindow {
  readonly #seconds: number;
  readonly #ring: WindowRing;
  /** Which bucket lies in a slot, so that it can be taken out of the histogram; -1 for none. */
  readonly #numbers: Float64Array;
  readonly #parts: BucketParts;
  /** Whole milliseconds per class, so that sums stay exact. */
  readonly #histogramMs = new Int32Array(CLASSES);
  #totalMs = 0;
  /** No class above it has any time. */
  #highest = 0;
  /** Every bucket before this one has been taken out. */
  #oldest = Number.NEGATIVE_INFINITY;

  constructor(seconds: number) {
    this.#seconds = seconds;
    this.#ring = new WindowRing(seconds);
    this.#numbers = new Float64Array(this.#ring.size).fill(-1);
    this.#parts = new BucketParts(this.#ring.size);
  }

  /** Takes in the level of the `coveredMs` that end at `atMs`. */
  add(atMs: number, coveredMs: number, levelDb: number): void {
    const levelClass = Math.min(CLASSES - 1, Math.max(0, Math.floor((levelDb - LOWEST_DB) / CLASS_DB + 1e-6)));
    for (const { bucket, ms } of parts(this.#ring, Math.round(atMs), Math.round(coveredMs))) {
      const slot = this.#ring.slot(bucket);
      if (slot === null) continue;
      if (slot.stale) this.#empty(slot.index);
      this.#numbers[slot.index] = bucket;
      this.#parts.add(slot.index, levelClass, ms);
      this.#histogramMs[levelClass] = (this.#histogramMs[levelClass] ?? 0) + ms;
      this.#totalMs += ms;
    }
    this.#highest = Math.max(this.#highest, levelClass);
  }

  at(atMs: number, percent: number): WindowValue {
    this.#forgetBefore(Math.ceil(atMs / this.#ring.widthMs) + 1 - this.#ring.size);
    const coverage = Math.min(1, this.#totalMs / (this.#seconds * 1000));
    if (this.#totalMs === 0) return { value: null, coverage };
    const wantedMs = (this.#totalMs * percent) / 100;
    let aboveMs = 0;
    while (this.#highest > 0 && this.#histogramMs[this.#highest] === 0) this.#highest -= 1;
    for (let levelClass = this.#highest; levelClass >= 0; levelClass -= 1) {
      const ms = this.#histogramMs[levelClass] ?? 0;
      if (ms > 0 && aboveMs + ms >= wantedMs) {
        // Within the class the level is taken as evenly spread.
        return { value: LOWEST_DB + CLASS_DB * (levelClass + 1 - (wantedMs - aboveMs) / ms), coverage };
      }
      aboveMs += ms;
    }
    return { value: LOWEST_DB, coverage };
  }

  /** Takes out what lies before this bucket. */
  #forgetBefore(bucket: number): void {
    const { size } = this.#ring;
    const passed = bucket - this.#oldest;
    if (passed > size) {
      for (const [index, number] of this.#numbers.entries()) if (number >= 0 && number < bucket) this.#empty(index);
    } else {
      for (let one = Math.max(0, this.#oldest); one < bucket; one += 1)
        if (this.#numbers[one % size] === one) this.#empty(one % size);
    }
    this.#oldest = Math.max(this.#oldest, bucket);
  }

  #empty(index: number): void {
    this.#totalMs -= this.#parts.takeOut(index, this.#histogramMs);
    this.#numbers[index] = -1;
  }
}

const NONE = -1;

/** Per bucket the classes that lie in it, with their milliseconds: lists in typed arrays, because a thousand units have a million buckets. */
class BucketParts {
  readonly #first: Int32Array;
  #next: Int32Array;
  #class: Int16Array;
  #ms: Int32Array;
  #free = NONE;
  #used = 0;

  constructor(buckets: number) {
    this.#first = new Int32Array(buckets).fill(NONE);
    this.#next = new Int32Array(buckets);
    this.#class = new Int16Array(buckets);
    this.#ms = new Int32Array(buckets);
  }

  add(bucket: number, levelClass: number, ms: number): void {
    for (let part = this.#first[bucket] ?? NONE; part !== NONE; part = this.#next[part] ?? NONE) {
      if (this.#class[part] !== levelClass) continue;
      this.#ms[part] = (this.#ms[part] ?? 0) + ms;
      return;
    }
    const part = this.#room();
    this.#class[part] = levelClass;
    this.#ms[part] = ms;
    this.#next[part] = this.#first[bucket] ?? NONE;
    this.#first[bucket] = part;
  }

  /** Empties a bucket, and takes what was in it out of the histogram. Answers its milliseconds. */
  takeOut(bucket: number, histogramMs: Int32Array): number {
    let totalMs = 0;
    let part = this.#first[bucket] ?? NONE;
    this.#first[bucket] = NONE;
    while (part !== NONE) {
      const [ms, levelClass, next] = [this.#ms[part] ?? 0, this.#class[part] ?? 0, this.#next[part] ?? NONE];
      histogramMs[levelClass] = (histogramMs[levelClass] ?? 0) - ms;
      totalMs += ms;
      this.#next[part] = this.#free;
      this.#free = part;
      part = next;
    }
    return totalMs;
  }

  #room(): number {
    if (this.#free !== NONE) {
      const part = this.#free;
      this.#free = this.#next[part] ?? NONE;
      return part;
    }
    if (this.#used === this.#next.length) {
      const length = this.#used * 2;
      this.#next = grown(new Int32Array(length), this.#next);
      this.#class = grown(new Int16Array(length), this.#class);
      this.#ms = grown(new Int32Array(length), this.#ms);
    }
    this.#used += 1;
    return this.#used - 1;
  }
}

function grown<A extends Int32Array | Int16Array>(larger: A, smaller: A): A {
  larger.set(smaller);
  return larger;
}
