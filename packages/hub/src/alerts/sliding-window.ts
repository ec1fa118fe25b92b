/**
 * Windows over the last T seconds for the statistics that rules look at. Deterministic: what a window says depends only on the readings
 * that lie in it, never on those that have left it, so that a restart or a replay computes the very same numbers.
 * Neighbour: frame-metric.ts feeds them.
 */
import { energyOf, levelOf } from '@slmm/shared';

/** Most buckets a window keeps; longer windows have coarser buckets. */
const MAX_BUCKETS = 3600;
/** Width of the percentile classes in dB, and the range they cover; what lies outside falls into the first or last class. */
const CLASS_DB = 0.1;
const LOWEST_DB = -20;
const CLASSES = 1700;

/** How far back from an instant a reading may lie and still have a part in the window that ends there. */
export function windowMemoryMs(seconds: number): number {
  return seconds * 1000 + 2 * bucketMs(seconds);
}

function bucketMs(seconds: number): number {
  return Math.max(1000, Math.ceil(seconds / MAX_BUCKETS) * 1000);
}

interface WindowValue {
  /** `null` where no reading lies in the window. */
  readonly value: number | null;
  /** Covered share of the window, 0..1. */
  readonly coverage: number;
}

/** Buckets in a ring, addressed by absolute bucket number. A bucket that was overtaken is emptied before it is used again. */
class Ring {
  readonly widthMs: number;
  readonly size: number;
  readonly #owner: Float64Array;

  constructor(seconds: number) {
    this.widthMs = bucketMs(seconds);
    this.size = Math.ceil((seconds * 1000) / this.widthMs) + 1;
    this.#owner = new Float64Array(this.size).fill(-1);
  }

  /** Slot of the bucket; `stale` when it last belonged to another bucket; `null` when that one is newer. */
  slot(bucket: number): { readonly index: number; readonly stale: boolean } | null {
    const index = bucket % this.size;
    const owner = this.#owner[index] ?? -1;
    if (owner > bucket) return null;
    this.#owner[index] = bucket;
    return { index, stale: owner !== bucket };
  }

  holds(bucket: number): boolean {
    return this.#owner[bucket % this.size] === bucket;
  }
}

/** Splits (atMs - coveredMs, atMs] at the bucket boundaries. */
function* parts(ring: Ring, atMs: number, coveredMs: number): Generator<{ readonly bucket: number; readonly ms: number }> {
  const oldestMs = atMs - ring.widthMs * (ring.size - 1);
  let fromMs = Math.max(0, oldestMs, atMs - coveredMs);
  while (fromMs < atMs) {
    const bucket = Math.floor(fromMs / ring.widthMs);
    const endMs = Math.min(atMs, (bucket + 1) * ring.widthMs);
    yield { bucket, ms: endMs - fromMs };
    fromMs = endMs;
  }
}

/** Buckets whose sum is kept until one of them changes. */
const BLOCK = 60;

/** LAeq,T and coverage over the last T seconds. */
export class EnergyWindow {
  readonly #seconds: number;
  readonly #ring: Ring;
  readonly #energyMs: Float64Array;
  readonly #coveredMs: Float64Array;
  /** Sums of whole blocks, in a ring of their own; the number of the block whose sum stands in a slot, -1 for none. */
  readonly #blocks: Float64Array;
  readonly #blockEnergyMs: Float64Array;
  readonly #blockCoveredMs: Float64Array;

