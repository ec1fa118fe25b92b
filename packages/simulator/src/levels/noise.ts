/** Repeatable randomness: a number from a seed and a position, with no state between calls. */

/** Uniform in [0, 1) from seed and position; the same for ever. Position may be any whole number up to 2^53. */
export function noiseAt(seed: number, position: number): number {
  const high = Math.floor(position / 0x1_0000_0000);
  let hash = Math.imul(seed ^ 0x9e37_79b9, 0x85eb_ca6b) ^ (position | 0) ^ Math.imul(high, 0xc2b2_ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb_352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846c_a68b);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
}

/** Smooth noise in [-1, 1): random values at whole positions, a cosine between them. */
export function smoothNoiseAt(seed: number, position: number): number {
  const from = Math.floor(position);
  const share = (1 - Math.cos((position - from) * Math.PI)) / 2;
  return 2 * (noiseAt(seed, from) * (1 - share) + noiseAt(seed, from + 1) * share) - 1;
}
