/** Rollups in one piece of memory, as they cross between threads. Neighbours: history-questions.ts packs, worker-history-store.ts unpacks. */
import { decodeRollup, encodeRollup } from '../../history/packing/rollup-bytes.ts';
import type { Rollup } from '../../history/levels/rollup.ts';
import type { Span } from '../../history/time/spans.ts';

/** Rollup `i` is `bytes[offsets[i] .. offsets[i + 1])`; no bytes for none. */
export interface PackedRollups {
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
}

export function packRollups(rollups: readonly (Rollup | null)[], wanted: readonly (readonly Span[])[]): PackedRollups {
  const parts = rollups.map((rollup, index) => (rollup === null ? null : encodeRollup(rollup, startOf(wanted[index]))));
  const offsets = new Uint32Array(rollups.length + 1);
  for (const [index, part] of parts.entries()) offsets[index + 1] = (offsets[index] ?? 0) + (part?.length ?? 0);
  const bytes = new Uint8Array(offsets[rollups.length] ?? 0);
  for (const [index, part] of parts.entries()) if (part !== null) bytes.set(part, offsets[index]);
  return { bytes, offsets };
}

export function unpackRollups({ bytes, offsets }: PackedRollups, wanted: readonly (readonly Span[])[]): (Rollup | null)[] {
  return wanted.map((spans, index) => {
    const part = bytes.subarray(offsets[index], offsets[index + 1]);
    return part.length === 0 ? null : decodeRollup(part, startOf(spans));
  });
}

/** Times of extremes count from here; none lies before it. */
function startOf(spans: readonly Span[] | undefined): number {
  return spans?.[0]?.startMs ?? 0;
}
