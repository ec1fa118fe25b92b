// What one viewer is owed and when it may have it. Pure: the feed (live-feed.ts) brings the line's condition and carries the decision out.

/** Bytes that may wait for one viewer in this process before it counts as slow: some seconds of a hundred units' frames. */
export const SLOW_BYTES = 64 * 1024;
/** A ping unanswered for this long: the viewer's own buffers are filling, so it is slow although the socket still takes bytes. */
export const STALLED_MS = 5_000;
/** A ping unanswered for this long: nobody is there any more. */
export const DEAD_MS = 60_000;

/** How it stands with the way to one viewer. */
export interface LineCondition {
  /** Bytes handed to the socket and not yet taken by the system. */
  readonly bufferedBytes: number;
  /** Age of the oldest unanswered ping; 0 when none waits. */
  readonly unansweredMs: number;
}

/** `send` now; `coalesce`: keep only the newest per unit until the line is free; `drop`: end the connection. */
export type Decision = 'send' | 'coalesce' | 'drop';

/** What to do with a message for a viewer whose line is in this condition. */
export function decide(line: LineCondition): Decision {
  if (line.unansweredMs >= DEAD_MS) return 'drop';
  if (line.bufferedBytes > SLOW_BYTES || line.unansweredMs >= STALLED_MS) return 'coalesce';
  return 'send';
}

/** The newest of each kind that a slow viewer has not got yet, for one unit. */
interface Owed<F, N> {
  frame: F | null;
  /** Frames that were replaced by a newer one while the viewer was slow. */
  missed: number;
  notice: N | null;
  /** Which of the two came last. */
  last: 'frame' | 'notice';
}

/** One message to send now. `missed` counts the unit's frames between the one sent before and this one. */
export type Due<F, N> =
  | { readonly kind: 'frame'; readonly frame: F; readonly missed: number }
  | { readonly kind: 'notice'; readonly notice: N };

/**
 * One viewer's backlog: per unit at most the newest frame and the newest notice (link state), so its size is bounded by the units watched.
 * Units are served in the order in which they began to wait.
 */
export class Backlog<F, N> {
  readonly #owed = new Map<string, Owed<F, N>>();

  get isEmpty(): boolean {
    return this.#owed.size === 0;
  }

  /** Whether something of this unit waits: then anything newer of it must wait too, or order would be lost. */
  waitsFor(unit: string): boolean {
    return this.#owed.has(unit);
  }

  holdFrame(unit: string, frame: F): void {
    const owed = this.#of(unit);
    if (owed.frame !== null) owed.missed += 1;
    owed.frame = frame;
    owed.last = 'frame';
  }

  holdNotice(unit: string, notice: N): void {
    const owed = this.#of(unit);
    owed.notice = notice;
    owed.last = 'notice';
  }

  /** The viewer does not watch this unit any more. */
  forget(unit: string): void {
    this.#owed.delete(unit);
  }

  /** Takes out everything of the unit that has waited longest, oldest first; empty when nothing waits. */
  take(): readonly Due<F, N>[] {
    for (const [unit, owed] of this.#owed) {
      this.#owed.delete(unit);
      const frame: Due<F, N>[] = owed.frame === null ? [] : [{ kind: 'frame', frame: owed.frame, missed: owed.missed }];
      const notice: Due<F, N>[] = owed.notice === null ? [] : [{ kind: 'notice', notice: owed.notice }];
      return owed.last === 'frame' ? [...notice, ...frame] : [...frame, ...notice];
    }
    return [];
  }

  #of(unit: string): Owed<F, N> {
    let owed = this.#owed.get(unit);
    if (owed === undefined) {
      owed = { frame: null, missed: 0, notice: null, last: 'frame' };
      this.#owed.set(unit, owed);
    }
    return owed;
  }
}
