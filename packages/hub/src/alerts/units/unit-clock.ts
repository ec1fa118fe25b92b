/** What time it is by the clock that stamps a unit's readings. Pure but for the offset it remembers. Neighbour: engine.ts, which needs it to say from when a rule counts and what is late. */
import type { Frame } from '@slmm/protocol';

/** A live reading that is older or younger than this on arrival tells of a wrong clock; within it, of the way it came. */
const WAY_MS = 150_000;

export class UnitClock {
  #aheadMs = 0;

  /** A reading that came live, as it arrived. */
  heard({ offset_ms: offsetMs }: Frame, atMs: number, nowMs: number): void {
    const seenMs = atMs - nowMs;
    this.#aheadMs = offsetMs ?? (Math.abs(seenMs) > WAY_MS ? seenMs : 0);
  }

  nowMs(hubMs: number): number {
    return Math.round(hubMs + this.#aheadMs);
  }
}
