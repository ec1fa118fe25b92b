/**
 * The gap ledger of one unit and period: what should be there, what is, and why the rest is not. Pure. Neighbours: coverage.ts reads the store for it.
 *
 * A frame can be missing in two ways. It was made and is not here: its seq tells, exactly, and the stream tells whether it is lost (and why) or still to come.
 * Or it was never made: then only time tells, by a step longer than the unit's cadence, and the log of the unit's link and run state tells why.
 * Expected are all of them: received, made and not here, and those that would have been made at the unit's own cadence.
 */
import type { CoverageFigures, GapCause } from '@slmm/protocol';
import type { Sequence, StreamRecord, UnitStateChange } from '../reading-store.ts';
import { highest, missingFrom } from './seq-ranges.ts';

/** Cadence of a unit of which too little is known: DOD once a second. */
const DEFAULT_CADENCE_MS = 1000;
/** A step is a gap when it is longer than this many cadences, and longer than `LEAST_GAP_MS`: one late answer of a meter is none. */
const GAP_CADENCES = 2.5;
export const LEAST_GAP_MS = 3000;
/** Share of a gap's frames that the rounding of its length may claim to have been never made. */
const ROUNDING = 0.05;
/** Gaps named in one answer; the smallest are left out, the figures count all. */
export const MAX_GAPS = 1000;

/** A stretch without frames; `toMs` exclusive. `frames` is exact where seqs tell, else an estimate by the cadence. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly frames: number;
  readonly cause: GapCause;
}

/** `live + late + lost` and what is still to come make up `expected`. */
export interface Ledger extends CoverageFigures {
  readonly gaps: readonly Gap[];
}

export interface LedgerInput {
  /** The period, not reaching into the future, from the unit's first sign of life on. */
  readonly fromMs: number;
  readonly toMs: number;
  /** All of the period, told with `maxStepMs` of `LEAST_GAP_MS` or less. */
  readonly sequences: readonly Sequence[];
  readonly streams: readonly StreamRecord[];
  /** The state in force at the start, where known, and all changes in the period. */
  readonly states: readonly UnitStateChange[];
  /** By the start of a hole: frames that were made in it and stand at another time, because a clock was stepped (clock-steps.ts). The log of states knows better, where it knows. */
  readonly stepped: ReadonlyMap<number, number>;
}

/** Seqs that are not here. */
interface Missing {
  readonly first: number;
  readonly last: number;
  /** `pending`: neither here nor written off. */
  readonly cause: GapCause;
}

/** A step in time that is longer than the cadence allows. `before`, `after`: the readings around it; `null` at the ends of the period. */
export interface TimeHole {
  readonly fromMs: number;
  readonly toMs: number;
  readonly before: Sequence | null;
  readonly after: Sequence | null;
}

