/**
 * The meter's cumulative results between two DODs, carried on by ticks. Pure. Leq and LE grow by the energy of the ticks, maxima and minima by
 * theirs; LN stay as last read. The next DOD replaces all of it. Neighbour: tick-stream.ts makes frames with them.
 */
import type { DodChannel, Interval } from '@slmm/protocol';
import { energyOf, levelOf } from '@slmm/shared';

/** `channel` with what one interval of ticks added to it while measuring; as it is where the meter shows no results. */
export function carryOn(channel: DodChannel, interval: Interval): DodChannel {
  const { le, leq, lmax, lmin, lpeak } = channel;
  if (le === null || leq === null || interval.leq === null) return channel;
  // LE is the level of energy times seconds; LE - Leq tells how many seconds that were.
  const seconds = energyOf(le - leq) + interval.s;
  const exposure = energyOf(le) + energyOf(interval.leq) * interval.s;
  return {
    ...channel,
    le: levelOf(exposure),
    leq: levelOf(exposure / seconds),
    lmax: higher(lmax, interval.lmax),
    lmin: lower(lmin, interval.lmin),
    lpeak: higher(lpeak, interval.lpeak),
  };
}

const higher = (a: number | null, b: number | null): number | null => (a === null || b === null ? a : Math.max(a, b));
const lower = (a: number | null, b: number | null): number | null => (a === null || b === null ? a : Math.min(a, b));