  constructor(seconds: number) {
    this.#seconds = seconds;
    this.#ring = new Ring(seconds);
    this.#energyMs = new Float64Array(this.#ring.size);
    this.#coveredMs = new Float64Array(this.#ring.size);
    const blocks = Math.ceil(this.#ring.size / BLOCK) + 2;
    this.#blocks = new Float64Array(blocks).fill(-1);
    this.#blockEnergyMs = new Float64Array(blocks);
    this.#blockCoveredMs = new Float64Array(blocks);
  }

  /** Takes in the level of the `coveredMs` that end at `atMs`. */
  add(atMs: number, coveredMs: number, levelDb: number): void {
    const energy = energyOf(levelDb);
    for (const { bucket, ms } of parts(this.#ring, atMs, coveredMs)) {
      const slot = this.#ring.slot(bucket);
      if (slot === null) continue;
      this.#energyMs[slot.index] = (slot.stale ? 0 : (this.#energyMs[slot.index] ?? 0)) + energy * ms;
      this.#coveredMs[slot.index] = (slot.stale ? 0 : (this.#coveredMs[slot.index] ?? 0)) + ms;
      const block = Math.floor(bucket / BLOCK);
      if (this.#blocks[block % this.#blocks.length] === block) this.#blocks[block % this.#blocks.length] = -1;
    }
  }

  /** The window that ends with the bucket of `atMs`. Summed oldest first, whole blocks as one: the same buckets always give the same sum. */
  at(atMs: number): WindowValue {
    const newest = Math.ceil(atMs / this.#ring.widthMs) - 1;
    let energyMs = 0;
    let coveredMs = 0;
    let bucket = Math.max(0, newest - this.#ring.size + 2);
    while (bucket <= newest) {
      if (bucket % BLOCK === 0 && bucket + BLOCK <= newest) {
        const slot = this.#sumOf(bucket / BLOCK);
        energyMs += this.#blockEnergyMs[slot] ?? 0;
        coveredMs += this.#blockCoveredMs[slot] ?? 0;
        bucket += BLOCK;
        continue;
      }
      if (this.#ring.holds(bucket)) {
        energyMs += this.#energyMs[bucket % this.#ring.size] ?? 0;
        coveredMs += this.#coveredMs[bucket % this.#ring.size] ?? 0;
      }
      bucket += 1;
    }
    return {
      value: coveredMs > 0 ? levelOf(energyMs / coveredMs) : null,
      coverage: Math.min(1, coveredMs / (this.#seconds * 1000)),
    };
  }

  /** Slot in which the sum of a whole block stands. */
  #sumOf(block: number): number {
    const slot = block % this.#blocks.length;
    if (this.#blocks[slot] === block) return slot;
    let energyMs = 0;
    let coveredMs = 0;
    for (let bucket = block * BLOCK; bucket < (block + 1) * BLOCK; bucket += 1) {
      if (!this.#ring.holds(bucket)) continue;
      energyMs += this.#energyMs[bucket % this.#ring.size] ?? 0;
      coveredMs += this.#coveredMs[bucket % this.#ring.size] ?? 0;
    }
    this.#blocks[slot] = block;
    this.#blockEnergyMs[slot] = energyMs;
    this.#blockCoveredMs[slot] = coveredMs;
    return slot;
  }
}

/** LN over the last T seconds: the level exceeded N % of the time, from a histogram of 0.1 dB classes weighted by time. */
export class LevelWindow {
  readonly #seconds: number;
  readonly #ring: Ring;
  /** Which bucket lies in a slot, so that it can be taken out of the histogram; -1 for none. */
  readonly #numbers: Float64Array;
  readonly #parts: BucketParts;
  /** Whole milliseconds per class, so that sums stay exact. */
  readonly #histogramMs = new Int32Array(CLASSES);
  #totalMs = 0;
  /** Every bucket before this one has been taken out. */
  #oldest = Number.NEGATIVE_INFINITY;

  constructor(seconds: number) {
    this.#seconds = seconds;
    this.#ring = new Ring(seconds);
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
  }

  at(atMs: number, percent: number): WindowValue {
    this.#forgetBefore(Math.ceil(atMs / this.#ring.widthMs) + 1 - this.#ring.size);
    const coverage = Math.min(1, this.#totalMs / (this.#seconds * 1000));
    if (this.#totalMs === 0) return { value: null, coverage };
    const wantedMs = (this.#totalMs * percent) / 100;
    let aboveMs = 0;
    for (let levelClass = CLASSES - 1; levelClass >= 0; levelClass -= 1) {
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
