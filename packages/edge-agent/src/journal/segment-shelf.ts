/**
 * The segments there are, which of them have to go, and their files. Neighbours: retention.ts decides, journal.ts owns the shelf, segment-writer.ts puts the newest one on it.
 * A segment that goes is out of use at once; its file is removed only after the loss was written down.
 */
import type { Clock, Logger } from '@slmm/shared';
import type { Disk } from './disk.ts';
import type { JournalBooks, LostSeqs } from './journal-books.ts';
import type { JournalReader } from './journal-reader.ts';
import { agesOf, chooseRemovals, type RetentionLimits } from './retention.ts';
import { type Segment, setAsideName } from './segment.ts';
import { quietly } from './segment-writer.ts';
import { countOf, missingIn, within } from './seq-ranges.ts';

export interface ShelfParts {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits: RetentionLimits;
  readonly books: () => JournalBooks;
  readonly reader: () => JournalReader;
  /** The segment that is being written; it never goes. */
  readonly writing: () => Segment | null;
  readonly lose: (losses: readonly LostSeqs[]) => void;
}

export class SegmentShelf {
  readonly #parts: ShelfParts;
  #segments: Segment[] = [];
  #namesToRemove: string[] = [];
  /** Set aside since the start of the program. */
  corrupt = 0;

  constructor(parts: ShelfParts) {
    this.#parts = parts;
  }

  /** Ascending by number. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  get frames(): number {
    const counts = this.#segments.flatMap((segment) => [...segment.units.values()].map((span) => countOf(span.ranges)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Files wait for their removal. */
  get hasWork(): boolean {
    return this.#namesToRemove.length > 0;
  }

  /** Takes over what a former run has left. */
  fill(segments: readonly Segment[]): void {
    this.#segments = [...segments];
    const nowMs = this.#parts.clock.monotonicMs();
    for (const [index, ageMs] of agesOf(segments).entries()) {
      const segment = segments[index];
      if (segment !== undefined) segment.freshAtMs = nowMs - ageMs;
    }
  }

  add(segment: Segment): void {
    this.#segments.push(segment);
  }

  /** Takes out what is too much or too old. */
  tidy(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    const writing = this.#parts.writing();
    const removals = chooseRemovals(
      this.#segments.filter((segment) => segment !== writing),
      writing?.bytes ?? 0,
      this.#parts.limits,
      (segment) => this.#isAcknowledged(segment),
      (segment) => nowMs - segment.freshAtMs,
    );
    for (const { segment, cause } of removals) this.#takeOut(segment, cause);
  }

  /** The disk is full: the journal is at its bound, whatever the settings say. The oldest segment goes, an acknowledged one first. */
  async makeRoom(): Promise<void> {
    const victim = this.#segments.find((segment) => this.#isAcknowledged(segment)) ?? this.#segments[0];
    if (victim !== undefined) this.#takeOut(victim, this.#isAcknowledged(victim) ? null : 'journal-full');
    await this.removeFiles();
  }

  async removeFiles(): Promise<void> {
    for (const name of this.#namesToRemove.splice(0)) await quietly(() => this.#parts.disk.remove(name));
  }

  /** Renames the file of a damaged segment; what is good in it stays in use. */
  async setAside(segment: Segment): Promise<void> {
    if (segment.setAside) return;
    this.corrupt += 1;
    const name = setAsideName(segment.name);
    await quietly(async () => {
      await this.#parts.disk.rename(segment.name, name);
      segment.name = name;
      await this.#parts.disk.syncDirectory();
    });
  }

  /** False when some segment cannot be synced: seqs that were read from it may be gone after the next power cut. */
  async syncUnsealed(): Promise<boolean> {
    try {
      for (const segment of this.#segments) if (!segment.sealed && !segment.setAside) await this.#parts.disk.sync(segment.name);
      return true;
    } catch {
      return false;
    }
  }

  #takeOut(segment: Segment, cause: 'journal-full' | 'journal-age' | null): void {
    const [books, reader] = [this.#parts.books(), this.#parts.reader()];
    this.#segments = this.#segments.filter((other) => other !== segment);
    reader.forget(segment);
    this.#namesToRemove.push(segment.name);
    for (const [unit, span] of cause === null ? [] : segment.units) {
      const { epoch } = segment;
      const open = within([books.acknowledged(epoch, unit) + 1, Number.MAX_SAFE_INTEGER], span.ranges);
      const elsewhere = reader.rangesOf(epoch, unit);
      const gone = open.flatMap((range) => missingIn(range, elsewhere)).flatMap((range) => reader.holes(epoch, unit, range));
      const times = { fromMs: span.fromMs, toMs: span.toMs };
      this.#parts.lose(gone.map(([first, last]) => ({ epoch, unit, first, last, cause: cause ?? 'journal-full', ...times })));
    }
  }

  #isAcknowledged(segment: Segment): boolean {
    return segment.isAcknowledged((unit) => this.#parts.books().acknowledged(segment.epoch, unit));
  }
}
