/**
 * The edge's durable store of frames. Neighbours: acquisition hands drafts in (through uplink's outlet), uplink publishes what became durable and reads back
 * what the hub lacks; only the hub's acknowledge lets frames go.
 *
 * - A frame gets its seq at once and is published only after it was synced: a frame on the wire is a frame on the disk, so no seq that was sent is used again.
 * - Frames are synced in groups that begin at least `syncWindowMs` apart: a power cut costs at most that window (plus one sync), and nobody has seen those frames.
 *   A frame that comes after a pause waits for those that come with it, and no longer.
 * - Nothing is appended to a file of a former run. Any damage found starts a new epoch, because then nobody can know which seqs were used.
 * - A disk that fails is tried again with back-off; frames wait in memory, and past `maxPendingFrames` the oldest are given up as lost, cause `disk`.
 */
import { type Frame, quantizeFrame } from '@slmm/protocol';
import { type BackOff, backOffDelayMs, type Clock, type Closeable, type Logger } from '@slmm/shared';
import type { FrameDraft } from '../acquisition/outlet.ts';
import { type Disk, faultCode } from './disk.ts';
import { corrected } from './frame-record.ts';
import { type Correction, JournalBooks, type LostSeqs } from './journal-books.ts';
import { type JournalRead, JournalReader } from './journal-reader.ts';
import { openSegments } from './open-segments.ts';
import { encodeRecord } from './record.ts';
import type { RetentionLimits } from './retention.ts';
import type { Segment } from './segment.ts';
import { SegmentShelf } from './segment-shelf.ts';
import { SegmentWriter } from './segment-writer.ts';
import { SeqNumbers } from './seq-numbers.ts';
import type { SeqRange } from './seq-ranges.ts';
import { type Group, WaitingFrames } from './waiting-frames.ts';

const RETRY: BackOff = { firstMs: 500, maxMs: 30_000, jitter: 0 };
/** Meters that are asked together answer together: their frames shall be one group. */
const GATHER_MS = 5;
const ACKNOWLEDGE_RECORD_EVERY_MS = 5000;
const UPKEEP_EVERY_MS = 10_000;
/** Longest bytes of one group; what waits beyond it is the next group. */
const MAX_GROUP_BYTES = 1_048_576;

export interface JournalOptions extends RetentionLimits {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Logger;
  /** Gives a new epoch; randomness comes from here. */
  readonly newEpoch: () => string;
  readonly syncWindowMs: number;
  /** Size at which a segment is closed and the next one begun. */
  readonly segmentBytes: number;
  readonly maxPendingFrames: number;
}

export interface JournalListener {
  /** These frames are on the disk now, in the order they came. */
  durable(frames: readonly Frame[]): void;
  /** From here on frames carry another epoch, numbered from 1. */
  epochChanged(epoch: string): void;
  /** Something was given up or taken up again that may have to be sent: losses, a watermark that went back. */
  changed(): void;
}

export interface StreamPosition {
  readonly epoch: string;
  readonly unit: string;
  readonly acknowledged: number;
  readonly highest: number;
}

export interface JournalFigures {
  readonly bytes: number;
  readonly frames: number;
  /** Frames given up since the start of the program. */
  readonly dropped: number;
  readonly faults: number;
  /** Why the disk does not take frames right now, or `null`. */
  readonly fault: string | null;
  readonly corruptSegments: number;
  readonly waiting: number;
}

/** Opens the journal in the disk's directory, makes it whole again and begins a new segment. Rejects only when the directory cannot be listed. */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const journal = new Journal(options);
  await journal.open();
  return journal;
}

export class Journal implements Closeable {
  readonly #options: JournalOptions;
  readonly #reader: JournalReader;
  readonly #writer: SegmentWriter;
  readonly #waiting: WaitingFrames;
  readonly #shelf: SegmentShelf;
  #epoch = '';
  #books = new JournalBooks();
  #numbers = new SeqNumbers();

  /** What else goes to the disk with the next group. */
  #records: Uint8Array[] = [];
  #acknowledged = new Map<string, Map<string, number>>();
  #acknowledgesWrittenMs = Number.NEGATIVE_INFINITY;

