/**
 * From the meter's DOD readings to frames. Pure. DOD's Leq, LE, Lmax, Lmin and LN are cumulative since Measure,Start; the interval of a frame
 * is estimated from its one sample of Lp, and says so. Neighbours: unit-acquisition.ts folds with it, outlet.ts takes the drafts.
 */
import type { DodChannel, Interval, RunState } from '@slmm/protocol';
import { toInstant } from '@slmm/shared';
import type { FrameDraft } from './outlet.ts';

/** What one DOD is folded with. */
export interface DodMoment {
  readonly unit: string;
  /** Edge wall time of the answer's end. */
  readonly atMs: number;
  readonly monotonicMs: number;
  readonly run: RunState;
  readonly settings: string | null;
  /** Longest time for which one sample of Lp may stand; after a longer one the frame has no interval. */
  readonly maxIntervalMs: number;
  /** The connection was lost since the frame before. */
  readonly wasCut?: boolean;
}

interface Previous {
  readonly monotonicMs: number;
  readonly run: RunState;
  readonly channel: DodChannel;
  /** The results as ticks have carried them on since; where there are none, `channel` is the newest. */
  readonly carried?: DodChannel;
}

/** The frame before, or `null` before the first. */
export type DodFold = Previous | null;

export interface Folded {
  readonly fold: DodFold;
  readonly draft: FrameDraft;
  /** The cumulative values went backwards: a new measurement, a reset, or a meter that was switched off and on. */
  readonly restarted: boolean;
  /** Measuring time read back from LE - Leq, in seconds; `null` where the meter shows no such values. */
  readonly elapsedS: number | null;
}

/** LE grows while a measurement runs; it is printed to 0.1 dB, so half of that is no rounding any more. */
const LE_FALL_DB = 0.05;
/** LE - Leq may fall by 0.2 dB through rounding alone. */
const ELAPSED_FALL_DB = 0.25;
/** Measuring time read back is within 2.3 %; twice that, and what an answer may be late, is no error of reading any more. */
const SHORTFALL_SHARE = 0.05;
const SHORTFALL_S = 2;

export function foldDod(previous: DodFold, channel: DodChannel, moment: DodMoment): Folded {
  const restarted = previous !== null && hasRestarted(previous, channel, moment);
  const { lp, leq, le, lmax, lmin, lpeak, lieq, ltm5, over, under } = channel;
  const draft: FrameDraft = {
    unit: moment.unit,
    at: toInstant(moment.atMs),
    src: 'dod',
    run: moment.run,
    lp,
    leq,
    le,
    lmax,
    lmin,
    lpeak,
    ln: [...channel.ln],
    lieq,
    leqmov: channel.leqMov,
    ltm5,
    over,
    under,
    interval: intervalSince(previous, channel, moment, restarted),
    settings: moment.settings,
  };
  return {
    fold: { monotonicMs: moment.monotonicMs, run: moment.run, channel },
    draft,
    restarted,
    elapsedS: elapsedSeconds(channel),
  };
}

/** Measuring time T = 10^((LE - Leq)/10) s; both are printed to 0.1 dB, so it is within 2.3 %. */
export function elapsedSeconds({ le, leq }: DodChannel): number | null {
  return le === null || leq === null ? null : 10 ** ((le - leq) / 10);
}

function intervalSince(previous: DodFold, channel: DodChannel, moment: DodMoment, restarted: boolean): Interval | null {
  if (previous === null || channel.lp === null || previous.run !== moment.run) return null;
  const elapsedMs = moment.monotonicMs - previous.monotonicMs;
  if (elapsedMs <= 0 || elapsedMs > moment.maxIntervalMs) return null;
  // Nothing reaches across the start of a run: after a restart the interval begins with it, as far as the meter tells when that was.
  const s = restarted ? Math.min(elapsedMs, Math.round((elapsedSeconds(channel) ?? 0) * 1000)) / 1000 : elapsedMs / 1000;
  if (s === 0) return null;
  // A cumulative maximum that has just grown was reached in this very interval; that one value is exact.
  const since = restarted ? null : (previous.carried ?? previous.channel);
  return {
    s,
    leq: channel.lp,
    lmax: Math.max(channel.lp, grown(since?.lmax, channel.lmax) ?? channel.lp),
    lmin: Math.min(channel.lp, fallen(since?.lmin, channel.lmin) ?? channel.lp),
    lpeak: grown(since?.lpeak, channel.lpeak),
    basis: 'lp',
    ticks: 0,
    over_s: channel.over ? s : 0,
    under_s: channel.under ? s : 0,
  };
}

function grown(before: number | null | undefined, now: number | null): number | null {
  return before !== null && before !== undefined && now !== null && now > before ? now : null;
}

function fallen(before: number | null | undefined, now: number | null): number | null {
  return before !== null && before !== undefined && now !== null && now < before ? now : null;
}

function hasRestarted(previous: Previous, now: DodChannel, moment: DodMoment): boolean {
  const { channel: before } = previous;
  if (before.le === null || before.leq === null) return false;
  if (now.le === null || now.leq === null) return now.le === now.leq && now.lmax === null && now.lmin === null;
  if (before.le - now.le > LE_FALL_DB || before.le - before.leq - (now.le - now.leq) > ELAPSED_FALL_DB) return true;
  return moment.wasCut === true && fallsShort(previous, now, moment);
}

/** A meter that was away and measures again, but not for as long as it would have: it was switched off and on, and has come further since than it was then. */
function fallsShort({ channel, carried, monotonicMs, run }: Previous, now: DodChannel, moment: DodMoment): boolean {
  if (run !== 'Start' || moment.run !== 'Start') return false;
  const [beforeS, nowS] = [elapsedSeconds(carried ?? channel), elapsedSeconds(now)];
  if (beforeS === null || nowS === null) return false;
  const dueS = beforeS + (moment.monotonicMs - monotonicMs) / 1000;
  return nowS < dueS * (1 - SHORTFALL_SHARE) - SHORTFALL_S;
}
