/**
 * What becomes of frames and of reported losses: pure. Arrival order means nothing here; `(epoch, seq)` decides.
 * Neighbours: read-frames.ts brings them, ingest.ts holds the streams and commits what is accepted.
 */
import type { Frame } from '@slmm/protocol';
import type { LostRange, Reading, SeqRanges, StreamRecord } from '../history/reading-store.ts';
import { contiguousFromOne, includes, missingFrom, withRange } from '../history/ledger/seq-ranges.ts';

/** A frame that is older than this when it arrives is late. The longest economy batch (60 s) and its way are within it. */
export const LATE_AFTER_MS = 90_000;
/** Most separate ranges a stream may have. Frames that would open another one are deferred: not kept, not acknowledged, so the edge sends them again after it has filled holes. */
export const MAX_RANGES = 1000;
/** Most lost ranges remembered per stream; beyond it the oldest are forgotten, and their seqs count as settled for reasons unknown. */
export const MAX_LOST_RANGES = 2000;

/** One unit and epoch while the hub runs. */
export interface Stream extends StreamRecord {
  /** The frame with the highest seq that came since the hub started, to notice a journal that speaks twice. */
  readonly newest: { readonly seq: number; readonly at: string } | null;
}

/** How frames came. `economy`: their edge sends everything in batches, so a batch alone says nothing about lateness. */
export interface Arrival {
  readonly via: 'live' | 'backfill';
  readonly economy: boolean;
  /** Hub wall time. */
  readonly atMs: number;
}

/** A reading with the edge that brought it. */
export interface IngestedReading extends Reading {
  readonly edge: string;
}

export interface Accepted {
  readonly stream: Stream;
  readonly readings: readonly IngestedReading[];
  /** Frames that were settled before. */
  readonly duplicates: number;
  /** Frames that are not kept now and come again. */
  readonly deferred: number;
  /** Duplicates that say something else than the first: two edges run with the same journal. */
  readonly conflicts: number;
}

export function newStream(unit: string, epoch: string, edge: string): Stream {
  return { unit, epoch, edge, settled: [], lost: [], newest: null };
}

/** Highest seq up to which every frame is committed or written off; 0 for none. It never goes back, because nothing leaves `settled`. */
export function watermark(stream: StreamRecord): number {
  return contiguousFromOne(stream.settled);
}

/** Takes frames of this stream. A frame that had been written off and comes after all is taken, and its loss is taken back. */
export function accept(stream: Stream, frames: readonly Frame[], arrival: Arrival): Accepted {
  const { edge } = stream;
  let { lost, newest } = stream;
  const settled = new GrowingRanges(stream.settled);
  const readings: IngestedReading[] = [];
  let [duplicates, deferred, conflicts] = [0, 0, 0];
  for (const frame of frames) {
    const { seq } = frame;
    const wasLost = lost.some((range) => range.first <= seq && seq <= range.last);
    if (!wasLost && settled.has(seq)) {
      duplicates += 1;
      if (newest?.seq === seq && newest.at !== frame.at) conflicts += 1;
      continue;
    }
    if (!wasLost && !settled.add(seq)) {
      deferred += 1;
      continue;
    }
    if (wasLost) lost = lost.flatMap((range) => withoutSeq(range, seq));
    if (newest === null || seq > newest.seq) newest = { seq, at: frame.at };
    const atMs = Date.parse(frame.at);
    readings.push({ frame, atMs, late: isLate(atMs, frame.offset_ms ?? 0, arrival), edge });
  }
  return { stream: { ...stream, settled: settled.done(), lost, newest }, readings, duplicates, deferred, conflicts };
}

/** Smaller than any seq and than any seq less one. */
const NO_SEQ = -1;

/** Ranges that mostly grow at one end: a run of new seqs joins the others only when it ends. */
class GrowingRanges {
  #ranges: SeqRanges;
  /** The run; its first seq is in `#ranges` already. */
  #first = NO_SEQ;
  #last = NO_SEQ;

  constructor(ranges: SeqRanges) {
    this.#ranges = ranges;
  }

  has(seq: number): boolean {
    return (seq >= this.#first && seq <= this.#last) || includes(this.#ranges, seq);
  }

  /** False where there would be too many ranges. */
  add(seq: number): boolean {
    if (seq === this.#last + 1) {
      this.#last = seq;
      return true;
    }
    const union = withRange(this.done(), seq, seq);
    if (union.length > MAX_RANGES && union.length > this.#ranges.length) return false;
    this.#ranges = union;
    this.#first = seq;
    this.#last = seq;
    return true;
  }

  done(): SeqRanges {
    if (this.#last > this.#first) this.#ranges = withRange(this.#ranges, this.#first, this.#last);
    this.#first = NO_SEQ;
    this.#last = NO_SEQ;
    return this.#ranges;
  }
}

/**
 * Late is what nobody could have seen live: what an edge with live uplink sends as backfill, and whatever is older than `LATE_AFTER_MS` on arrival.
 * Age is told by the hub's clock: what the edge's clock is known to be off by is taken out.
 */
function isLate(atMs: number, offsetMs: number, { via, economy, atMs: arrivedMs }: Arrival): boolean {
  return (via === 'backfill' && !economy) || arrivedMs - (atMs - offsetMs) > LATE_AFTER_MS;
}

/** Writes off seqs that will never come. Those that are settled already stay what they are. Ranges beyond the bound are left out, so they are not acknowledged either. */
export function writeOff(stream: Stream, ranges: readonly LostRange[]): Stream {
  let settled: SeqRanges = stream.settled;
  const added: LostRange[] = [];
  for (const range of ranges) {
    for (const [first, last] of missingFrom(settled, range.first, range.last)) {
      const union = withRange(settled, first, last);
      if (union.length > MAX_RANGES && union.length > settled.length) continue;
      settled = union;
      added.push({
        ...range,
        first,
        last,
        fromMs: first === range.first ? range.fromMs : null,
        toMs: last === range.last ? range.toMs : null,
      });
    }
  }
  if (added.length === 0) return stream;
  return { ...stream, settled, lost: joined([...stream.lost, ...added]).slice(-MAX_LOST_RANGES) };
}

function withoutSeq(range: LostRange, seq: number): LostRange[] {
  if (seq < range.first || seq > range.last) return [range];
  const before: LostRange[] = seq > range.first ? [{ ...range, last: seq - 1, toMs: null }] : [];
  const after: LostRange[] = seq < range.last ? [{ ...range, first: seq + 1, fromMs: null }] : [];
  return [...before, ...after];
}

/** Ascending; neighbours with one cause become one. */
function joined(ranges: readonly LostRange[]): LostRange[] {
  const result: LostRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const last = result.at(-1);
    if (last !== undefined && last.cause === range.cause && last.last + 1 === range.first)
      result[result.length - 1] = { ...last, last: range.last, toMs: range.toMs };
    else result.push(range);
  }
  return result;
}
