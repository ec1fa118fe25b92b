/**
 * What of the journal has to be sent, and when it has to be sent again. Pure: time comes in as monotonic milliseconds.
 * Neighbours: frame-sender.ts carries the plan out; the journal knows which frames there are, the hub's acknowledge which have arrived.
 *
 * - Between watermark and end of the journal everything that was not sent in this session is missing; touching ranges merge.
 * - Oldest first: of all units the one whose first missing frame lies in the oldest segment, then the one that waited longest for its turn.
 * - What was sent and is not acknowledged within `retryFirstMs` is probed: the first batch behind the watermark goes again. If the watermark then stops within the
 *   probe, the hub lacks the rest too and all is sent again; if it jumps further, only the probe had been lost. Pauses double up to `retryMaxMs`.
 * - At most `maxUnacknowledgedBatches` are under way: a hub that cannot keep up is not flooded.
 */
import { above, addRange, countOf, missingIn, type SeqRange, type SeqRanges } from '../journal/seq-ranges.ts';

export interface BackfillLimits {
  /** Frames in one batch. */
  readonly batchFrames: number;
  /** How long a frame may wait for a batch to fill; 0 in a live uplink. Batches of all units leave at the same multiples of it, so that they share packets and acknowledges. */
  readonly holdMs: number;
  readonly retryFirstMs: number;
  readonly retryMaxMs: number;
  readonly maxUnacknowledgedBatches: number;
}

interface Stream {
  readonly epoch: string;
  readonly unit: string;
  acknowledged: number;
  highest: number;
  /** Sent in this session to a hub that was there. */
  sent: SeqRanges;
  /** Ever handed to the bus by this run of the program. */
  everSent: SeqRanges;
  /** Last seqs of the batches under way. */
  batches: number[];
  probeEnd: number | null;
  retryMs: number;
  /** Since when nothing has moved that should. */
  idleSinceMs: number;
  /** Since when a frame waits for its batch; `null` when none does, minus infinity for a backlog. */
  waitingSinceMs: number | null;
  servedMs: number;
  /** How old the first missing seq is, as far as it was asked before. */
  rank: { readonly seq: number; readonly age: number } | null;
}

export interface PlannedRange {
  readonly epoch: string;
  readonly unit: string;
  readonly range: SeqRange;
  /** These frames have waited for nothing but their batch; else they are a backlog, or sent again. */
  readonly fresh: boolean;
}

export class BackfillPlan {
  readonly #limits: BackfillLimits;
  readonly #streams = new Map<string, Stream>();

  constructor(limits: BackfillLimits) {
    this.#limits = limits;
  }

  /** The journal has this up to `highest`. Frames of the past are due at once, new ones when their batch is. */
  journalled(epoch: string, unit: string, highest: number, nowMs: number, past = false): void {
    const stream = this.#stream(epoch, unit);
    if (highest <= stream.highest) return;
    stream.highest = highest;
    stream.waitingSinceMs ??= past ? Number.NEGATIVE_INFINITY : nowMs;
  }

