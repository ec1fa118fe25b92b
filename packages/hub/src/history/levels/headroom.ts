/** What may still be made: the answer to "how loud may the rest of the day be?". */
import { energyOf, levelOf } from '@slmm/shared';

export interface Headroom {
  /** Highest mean level for the remaining time that keeps the period at its limit; `null` when the limit is spent, or when no time remains. */
  readonly allowedDb: number | null;
  /** Share of the period's energy budget that is spent: 1 is the limit, more is over it. */
  readonly spent: number;
  readonly remainingMs: number;
}

/**
 * Headroom of an LAeq limit over a period of `periodMs`, of which `elapsedMs` have passed with the mean level `leqDb` (`null`: nothing measured, taken as silence).
 * Time that passed without being measured is taken to have been as loud as the time that was.
 */
export function headroomOf(limitDb: number, periodMs: number, elapsedMs: number, leqDb: number | null): Headroom {
  const budget = energyOf(limitDb) * periodMs;
  const used = leqDb === null ? 0 : energyOf(leqDb) * Math.min(elapsedMs, periodMs);
  const remainingMs = Math.max(0, periodMs - elapsedMs);
  return {
    allowedDb: remainingMs > 0 ? levelOf((budget - used) / remainingMs) : null,
    spent: budget > 0 ? used / budget : 0,
    remainingMs,
  };
}
