/** Which segments have to go, and whether that loses anything. Pure. */
import type { Segment } from './segment.ts';

export interface RetentionLimits {
  /** Bytes of all segments together. The oldest acknowledged ones go first, then the oldest. */
  readonly maxBytes: number;
  /** Age beyond which frames go even though nobody has acknowledged them; time in which the agent did not run does not count. */
  readonly maxAgeMs: number;
  /** How long acknowledged frames stay, so that a hub restored from its backup can ask for them again. */
  readonly keepAcknowledgedMs: number;
}

export interface Removal {
  readonly segment: Segment;
  /** Why unacknowledged frames in it are lost; `null` when it has none. */
  readonly cause: 'journal-full' | 'journal-age' | null;
}

/**
 * How old (ms) each of these segments is, oldest first, when the program starts: as long as was measured after it. The clock is not asked, because it may be wrong
 * at a start; and time in which the program did not run makes nobody's frames older.
 */
export function agesOf(segments: readonly Segment[]): readonly number[] {
  const ages: number[] = [];
  let afterwardsMs = 0;
  for (const segment of segments.toReversed()) {
    ages.unshift(afterwardsMs);
    afterwardsMs += segment.measuredMs;
  }
  return ages;
}

/**
 * `segments` oldest first, without the one that is being written; `writingBytes` is the size of that one.
 * `isAcknowledged` tells whether the hub has everything in a segment; `ageMs` how old its newest frame is.
 */
export function chooseRemovals(
  segments: readonly Segment[],
  writingBytes: number,
  limits: RetentionLimits,
  isAcknowledged: (segment: Segment) => boolean,
  ageMs: (segment: Segment) => number,
): readonly Removal[] {
  const removals = new Map<Segment, Removal>();
  for (const segment of segments) {
    const acknowledged = isAcknowledged(segment);
    // Left behind by a start at which nothing was measured; the segment being written knows all that its checkpoint says.
    if (segment.units.size === 0 && !segment.setAside) removals.set(segment, { segment, cause: null });
    else if (acknowledged && ageMs(segment) > limits.keepAcknowledgedMs) removals.set(segment, { segment, cause: null });
    else if (ageMs(segment) > limits.maxAgeMs) removals.set(segment, { segment, cause: acknowledged ? null : 'journal-age' });
  }
  let bytes = segments.reduce((sum, segment) => sum + (removals.has(segment) ? 0 : segment.bytes), writingBytes);
  for (const wantAcknowledged of [true, false]) {
    for (const segment of segments) {
      if (bytes <= limits.maxBytes) return [...removals.values()];
      if (removals.has(segment) || isAcknowledged(segment) !== wantAcknowledged) continue;
      removals.set(segment, { segment, cause: wantAcknowledged ? null : 'journal-full' });
      bytes -= segment.bytes;
    }
  }
  return [...removals.values()];
}
