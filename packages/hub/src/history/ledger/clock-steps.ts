/**
 * Where a stepped clock makes a hole in time in which frames were made all the same: they stand at another time. Seqs tell of it, and the interval of a DOD frame, which says how
 * long it really was since the one before. (A DRD frame says one second in any case.) Neighbours: coverage.ts asks, ledger.ts counts with it.
 */
import type { ReadingStore, Sequence, StreamRecord } from '../reading-store.ts';
import { cadenceOf, type TimeHole, timeHoles } from './ledger.ts';

/** Holes that are looked into; the longest come first. */
const MAX_LOOKUPS = 50;

/** By the start of a hole: how many frames were made in it and stand at another time; infinitely many where no time passed at all. */
export type SteppedHoles = ReadonlyMap<number, number>;

export interface StepQuestion {
  readonly unit: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly sequences: readonly Sequence[];
  readonly streams: readonly StreamRecord[];
}

export async function steppedHoles(store: Pick<ReadingStore, 'readings'>, question: StepQuestion): Promise<SteppedHoles> {
  const found = new Map<number, number>();
  const doubtful = timeHoles(question, cadenceOf(question.sequences))
    .map((hole) => ({ hole, frames: madeElsewhere(hole, question.streams) }))
    .filter(({ frames }) => frames > 0)
    .toSorted((a, b) => b.hole.toMs - b.hole.fromMs - (a.hole.toMs - a.hole.fromMs))
    .slice(0, MAX_LOOKUPS);
  for (const { hole, frames } of doubtful) if (await isStep(store, question.unit, hole)) found.set(hole.fromMs, frames);
  return found;
}

/** How many frames a clock would have put elsewhere if it was stepped in this hole; 0 where seqs speak against it. */
function madeElsewhere({ before, after }: TimeHole, streams: readonly StreamRecord[]): number {
  const epoch = (after ?? before)?.epoch;
  const stream = streams.find((one) => one.epoch === epoch);
  if (stream === undefined) return 0;
  if (after === null) return before === null ? 0 : run(stream, before.last + 1, 1);
  if (before === null || before.epoch !== after.epoch) return run(stream, after.first - 1, -1);
  const between = after.first - before.last - 1;
  if (between === 0) return Number.POSITIVE_INFINITY;
  return between > 0 && run(stream, after.first - 1, -1) >= between ? between : 0;
}

/** Frames that are there, from this seq on without a hole. */
function run({ settled, lost }: StreamRecord, first: number, step: 1 | -1): number {
  const range = settled.find((one) => one[0] <= first && first <= one[1]);
  if (range === undefined) return 0;
  let end = step === 1 ? range[1] : range[0];
  for (const one of lost)
    if (step === 1 && one.last >= first) end = Math.min(end, one.first - 1);
    else if (step === -1 && one.first <= first) end = Math.max(end, one.last + 1);
  return Math.max(0, (end - first) * step + 1);
}

async function isStep(store: Pick<ReadingStore, 'readings'>, unit: string, hole: TimeHole): Promise<boolean> {
  const { fromMs, toMs, before, after } = hole;
  if (after === null) {
    // Frames that came later than these, and not at a later time.
    const { readings } = await store.readings({ unit, fromMs: toMs, toMs: Number.MAX_SAFE_INTEGER, limit: 1 });
    return readings.length === 0;
  }
  // Frames between these two that are not in the time between them: nothing but a clock does that.
  if (before !== null && before.epoch === after.epoch && before.last + 1 < after.first) return true;
  const { readings } = await store.readings({ unit, fromMs: toMs, toMs: toMs + 1, limit: 1 });
  const frame = readings[0]?.frame;
  const interval = frame?.interval ?? null;
  return frame?.src === 'dod' && interval !== null && interval.s * 1000 < (toMs - fromMs) / 2;
}