export function ledgerOf(input: LedgerInput): Ledger {
  const { sequences } = input;
  const cadenceMs = cadenceOf(sequences);
  const holes = timeHoles(input, cadenceMs);
  const made = madeButMissing(input, holes, cadenceMs);
  const gaps = [...made, ...neverMade(input, holes, made, cadenceMs)].toSorted((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const live = sum(sequences.map((one) => one.live));
  const late = sum(sequences.map((one) => one.late));
  const missing = sum(gaps.map((gap) => gap.frames));
  const pending = sum(gaps.filter((gap) => gap.cause === 'pending').map((gap) => gap.frames));
  const expected = live + late + missing;
  return {
    expected,
    live,
    late,
    lost: missing - pending,
    coverage: expected === 0 ? null : (live + late) / expected,
    gaps: largest(gaps),
  };
}

/** Milliseconds from one frame to the next as this unit usually has them. */
export function cadenceOf(sequences: readonly Sequence[]): number {
  const steps = sequences.reduce((total, { first, last }) => total + last - first, 0);
  const between = sequences
    .slice(1)
    .flatMap((sequence, index) => {
      const before = sequences[index];
      const follows = before !== undefined && before.epoch === sequence.epoch && before.last + 1 === sequence.first;
      return follows ? [sequence.firstAtMs - before.lastAtMs] : [];
    })
    .toSorted((a, b) => a - b);
  if (steps === 0 && between.length === 0) return DEFAULT_CADENCE_MS;
  // A unit that is asked once a minute has nothing but sequences of one.
  if (steps < between.length) return Math.max(1, between[Math.floor(between.length / 2)] ?? DEFAULT_CADENCE_MS);
  const lengthMs = sequences.reduce((total, { firstAtMs, lastAtMs }) => total + lastAtMs - firstAtMs, 0);
  return Math.max(1, lengthMs / steps);
}

/** Steps in time longer than the cadence allows. Sequences may overlap in time, after a clock was set back. */
export function timeHoles(
  { fromMs, toMs, sequences }: Pick<LedgerInput, 'fromMs' | 'toMs' | 'sequences'>,
  cadenceMs: number,
): readonly TimeHole[] {
  const leastMs = Math.max(LEAST_GAP_MS, GAP_CADENCES * cadenceMs);
  const holes: TimeHole[] = [];
  let before: Sequence | null = null;
  let coveredMs = fromMs;
  for (const sequence of sequences) {
    if (sequence.firstAtMs - coveredMs > leastMs)
      holes.push({ fromMs: coveredMs, toMs: sequence.firstAtMs, before, after: sequence });
    if (before === null || sequence.lastAtMs >= coveredMs) before = sequence;
    coveredMs = Math.max(coveredMs, sequence.lastAtMs);
  }
  if (toMs - coveredMs > leastMs) holes.push({ fromMs: coveredMs, toMs, before, after: null });
  return holes;
}

/** Gaps that seqs tell of: each missing seq once, at the time at which it must have been made. */
function madeButMissing({ sequences, streams }: LedgerInput, holes: readonly TimeHole[], cadenceMs: number): Gap[] {
  return streams.flatMap((stream) => {
    const own = sequences.filter(({ epoch }) => epoch === stream.epoch).toSorted((a, b) => a.first - b.first);
    const missing = missingOf(stream);
    const inner = own.slice(1).flatMap((after, index) => between(missing, own[index], after));
    const [earliest, latest] = [own[0], own.at(-1)];
    const leading = holes.find((hole) => hole.before === null && hole.after !== null && hole.after === earliest);
    const trailing = holes.find((hole) => hole.after === null && hole.before !== null && hole.before === latest);
    return [
      ...(leading === undefined ? [] : beforeFirst(missing, leading, cadenceMs)),
      ...inner,
      ...(trailing === undefined ? [] : behindLast(missing, trailing, cadenceMs)),
    ];
  });
}

function missingOf(stream: StreamRecord): readonly Missing[] {
  const pending = missingFrom(stream.settled, 1, highest(stream.settled)).map(([first, last]): Missing => ({
    first,
    last,
    cause: 'pending',
  }));
  const lost = stream.lost.map(({ first, last, cause }): Missing => ({ first, last, cause }));
  return [...pending, ...lost].toSorted((a, b) => a.first - b.first);
}

/** What is missing between two sequences, spread evenly over the time between them. */
function between(missing: readonly Missing[], before: Sequence | undefined, after: Sequence): Gap[] {
  if (before === undefined || after.first <= before.last + 1) return [];
  const stepMs = (after.firstAtMs - before.lastAtMs) / (after.first - before.last);
  const at = (seq: number): number => Math.round(before.lastAtMs + (seq - before.last) * stepMs);
  return cut(missing, before.last + 1, after.first - 1).map(({ first, last, cause }) => {
    const [fromMs, toMs] = [at(first - 1), at(last + 1)].toSorted((a, b) => a - b);
    return { fromMs: fromMs ?? 0, toMs: toMs ?? 0, frames: last - first + 1, cause };
  });
}

/** What is missing below the period's first seq, as far as it can have been made in the period. */
function beforeFirst(missing: readonly Missing[], hole: TimeHole, cadenceMs: number): Gap[] {
  const { fromMs, toMs, after } = hole;
  if (after === null) return [];
  const fits = roomIn(hole, cadenceMs);
  const gaps: Gap[] = [];
  let next = after.first - 1;
  for (const { first, last, cause } of cut(missing, after.first - fits, after.first - 1).toReversed()) {
    if (last !== next) break;
    const at = (seq: number): number => Math.max(fromMs, Math.round(toMs - (after.first - seq) * cadenceMs));
    gaps.push({ fromMs: at(first - 1), toMs: at(last + 1), frames: last - first + 1, cause });
    next = first - 1;
  }
  return gaps;
}

/** What is missing above the period's last seq, as far as it can have been made in the period. */
function behindLast(missing: readonly Missing[], hole: TimeHole, cadenceMs: number): Gap[] {
  const { fromMs, toMs, before } = hole;
  if (before === null) return [];
  const fits = roomIn(hole, cadenceMs);
  const gaps: Gap[] = [];
  let next = before.last + 1;
  for (const { first, last, cause } of cut(missing, before.last + 1, before.last + fits)) {
    if (first !== next) break;
    const at = (seq: number): number => Math.min(toMs, Math.round(fromMs + (seq - before.last) * cadenceMs));
    gaps.push({ fromMs: at(first - 1), toMs: at(last + 1), frames: last - first + 1, cause });
    next = last + 1;
  }
  return gaps;
}

/** Frames that would fit: not the one that is there at either end, and at the ends of the period the start inclusive, the end exclusive. */
function roomIn({ fromMs, toMs, before, after }: TimeHole, cadenceMs: number): number {
  const steps = (toMs - fromMs) / cadenceMs;
  // The measured cadence is a little off; a hundredth of a frame more or less is the same frame.
  if (before === null) return Math.max(1, after === null ? Math.round(steps) : Math.floor(steps + 0.01));
  return Math.max(1, (after === null ? Math.ceil(steps - 0.01) : Math.round(steps)) - 1);
}

function cut(missing: readonly Missing[], first: number, last: number): Missing[] {
  return missing
    .filter((range) => range.last >= first && range.first <= last)
    .map((range) => ({ ...range, first: Math.max(range.first, first), last: Math.min(range.last, last) }));
}

/** Gaps that only time tells of. */
function neverMade(input: LedgerInput, holes: readonly TimeHole[], made: readonly Gap[], cadenceMs: number): Gap[] {
  return holes.flatMap((hole) => {
    const { fromMs, toMs } = hole;
    const cause = causeOf(input, hole);
    const elsewhere = input.stepped.get(fromMs);
    if (cause === 'no-frames' && elsewhere !== undefined) return aroundStep(hole, elsewhere, cadenceMs);
    const fits = roomIn(hole, cadenceMs);
    const explained = made
      .filter((gap) => gap.fromMs >= fromMs && gap.toMs <= toMs)
      .reduce((total, gap) => total + gap.frames, 0);
    const frames = fits - explained;
    if (frames <= (explained === 0 ? 0 : Math.max(1, fits * ROUNDING))) return [];
    return [{ fromMs, toMs, frames, cause }];
  });
}

/** Frames that stand at another time fill the hole from the side on which the clock was right again, or was last right; nothing of them is missing. What is left was never made. */
function aroundStep(hole: TimeHole, elsewhere: number, cadenceMs: number): Gap[] {
  const { fromMs, toMs, after } = hole;
  const clockMs = Math.min(toMs - fromMs, elsewhere * cadenceMs);
  const frames = roomIn(hole, cadenceMs) - elsewhere;
  if (frames <= Math.max(1, elsewhere * ROUNDING)) return [{ fromMs, toMs, frames: 0, cause: 'clock' }];
  const cutMs = Math.round(after === null ? fromMs + clockMs : toMs - clockMs);
  const [first, second] = after === null ? (['clock', 'no-frames'] as const) : (['no-frames', 'clock'] as const);
  return [
    { fromMs, toMs: cutMs, frames: first === 'clock' ? 0 : frames, cause: first },
    { fromMs: cutMs, toMs, frames: second === 'clock' ? 0 : frames, cause: second },
  ];
}

/**
 * Why no frames were made: `standby`, `disabled` or the fault of the link that held longest in the gap; `stopped` where the link was fine and the meter was not measuring;
 * `pending` where nothing newer is known, so they may have been made and not sent yet; else `no-frames`: the agent was not running.
 */
function causeOf({ states, streams }: LedgerInput, hole: TimeHole): GapCause {
  const held = new Map<GapCause, number>();
  for (let index = inForceAt(states, hole.fromMs); index < states.length; index += 1) {
    const state = states[index];
    if (state === undefined || state.atMs >= hole.toMs) break;
    const endMs = states[index + 1]?.atMs ?? hole.toMs;
    const forMs = Math.min(endMs, hole.toMs) - Math.max(state.atMs, hole.fromMs);
    const cause = faultOf(state);
    if (forMs > 0 && cause !== null) held.set(cause, (held.get(cause) ?? 0) + forMs);
  }
  const [longest] = [...held].toSorted((a, b) => b[1] - a[1]);
  if (longest !== undefined) return longest[0];
  if (hole.after !== null || hole.before === null) return 'no-frames';
  const { epoch, last } = hole.before;
  const known = streams.find((stream) => stream.epoch === epoch);
  return known === undefined || highest(known.settled) <= last ? 'pending' : 'no-frames';
}

/** Index of the last state (oldest first) that began at or before `atMs`; 0 where none did. A unit whose link flaps has tens of thousands a month, and as many holes. */
function inForceAt(states: readonly UnitStateChange[], atMs: number): number {
  let low = 0;
  let high = states.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((states[middle]?.atMs ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

function faultOf({ link, run }: UnitStateChange): GapCause | null {
  if (link === 'standby' || link === 'disabled') return link;
  if (link !== 'ok') return `link-${link}`;
  return run === 'Stop' ? 'stopped' : null;
}

function largest(gaps: readonly Gap[]): readonly Gap[] {
  if (gaps.length <= MAX_GAPS) return gaps;
  const kept = new Set(gaps.toSorted((a, b) => b.frames - a.frames).slice(0, MAX_GAPS));
  return gaps.filter((gap) => kept.has(gap));
}
