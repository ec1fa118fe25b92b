/**
 * From 100 ms ticks to one frame's interval a second. Pure. The meter counts ticks 1..600 within its minute, so ten ticks from 1, 11, 21, …
 * are one second; what is missing shows in the counter, and a whole lost minute in the arrival time.
 * Neighbour: tick-stream.ts feeds lines and makes frames.
 */
import { type DrdChannel, type DrdTick, type Interval, ticksBetween } from '@slmm/protocol';
import { energyOf, levelOf } from '@slmm/shared';

const TICK_MS = 100;
const TICKS_PER_SECOND = 10;
const TICKS_PER_MINUTE = 600;

/** Ticks of one second so far. `index` counts ticks without end, in step with the counter. */
interface OpenSecond {
  readonly fromIndex: number;
  readonly ticks: readonly DrdChannel[];
}

/** The stream so far. `null` before its first tick. */
export type TickFold = {
  readonly index: number;
  readonly counter: number;
  readonly arrivedMs: number;
  readonly open: OpenSecond | null;
} | null;

/** One second of ticks, or the part of one at the begin and end of a stream. */
export interface TickSecond {
  /** Monotonic ms at which its last tick came. */
  readonly endMs: number;
  readonly lp: number | null;
  readonly over: boolean;
  readonly under: boolean;
  readonly interval: Interval;
}

export interface FoldedTick {
  readonly fold: TickFold;
  /** Seconds that are complete with this tick, oldest first: at most the one before and its own. */
  readonly seconds: readonly TickSecond[];
  /** The tick has been seen before. */
  readonly repeated: boolean;
}

/** Takes one tick in. `arrivedMs` is monotonic. */
export function foldTick(fold: TickFold, tick: DrdTick, arrivedMs: number): FoldedTick {
  const channel = tick.channels[0];
  if (fold === null) {
    const index = tick.counter - 1;
    return close({ index, counter: tick.counter, arrivedMs, open: { fromIndex: index, ticks: [channel] } }, []);
  }
  const step = stepOf(fold, tick.counter, arrivedMs);
  if (step === 0) return { fold, seconds: [], repeated: true };
  const index = fold.index + step;
  const isSameSecond = secondOf(index) === secondOf(fold.index);
  const seconds = isSameSecond || fold.open === null ? [] : [secondFrom(fold.open, secondEnd(fold.index), fold.arrivedMs)];
  const before = isSameSecond && fold.open !== null ? fold.open : { fromIndex: secondOf(index) * TICKS_PER_SECOND, ticks: [] };
  const open = { ...before, ticks: [...before.ticks, channel] };
  return close({ index, counter: tick.counter, arrivedMs, open }, seconds);
}

/** What is left when the stream has ended: the part of a second that came, or `null`. */
export function lastSecond(fold: TickFold): TickSecond | null {
  return fold === null || fold.open === null ? null : secondFrom(fold.open, fold.index + 1, fold.arrivedMs);
}

/** Gives the open second out as soon as its last tick is there. */
function close(fold: NonNullable<TickFold>, seconds: readonly TickSecond[]): FoldedTick {
  if (fold.open === null || fold.index + 1 !== secondEnd(fold.index)) return { fold, seconds, repeated: false };
  const done = secondFrom(fold.open, fold.index + 1, fold.arrivedMs);
  return { fold: { ...fold, open: null }, seconds: [...seconds, done], repeated: false };
}

/** Ticks from the last one to this: what the counter says, and the whole minutes that the arrival adds to it. 0 is a repeat. */
function stepOf(fold: NonNullable<TickFold>, counter: number, arrivedMs: number): number {
  const counted = ticksBetween(fold.counter, counter);
  const waited = (arrivedMs - fold.arrivedMs) / TICK_MS;
  // Lines that were held up on the way come in a bundle, so a counter that is a little behind the clock is no lost minute.
  return counted + TICKS_PER_MINUTE * Math.max(0, Math.round((waited - counted) / TICKS_PER_MINUTE));
}

const secondOf = (index: number): number => Math.floor(index / TICKS_PER_SECOND);
const secondEnd = (index: number): number => (secondOf(index) + 1) * TICKS_PER_SECOND;

function secondFrom({ fromIndex, ticks }: OpenSecond, endIndex: number, endMs: number): TickSecond {
  const due = endIndex - fromIndex;
  return {
    endMs,
    lp: ticks.at(-1)?.lp ?? null,
    over: ticks.some((tick) => tick.over),
    under: ticks.some((tick) => tick.under),
    interval: {
      s: due / TICKS_PER_SECOND,
      leq: meanLevel(ticks),
      lmax: most(ticks.map((tick) => tick.lmax)),
      lmin: least(ticks.map((tick) => tick.lmin)),
      lpeak: most(ticks.map((tick) => tick.lpeak)),
      basis: 'drd',
      ticks: ticks.length,
      missing: due - ticks.length,
      over_s: ticks.filter((tick) => tick.over).length / TICKS_PER_SECOND,
      under_s: ticks.filter((tick) => tick.under).length / TICKS_PER_SECOND,
    },
  };
}

/** Energy mean of the ticks' 100 ms Leqs. */
function meanLevel(ticks: readonly DrdChannel[]): number | null {
  const levels = ticks.flatMap(({ leq }) => (leq === null ? [] : [leq]));
  return levels.length === 0 ? null : levelOf(levels.reduce((sum, level) => sum + energyOf(level), 0) / levels.length);
}

function most(levels: readonly (number | null)[]): number | null {
  return levels.reduce((best, level) => (level !== null && (best === null || level > best) ? level : best), null);
}

function least(levels: readonly (number | null)[]): number | null {
  return levels.reduce((best, level) => (level !== null && (best === null || level < best) ? level : best), null);
}
