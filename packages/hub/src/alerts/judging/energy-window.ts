/** LAeq,T and coverage of a sliding window. Pure. Neighbours: window-ring.ts, frame-metric.ts feeds it. */
import { energyOf, levelOf } from '@slmm/shared';
import { parts, WindowRing, type WindowValue } from './window-ring.ts';

/** Buckets whose sum is kept until one of them changes. */
const BLOCK = 60;

/** LAeq,T and coverage over the last T seconds. */
export class EnergyWindow {
  readonly #seconds: number;
  readonly #ring: WindowRing;
  readonly #energyMs: Float64Array;
  readonly #coveredMs: Float64Array;
  /** Sums of whole blocks, in a ring of their own; the number of the block whose sum stands in a slot, -1 for none. */
  readonly #blocks: Float64Array;
  readonly #blockEnergyMs: Float64Array;
  readonly #blockCoveredMs: Float64Array;

  constructor(seconds: number) {
    this.#seconds = seconds;
    this.#ring = new WindowRing(seconds);
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