  #listener: JournalListener | null = null;
  #flushing: Promise<void> | null = null;
  #cancelFlush: (() => void) | null = null;
  #groupBeganMs = Number.NEGATIVE_INFINITY;
  #cancelUpkeep: (() => void) | null = null;
  #closed: Promise<void> | null = null;
  #newEpochReason: string | null = null;
  #failuresInARow = 0;
  #fault: string | null = null;
  #figures = { dropped: 0, faults: 0 };

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#waiting = new WaitingFrames(options.maxPendingFrames);
    this.#writer = new SegmentWriter(options.disk, options.clock);
    this.#reader = new JournalReader({
      disk: options.disk,
      segments: () => this.#shelf.segments,
      books: () => this.#books,
      lose: (losses) => this.#lose(losses),
      damaged: (segment, detail) => this.#setAside(segment, detail),
    });
    this.#shelf = new SegmentShelf({
      disk: options.disk,
      clock: options.clock,
      log: options.log,
      limits: options,
      books: () => this.#books,
      reader: () => this.#reader,
      writing: () => this.#writer.segment,
      lose: (losses) => this.#lose(losses),
    });
  }

  get epoch(): string {
    return this.#epoch;
  }

  listen(listener: JournalListener): void {
    this.#listener = listener;
  }

  /** Used by `openJournal` only. */
  async open(): Promise<void> {
    const { disk, log, newEpoch } = this.#options;
    const { segments, books, damages } = await openSegments(disk);
    this.#shelf.fill(segments);
    this.#books = books;
    const newest = segments.at(-1);
    this.#writer.startAfter(newest?.number ?? 0);
    // Damage in an epoch that is over was dealt with when that one ended, or cannot touch the numbering of this one.
    const sound = damages.every(({ segment }) => segment.epoch !== newest?.epoch);
    const trusted = sound && newest !== undefined && !newest.setAside && (await this.#shelf.syncUnsealed());
    this.#epoch = trusted ? newest.epoch : newEpoch();
    const given = books.streams().filter(({ epoch }) => epoch === this.#epoch);
    this.#numbers = new SeqNumbers(new Map(given.map(({ epoch, unit }) => [unit, books.highest(epoch, unit)])));
    for (const { epoch, unit } of books.streams()) this.#loseHoles(epoch, unit, damages.length > 0 ? 'corrupt' : null);
    await this.#flush();
    for (const { segment, kind, detail } of damages) {
      segment.damaged = true;
      if (kind === 'torn')
        log.warn({ segment: segment.name, detail }, 'a segment of the journal ends in an append that was interrupted');
      else {
        log.error({ segment: segment.name, detail }, 'a segment of the journal is damaged; it is set aside');
        await this.#shelf.setAside(segment);
      }
    }
    this.#armUpkeep();
  }

  /** Gives the draft its place in the present epoch and queues it for the disk. Returns the frame as it will be published. */
  append(draft: FrameDraft): Frame {
    const seq = this.#numbers.next(draft.unit);
    const frame = quantizeFrame({ ...draft, v: 1, epoch: this.#epoch, seq });
    this.#waiting.push(frame);
    this.#armFlush();
    return frame;
  }

  /**
   * The hub's watermarks of one epoch. Only this lets frames go. A watermark lower than before takes them up again; one higher than anything written
   * says that this journal is an old copy of itself, and a new epoch begins.
   */
  acknowledge(epoch: string, upto: Readonly<Record<string, number>>): void {
    for (const [unit, seq] of Object.entries(upto)) {
      const highest = this.#books.highest(epoch, unit);
      const before = this.#books.acknowledged(epoch, unit);
      if (seq > highest && epoch === this.#epoch)
        this.#wantNewEpoch(`the hub has ${unit} up to ${seq}, the journal only up to ${highest}`);
      const taken = Math.min(seq, highest);
      if (taken === before) continue;
      this.#books.acknowledge(epoch, unit, taken);
      const units = this.#acknowledged.get(epoch) ?? new Map<string, number>();
      this.#acknowledged.set(epoch, units.set(unit, taken));
      if (taken > before) continue;
      this.#loseHoles(epoch, unit, 'trimmed');
      this.#listener?.changed();
    }
  }

  /** From here on adds `byMs` to the times of these frames of the present epoch, wherever they are handed out. */
  correct(corrections: readonly Omit<Correction, 'epoch'>[]): void {
    if (corrections.length === 0) return;
    const entries = corrections.map((correction) => ({ ...correction, epoch: this.#epoch }));
    for (const entry of entries) this.#books.correct(entry);
    this.#record('correction', entries);
  }

  /**
   * Frames and losses of one unit, oldest first, from `range[0]` to at most `range[1]`, at most `mostFrames` frames. Never rejects: what cannot be read is lost,
   * and said so.
   */
  read(epoch: string, unit: string, range: SeqRange, mostFrames: number): Promise<JournalRead> {
    return this.#reader.read(epoch, unit, range, mostFrames);
  }

  /** How far each unit of each epoch was written and acknowledged. */
  streams(): readonly StreamPosition[] {
    return this.#books.streams().map(({ epoch, unit }) => ({
      epoch,
      unit,
      acknowledged: this.#books.acknowledged(epoch, unit),
      highest: this.#books.highest(epoch, unit),
    }));
  }

  /** By unit, the seqs that this run of the program has given out in the present epoch. */
  assignedInThisRun(): ReadonlyMap<string, SeqRange> {
    return this.#numbers.ofThisRun();
  }

  /** Number of the segment a seq lies in: what is older has a smaller one. 0 where there is none (it is lost, and that can be said at once). */
  ageRank(epoch: string, unit: string, seq: number): number {
    return this.#reader.segmentOf(epoch, unit, seq)?.number ?? 0;
  }

  /** About when a seq was measured, by the index of its segment. */
  timeOf(epoch: string, unit: string, seq: number): number | null {
    return this.#reader.timeOf(epoch, unit, seq);
  }

  figures(): JournalFigures {
    return {
      ...this.#figures,
      dropped: this.#figures.dropped + this.#waiting.dropped,
      fault: this.#fault,
      bytes: this.#shelf.bytes,
      frames: this.#shelf.frames,
      corruptSegments: this.#shelf.corrupt,
      waiting: this.#waiting.length,
    };
  }

  /** Writes what waits and closes the segment. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#cancelUpkeep?.();
    this.#cancelFlush?.();
    await this.#flushing;
    this.#acknowledgesWrittenMs = Number.NEGATIVE_INFINITY;
    await this.#flush();
    await this.#writer.seal();
  }

  #armFlush(delayMs = this.#untilNextGroupMs()): void {
    if (this.#cancelFlush !== null || this.#flushing !== null || this.#closed !== null) return;
    this.#cancelFlush = this.#options.clock.after(delayMs, () => {
      this.#cancelFlush = null;
      void this.#flush();
    });
  }

  #untilNextGroupMs(): number {
    const { clock, syncWindowMs } = this.#options;
    return Math.max(Math.min(GATHER_MS, syncWindowMs), this.#groupBeganMs + syncWindowMs - clock.monotonicMs());
  }

  /** Writes one group; what came in the meantime is the next one. Never rejects. */
  #flush(): Promise<void> {
    this.#flushing ??= this.#writeGroup().finally(() => {
      this.#flushing = null;
      if (this.#failuresInARow > 0) this.#armFlush(backOffDelayMs(RETRY, this.#failuresInARow, 0));
      else if (!this.#waiting.isEmpty || this.#records.length > 0 || this.#shelf.hasWork || this.#newEpochReason !== null)
        this.#armFlush();
    });
    return this.#flushing;
  }

  async #writeGroup(): Promise<void> {
    this.#groupBeganMs = this.#options.clock.monotonicMs();
    if (this.#newEpochReason !== null) await this.#beginEpoch(this.#newEpochReason);
    const group = this.#waiting.takeGroup(MAX_GROUP_BYTES);
    const records = [...this.#records.splice(0), ...this.#acknowledgeRecords()];
    let segment: Segment;
    try {
      segment = this.#writer.segment ?? (await this.#beginSegment());
      const lost = group.givenUp.length > 0 ? [jsonRecord('lost', group.givenUp)] : [];
      await this.#writer.append(Buffer.concat([...lost, ...records, ...group.waiting.map(({ record }) => record)]));
    } catch (fault) {
      this.#waiting.putBack(group);
      this.#records = [...records, ...this.#records];
      await this.#failed(faultCode(fault));
      return;
    }
    this.#groupIsDurable(segment, group);
    await this.#shelf.removeFiles();
    if ((this.#writer.segment?.bytes ?? 0) >= this.#options.segmentBytes) await this.#writer.seal();
    this.#tidy();
  }

  async #beginSegment(): Promise<Segment> {
    const segment = await this.#writer.begin(this.#epoch, jsonRecord('checkpoint', this.#books.checkpoint()));
    this.#shelf.add(segment);
    return segment;
  }

  #groupIsDurable(segment: Segment, group: Group): void {
    for (const entry of group.givenUp) this.#books.lose(entry);
    for (const { frame } of group.waiting) {
      segment.add(frame.unit, frame.seq, Date.parse(frame.at));
      this.#books.wrote(frame.epoch, frame.unit, frame.seq);
    }
    if (this.#failuresInARow > 0) this.#options.log.info({ failures: this.#failuresInARow }, 'the disk takes frames again');
    this.#failuresInARow = 0;
    this.#fault = null;
    if (group.waiting.length > 0) this.#listener?.durable(group.waiting.map(({ frame }) => this.#corrected(frame)));
    if (group.givenUp.length > 0) this.#listener?.changed();
  }

  async #failed(code: string): Promise<void> {
    this.#failuresInARow += 1;
    this.#figures.faults += 1;
    if (this.#fault !== code)
      this.#options.log.error(
        { fault: code, waiting: this.#waiting.length },
        'the disk does not take frames; they wait, and it is tried again',
      );
    this.#fault = code;
    await this.#writer.abandon();
    if (code === 'ENOSPC') {
      await this.#shelf.makeRoom();
      this.#forgetFinished();
    }
  }

  #wantNewEpoch(reason: string): void {
    this.#newEpochReason ??= reason;
    this.#armFlush(0);
  }

  async #beginEpoch(reason: string): Promise<void> {
    this.#newEpochReason = null;
    await this.#writer.seal();
    const former = this.#epoch;
    this.#epoch = this.#options.newEpoch();
    this.#numbers = new SeqNumbers(
      this.#waiting.moveTo(this.#epoch, (frame) => this.#corrected(frame)),
      new Map(),
    );
    this.#options.log.warn({ reason, former, epoch: this.#epoch }, 'the journal goes on under a new epoch');
    this.#listener?.epochChanged(this.#epoch);
  }

  #corrected(frame: Frame): Frame {
    return corrected(frame, this.#books.correctionMs(frame.epoch, frame.unit, frame.seq));
  }

  #lose(losses: readonly LostSeqs[]): void {
    if (losses.length === 0) return;
    for (const entry of losses) {
      this.#books.lose(entry);
      this.#figures.dropped += entry.last - entry.first + 1;
      this.#options.log.warn(entry, 'frames are lost for good');
    }
    this.#record('lost', losses);
    this.#listener?.changed();
  }

  /** Whatever lies between watermark and end and is neither here nor known to be lost is lost. Without a cause, a missing beginning means that its file had to go. */
  #loseHoles(epoch: string, unit: string, cause: 'corrupt' | 'trimmed' | null): void {
    const whole: SeqRange = [this.#books.acknowledged(epoch, unit) + 1, this.#books.highest(epoch, unit)];
    const oldest = this.#reader.rangesOf(epoch, unit)[0]?.[0] ?? Number.POSITIVE_INFINITY;
    const losses = this.#reader.holes(epoch, unit, whole).map(([first, last]): LostSeqs => {
      const why = cause ?? (first > oldest ? 'corrupt' : 'journal-full');
      return { epoch, unit, first, last, cause: why, ...this.#reader.timesAround(epoch, unit, [first, last]) };
    });
    this.#lose(losses);
  }

  /** A segment does not read back as it was written: what is good in it stays in use, the file is renamed, and a new epoch begins. */
  async #setAside(segment: Segment, detail: string): Promise<void> {
    if (segment.damaged) return;
    segment.damaged = true;
    this.#options.log.error({ segment: segment.name, detail }, 'a segment of the journal is damaged; it is set aside, new epoch');
    if (this.#writer.segment === segment) await this.#writer.abandon();
    await this.#shelf.setAside(segment);
    for (const { epoch, unit } of this.#books.streams()) if (epoch === segment.epoch) this.#loseHoles(epoch, unit, 'corrupt');
    this.#wantNewEpoch('a segment was damaged');
  }

  #armUpkeep(): void {
    this.#cancelUpkeep = this.#options.clock.after(UPKEEP_EVERY_MS, () => {
      this.#armUpkeep();
      this.#tidy();
      void this.#reader.checkOne(this.#writer.segment);
    });
  }

  #tidy(): void {
    this.#shelf.tidy();
    if (!this.#shelf.hasWork) return;
    this.#forgetFinished();
    this.#armFlush();
  }

  #forgetFinished(): void {
    this.#books.forgetFinished(new Set([this.#epoch, ...this.#shelf.segments.map(({ epoch }) => epoch)]));
  }

  #record(type: 'lost' | 'correction', content: unknown): void {
    this.#records.push(jsonRecord(type, content));
    this.#armFlush();
  }

  /** Watermarks need not be durable (the hub tells them again), so they are written now and then, with a group that is written anyway. */
  #acknowledgeRecords(): Uint8Array[] {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#acknowledgesWrittenMs < ACKNOWLEDGE_RECORD_EVERY_MS) return [];
    this.#acknowledgesWrittenMs = nowMs;
    const records = [...this.#acknowledged].map(([epoch, upto]) =>
      jsonRecord('acknowledge', { epoch, upto: Object.fromEntries(upto) }),
    );
    this.#acknowledged.clear();
    return records;
  }
}

function jsonRecord(type: 'checkpoint' | 'lost' | 'acknowledge' | 'correction', content: unknown): Uint8Array {
  return encodeRecord(type, new TextEncoder().encode(JSON.stringify(content)));
}