  /** These seqs were handed to the bus. Without a hub to hear them they count as said, not as sent. */
  sent(epoch: string, unit: string, range: SeqRange, nowMs: number, { heard, batch }: { heard: boolean; batch: boolean }): void {
    const stream = this.#stream(epoch, unit);
    stream.everSent = addRange(stream.everSent, range);
    if (!heard) return;
    stream.sent = addRange(stream.sent, range);
    if (range[0] <= stream.acknowledged + 1) stream.idleSinceMs = nowMs;
    stream.servedMs = nowMs;
    if (batch) stream.batches.push(range[1]);
    if (this.#missing(stream).length === 0) stream.waitingSinceMs = null;
    // What came while the batch was read waits for the next one; a backlog does not wait.
    else if (batch && Number.isFinite(stream.waitingSinceMs)) stream.waitingSinceMs = nowMs;
  }

  /** The hub's watermark; it may also go back. */
  acknowledged(epoch: string, unit: string, seq: number, nowMs: number): void {
    const stream = this.#streams.get(keyOf(epoch, unit));
    if (stream === undefined || seq === stream.acknowledged) return;
    const wentBack = seq < stream.acknowledged;
    const restIsMissing = stream.probeEnd !== null && seq <= stream.probeEnd;
    stream.acknowledged = seq;
    stream.everSent = above(seq, stream.everSent);
    stream.batches = stream.batches.filter((last) => last > seq);
    stream.idleSinceMs = nowMs;
    stream.retryMs = this.#limits.retryFirstMs;
    stream.probeEnd = null;
    if (wentBack || restIsMissing) this.#forget(stream);
    else stream.sent = above(seq, stream.sent);
  }

  /** A new session or a new hub: whatever is not acknowledged may never have arrived. */
  forgetSent(): void {
    for (const stream of this.#streams.values()) {
      stream.retryMs = this.#limits.retryFirstMs;
      stream.probeEnd = null;
      this.#forget(stream);
    }
  }

  /** The next range to send as a batch, or `null` when nothing is due. `ageRank` is smaller for older frames. */
  next(nowMs: number, ageRank: (epoch: string, unit: string, seq: number) => number): PlannedRange | null {
    this.#probeWhatIsOverdue(nowMs);
    if (this.unacknowledgedBatches >= this.#limits.maxUnacknowledgedBatches) return null;
    let best: { stream: Stream; range: SeqRange; rank: number } | null = null;
    for (const stream of this.#streams.values()) {
      const missing = this.#missing(stream);
      const range = missing[0];
      if (range === undefined || !this.#isDue(stream, missing, nowMs)) continue;
      if (stream.rank?.seq !== range[0]) stream.rank = { seq: range[0], age: ageRank(stream.epoch, stream.unit, range[0]) };
      const rank = stream.rank.age;
      if (best === null || rank < best.rank || (rank === best.rank && stream.servedMs < best.stream.servedMs))
        best = { stream, range, rank };
    }
    if (best === null) return null;
    const { epoch, unit, waitingSinceMs } = best.stream;
    return { epoch, unit, range: best.range, fresh: Number.isFinite(waitingSinceMs ?? Number.NaN) };
  }

  /** When `next` can have something that it does not have now; `null` when only an event from outside changes that. */
  nextDueMs(): number | null {
    let dueMs: number | null = null;
    for (const stream of this.#streams.values()) {
      const times: number[] = [];
      if (isAwaited(stream)) times.push(stream.idleSinceMs + stream.retryMs);
      if (stream.waitingSinceMs !== null) times.push(this.#dueMs(stream.waitingSinceMs));
      for (const time of times) dueMs = dueMs === null ? time : Math.min(dueMs, time);
    }
    return dueMs;
  }

  get unacknowledgedBatches(): number {
    return [...this.#streams.values()].reduce((sum, stream) => sum + stream.batches.length, 0);
  }

  /** Frames that are missing at the hub and not under way, and the streams they begin in. */
  unsent(): {
    readonly frames: number;
    readonly firsts: readonly { readonly epoch: string; readonly unit: string; readonly seq: number }[];
  } {
    let frames = 0;
    const firsts: { epoch: string; unit: string; seq: number }[] = [];
    for (const stream of this.#streams.values()) {
      const missing = this.#missing(stream);
      frames += countOf(missing);
      if (missing[0] !== undefined) firsts.push({ epoch: stream.epoch, unit: stream.unit, seq: missing[0][0] });
    }
    return { frames, firsts };
  }

  /** What of `range` was never handed to the bus. */
  neverSent(epoch: string, unit: string, range: SeqRange): SeqRanges {
    const stream = this.#streams.get(keyOf(epoch, unit));
    const acknowledged = stream?.acknowledged ?? 0;
    return missingIn([Math.max(range[0], acknowledged + 1), range[1]], stream?.everSent ?? []);
  }

  #isDue(stream: Stream, missing: SeqRanges, nowMs: number): boolean {
    if (stream.waitingSinceMs === null || nowMs >= this.#dueMs(stream.waitingSinceMs)) return true;
    return countOf(missing) >= this.#limits.batchFrames;
  }

  #dueMs(waitingSinceMs: number): number {
    const { holdMs } = this.#limits;
    return holdMs === 0 ? waitingSinceMs : (Math.floor(waitingSinceMs / holdMs) + 1) * holdMs;
  }

  #probeWhatIsOverdue(nowMs: number): void {
    for (const stream of this.#streams.values()) {
      if (!isAwaited(stream) || nowMs - stream.idleSinceMs < stream.retryMs) continue;
      const end = Math.min(stream.acknowledged + this.#limits.batchFrames, stream.highest);
      stream.probeEnd = end;
      stream.sent = above(end, stream.sent);
      stream.batches = stream.batches.filter((last) => last > end);
      stream.idleSinceMs = nowMs;
      stream.retryMs = Math.min(this.#limits.retryMaxMs, stream.retryMs * 2);
      stream.waitingSinceMs = Number.NEGATIVE_INFINITY;
    }
  }

  #forget(stream: Stream): void {
    stream.sent = [];
    stream.batches = [];
    stream.waitingSinceMs = stream.highest > stream.acknowledged ? Number.NEGATIVE_INFINITY : null;
  }

  #missing(stream: Stream): SeqRanges {
    return stream.highest > stream.acknowledged ? missingIn([stream.acknowledged + 1, stream.highest], stream.sent) : [];
  }

  #stream(epoch: string, unit: string): Stream {
    const key = keyOf(epoch, unit);
    let stream = this.#streams.get(key);
    if (stream === undefined) {
      stream = {
        epoch,
        unit,
        acknowledged: 0,
        highest: 0,
        sent: [],
        everSent: [],
        batches: [],
        probeEnd: null,
        retryMs: this.#limits.retryFirstMs,
        idleSinceMs: 0,
        waitingSinceMs: null,
        servedMs: 0,
        rank: null,
      };
      this.#streams.set(key, stream);
    }
    return stream;
  }
}

/** Whether the watermark should move: the frame behind it is under way. */
const isAwaited = (stream: Stream): boolean => stream.sent[0]?.[0] === stream.acknowledged + 1;
const keyOf = (epoch: string, unit: string): string => `${epoch} ${unit}`;
