/**
 * The ring of buckets in which a window over the last T seconds keeps what it heard. Deterministic: what a window says depends only on the readings
 * that lie in it, never on those that have left it, so that a restart or a replay computes the very same numbers. Pure.
 * Neighbours: energy-window.ts and level-window.ts.
 */

/** Most buckets a window keeps; longer windows have coarser buckets. */
const MAX_BUCKETS = 3600;

/** How far back from an instant a reading may lie and still have a part in the window that ends there. */
export function windowMemoryMs(seconds: number): number {
  return seconds * 1000 + 2 * bucketMs(seconds);
}

function bucketMs(seconds: number): number {
  return Math.max(1000, Math.ceil(seconds / MAX_BUCKETS) * 1000);
}

export interface WindowValue {
  /** `null` where no reading lies in the window. */
  readonly value: number | null;
  /** Covered share of the window, 0..1. */
  readonly coverage: number;
}

/** Buckets in a ring, addressed by absolute bucket number. A bucket that was overtaken is emptied before it is used again. */
export class WindowRing {
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
export function* parts(
  ring: WindowRing,
  atMs: number,
  coveredMs: number,
): Generator<{ readonly bucket: number; readonly ms: number }> {
  const oldestMs = atMs - ring.widthMs * (ring.size - 1);
  let fromMs = Math.max(0, oldestMs, atMs - coveredMs);
  while (fromMs < atMs) {
    const bucket = Math.floor(fromMs / ring.widthMs);
    const endMs = Math.min(atMs, (bucket + 1) * ring.widthMs);
    yield { bucket, ms: endMs - fromMs };
    fromMs = endMs;
  }
}
