import type { Frame } from '@slmm/protocol';
import { type Disk, faultCode } from './disk.ts';
import { corrected, decodeFrameRecord, frameKeyOf } from './frame-record.ts';
import type { JournalBooks, LostSeqs } from './journal-books.ts';
import type { Segment } from './segment.ts';
import { type LoadedSegment, SegmentCache } from './segment-cache.ts';
import { addRange, holds, missingIn, type SeqRange, type SeqRanges } from './seq-ranges.ts';

/** Part of one unit's journal. Every seq from the wanted first to `upto` is either among the frames or in a lost range. */
export interface JournalRead {
  readonly frames: readonly Frame[];
  readonly lost: readonly LostSeqs[];
  readonly upto: number;
}

export interface ReaderParts {
  readonly disk: Disk;
  /** Ascending by number. */
  readonly segments: () => readonly Segment[];
  readonly books: () => JournalBooks;
  readonly lose: (losses: readonly LostSeqs[]) => void;
  /** Sets a segment aside; its index says already what is still good. */
  readonly damaged: (segment: Segment, detail: string) => Promise<void>;
}

/** Reads frames back from the segments, checks what it reads, and finds where a seq lies. Neighbours: journal owns it, segment-cache does the reading. */
export class JournalReader {
  readonly #parts: ReaderParts;
  readonly #cache: SegmentCache;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
    this.#cache = new SegmentCache(parts.disk);
  }

  async read(epoch: string, unit: string, range: SeqRange, mostFrames: number): Promise<JournalRead> {
    const books = this.#parts.books();
    const frames: Frame[] = [];
    const lost: LostSeqs[] = [];
    let next = range[0];
    while (next <= range[1] && frames.length < mostFrames) {
      const loss = books.lostWithin(epoch, unit, [next, range[1]])[0];
      if (loss !== undefined && loss.first === next) {
        lost.push(loss);
        next = loss.last + 1;
        continue;
      }
      const segment = this.segmentOf(epoch, unit, next);
      if (segment === null) {
        const end = this.#endOfHole(epoch, unit, [next, loss === undefined ? range[1] : loss.first - 1]);
        this.#parts.lose([
          { epoch, unit, first: next, last: end, cause: 'corrupt', ...this.timesAround(epoch, unit, [next, end]) },
        ]);
        continue;
      }
      const loaded = await this.#load(segment);
      if (loaded === null) continue;
      const stop = loss === undefined ? range[1] : loss.first - 1;
      const before = next;
      for (; next <= stop && frames.length < mostFrames; next += 1) {
        const payload = loaded.get(unit, next);
        if (payload === undefined) break;
        frames.push(corrected(decodeFrameRecord(epoch, payload), books.correctionMs(epoch, unit, next)));
      }
      if (next === before) await this.#indexAnew(segment, loaded, 'its index names frames that it does not hold');
    }
    return { frames, lost, upto: next - 1 };
  }

  segmentOf(epoch: string, unit: string, seq: number): Segment | null {
    for (const segment of this.#parts.segments()) {
      if (segment.epoch !== epoch) continue;
      const span = segment.units.get(unit);
      if (span !== undefined && holds(span.ranges, seq)) return segment;
    }
    return null;
  }

  /** Everything the segments hold of a unit. */
  rangesOf(epoch: string, unit: string): SeqRanges {
    let ranges: SeqRanges = [];
    for (const segment of this.#parts.segments())
      if (segment.epoch === epoch) for (const range of segment.units.get(unit)?.ranges ?? []) ranges = addRange(ranges, range);
    return ranges;
  }

  /** Seqs of `whole` that are neither in a segment nor known to be lost. */
  holes(epoch: string, unit: string, whole: SeqRange): SeqRanges {
    if (whole[1] < whole[0]) return [];
    const lost = this.#parts.books().lostRanges(epoch, unit);
    return missingIn(whole, lost.reduce(addRange, this.rangesOf(epoch, unit)));
  }

  /** By the index: the span of the unit in the segment, divided evenly among its seqs. */
  timeOf(epoch: string, unit: string, seq: number): number | null {
    const segment = this.segmentOf(epoch, unit, seq);
    const span = segment?.units.get(unit);
    const [first, last] = [span?.ranges[0]?.[0], span?.ranges.at(-1)?.[1]];
    if (span === undefined || first === undefined || last === undefined) return null;
    const share = last === first ? 0 : (seq - first) / (last - first);
    return Math.round(span.fromMs + (span.toMs - span.fromMs) * share) + this.#parts.books().correctionMs(epoch, unit, seq);
  }

  /** Times between which the seqs of a hole were measured: the end of the segment before it and the beginning of the one after it. */
  timesAround(epoch: string, unit: string, [first, last]: SeqRange): { fromMs: number | null; toMs: number | null } {
    let [fromMs, toMs]: (number | null)[] = [null, null];
    for (const segment of this.#parts.segments()) {
      const span = segment.epoch === epoch ? segment.units.get(unit) : undefined;
      if (span === undefined) continue;
      if ((span.ranges.at(-1)?.[1] ?? Number.POSITIVE_INFINITY) < first) fromMs = span.toMs;
      if ((span.ranges[0]?.[0] ?? 0) > last) toMs ??= span.fromMs;
    }
    return { fromMs: fromMs ?? null, toMs: toMs ?? null };
  }

  /** Reads one sealed segment back that was trusted so far, so that damage is found while the frames may still be elsewhere. */
  async checkOne(writing: Segment | null): Promise<void> {
    const segment = this.#parts.segments().find((one) => !one.checked && one !== writing);
    if (segment !== undefined) await this.#load(segment);
  }

  forget(segment: Segment): void {
    this.#cache.forget(segment);
  }

  /** `null` when the segment turned out damaged: its index has changed then. */
  async #load(segment: Segment): Promise<LoadedSegment | null> {
    let loaded: LoadedSegment;
    const { name } = segment;
    try {
      loaded = await this.#cache.load(segment);
    } catch (fault) {
      // Renamed or removed while it was read: where its frames are now, the caller looks up again.
      if (segment.name !== name || !this.#parts.segments().includes(segment)) return null;
      segment.clear();
      segment.checked = true;
      await this.#parts.damaged(segment, `it cannot be read: ${faultCode(fault)}`);
      return null;
    }
    segment.checked = true;
    if (loaded.damage === null || segment.damaged) return loaded;
    await this.#indexAnew(segment, loaded, 'it does not read back as it was written');
    return null;
  }

  /** The index shrinks to what really is there; whatever is missing then becomes a loss. */
  async #indexAnew(segment: Segment, loaded: LoadedSegment, detail: string): Promise<void> {
    segment.clear();
    for (const record of loaded.records) {
      if (record.type !== 'frame') continue;
      const { unit, seq, atMs } = frameKeyOf(record.payload);
      segment.add(unit, seq, atMs);
    }
    await this.#parts.damaged(segment, detail);
  }

  #endOfHole(epoch: string, unit: string, [first, last]: SeqRange): number {
    const after = this.rangesOf(epoch, unit).find((range) => range[0] > first);
    return after === undefined ? last : Math.min(last, after[0] - 1);
  }
}
