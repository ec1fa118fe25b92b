import { isEpoch } from '@slmm/protocol';

// Where a viewer of /api/v1/live left off. Pure.

/** Oldest frame that is sent again on a resume. */
export const RESUME_MS = 10 * 60_000;

/** The last frame a viewer says it has seen. */
export interface Seen {
  readonly epoch: string;
  readonly seq: number;
}

/** `epoch:seq`, or `null` when it is not that. */
export function parseSeen(text: string): Seen | null {
  const match = /^([^:]+):([1-9]\d{0,15})$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined || !isEpoch(match[1])) return null;
  const seq = Number(match[2]);
  return Number.isSafeInteger(seq) ? { epoch: match[1], seq } : null;
}

/**
 * Those of `frames` (oldest first) that came after what was seen. Of the seen epoch these are the higher seqs; another epoch's frames count as new
 * unless they stand before one that was seen, for a journal's epochs follow one another.
 */
export function after<T extends { readonly epoch: string; readonly seq: number }>(
  frames: readonly T[],
  seen: Seen,
): readonly T[] {
  const lastSeen = frames.findLastIndex((frame) => frame.epoch === seen.epoch && frame.seq <= seen.seq);
  return frames.slice(lastSeen + 1);
}
