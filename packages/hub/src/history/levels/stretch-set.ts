import type { Reading } from '../reading-store.ts';
import { type Stretch, stretchOf } from './stretch.ts';

/** What statistics take from readings: stretches, and the ends of readings that have none. */
export interface StretchSet {
  readonly stretches: readonly Stretch[];
  readonly silent: readonly { readonly atMs: number }[];
}

/** What statistics take from readings that are at hand. */
export function stretchesOf(readings: readonly Reading[]): StretchSet {
  const stretches: Stretch[] = [];
  const silent: { readonly atMs: number }[] = [];
  for (const { frame, atMs, imported } of readings) {
    const stretch = stretchOf(frame, atMs, imported === true);
    if (stretch === null) silent.push({ atMs });
    else stretches.push(stretch);
  }
  return { stretches, silent };
}
