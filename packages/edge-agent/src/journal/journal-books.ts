/**
 * What the journal knows beside its frames: how far each unit was written and acknowledged, what is lost for good, which times are to be corrected.
 * Pure state; every change is also a journal record, and the whole of it opens each segment as a checkpoint, so that it survives with the frames.
 */
import type { LostRange } from '@slmm/protocol';
import { z } from 'zod';
import { addRange, type SeqRange, type SeqRanges, within } from './seq-ranges.ts';

/** Seqs that will never be sent as frames. */
export interface LostSeqs {
  readonly epoch: string;
  readonly unit: string;
  readonly first: number;
  readonly last: number;
  readonly cause: LostRange['cause'];
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/** Frames whose `at` was written by a clock that has been stepped since: `byMs` is to be added. */
export interface Correction {
  readonly epoch: string;
  readonly unit: string;
  readonly first: number;
  readonly last: number;
  readonly byMs: number;
}

/** Past this many lost ranges the two oldest of a unit are joined, which gives up the frames between them as well. */
const MAX_LOST_ENTRIES = 5000;
const MAX_CORRECTIONS = 5000;
/** Epochs remembered although nothing of them is left, so that a hub that asks for them again is told that they are gone. */
const MAX_FINISHED_EPOCHS = 10;

const seqsSchema = z.record(z.string(), z.record(z.string(), z.int().min(0)));
const rangeFields = { epoch: z.string(), unit: z.string(), first: z.int(), last: z.int() };
export const lostSchema = z.array(
  z.object({
    ...rangeFields,
    cause: z.enum(['journal-full', 'journal-age', 'corrupt', 'disk', 'trimmed']),
    fromMs: z.number().nullable(),
    toMs: z.number().nullable(),
  }),
);
export const correctionsSchema = z.array(z.object({ ...rangeFields, byMs: z.number() }));
export const acknowledgeRecordSchema = z.object({ epoch: z.string(), upto: z.record(z.string(), z.int().min(0)) });
/** The payload of a checkpoint record. */
export const checkpointSchema = z.object({
  v: z.literal(1),
  highest: seqsSchema,
  acknowledged: seqsSchema,
  lost: lostSchema,
  corrections: correctionsSchema,
});
export type Checkpoint = z.infer<typeof checkpointSchema>;

export class JournalBooks {
  readonly #highest = new SeqsByUnit();
  readonly #acknowledged = new SeqsByUnit();
  #lost: LostSeqs[] = [];
  #corrections: Correction[] = [];

  /** Highest seq that is on the disk, as a frame or as lost; 0 where there is none. */
  highest(epoch: string, unit: string): number {
    return this.#highest.of(epoch, unit);
  }

  acknowledged(epoch: string, unit: string): number {
    return this.#acknowledged.of(epoch, unit);
  }

  /** Every epoch and unit that ever had a frame. */
  streams(): readonly { readonly epoch: string; readonly unit: string }[] {
    return this.#highest.keys();
  }

  wrote(epoch: string, unit: string, seq: number): void {
    this.#highest.set(epoch, unit, Math.max(seq, this.highest(epoch, unit)));
  }

  /** The hub's word; it may also go back (a hub restored from its backup). Lost ranges and corrections at or below it are forgotten. */
  acknowledge(epoch: string, unit: string, seq: number): void {
    this.#acknowledged.set(epoch, unit, seq);
    const open = (entry: LostSeqs | Correction): boolean => entry.epoch !== epoch || entry.unit !== unit || entry.last > seq;
    this.#lost = this.#lost.filter(open);
    this.#corrections = this.#corrections.filter(open);
  }

  lose(entry: LostSeqs): void {
    this.wrote(entry.epoch, entry.unit, entry.last);
    const index = this.#lost.findLastIndex((other) => other.epoch === entry.epoch && other.unit === entry.unit);
    const before = this.#lost[index];
    if (before !== undefined && before.cause === entry.cause && before.last + 1 === entry.first) {
      this.#lost[index] = { ...before, last: entry.last, toMs: entry.toMs ?? before.toMs };
      return;
    }
    this.#lost.push(entry);
    if (this.#lost.length > MAX_LOST_ENTRIES) this.#joinOldestLost();
  }

  lostOf(epoch: string, unit: string): readonly LostSeqs[] {
    return this.#lost.filter((entry) => entry.epoch === epoch && entry.unit === unit).sort((a, b) => a.first - b.first);
  }

  lostRanges(epoch: string, unit: string): SeqRanges {
    return this.lostOf(epoch, unit).reduce<SeqRanges>((ranges, { first, last }) => addRange(ranges, [first, last]), []);
  }

  correct(correction: Correction): void {
    this.#corrections.push(correction);
    if (this.#corrections.length > MAX_CORRECTIONS) this.#corrections.shift();
  }

  /** Milliseconds to add to the time of this frame. */
  correctionMs(epoch: string, unit: string, seq: number): number {
    let byMs = 0;
    for (const entry of this.#corrections)
      if (entry.epoch === epoch && entry.unit === unit && entry.first <= seq && seq <= entry.last) byMs += entry.byMs;
    return byMs;
  }

  /** Lost seqs of a stream within `range`, cut to it, oldest first. */
  lostWithin(epoch: string, unit: string, range: SeqRange): readonly LostSeqs[] {
    return this.lostOf(epoch, unit).flatMap((entry) =>
      within(range, [[entry.first, entry.last]]).map(([first, last]) => ({ ...entry, first, last })),
    );
  }

  /** Forgets the oldest epochs that are not `inUse` and have no open losses, past the last ten. */
  forgetFinished(inUse: ReadonlySet<string>): void {
    const withLosses = new Set(this.#lost.map((entry) => entry.epoch));
    const finished = this.#highest.epochs().filter((epoch) => !inUse.has(epoch) && !withLosses.has(epoch));
    for (const epoch of finished.slice(0, -MAX_FINISHED_EPOCHS)) {
      this.#highest.forget(epoch);
      this.#acknowledged.forget(epoch);
      this.#corrections = this.#corrections.filter((entry) => entry.epoch !== epoch);
    }
  }

  checkpoint(): Checkpoint {
    return {
      v: 1,
      highest: this.#highest.toObject(),
      acknowledged: this.#acknowledged.toObject(),
      lost: [...this.#lost],
      corrections: [...this.#corrections],
    };
  }

  /** Takes over a checkpoint: it says everything that was known when its segment began. */
  restore(checkpoint: Checkpoint): void {
    for (const [epoch, units] of Object.entries(checkpoint.highest))
      for (const [unit, seq] of Object.entries(units)) this.wrote(epoch, unit, seq);
    for (const [epoch, units] of Object.entries(checkpoint.acknowledged))
      for (const [unit, seq] of Object.entries(units)) this.#acknowledged.set(epoch, unit, seq);
    this.#lost = [...checkpoint.lost];
    this.#corrections = [...checkpoint.corrections];
  }

  #joinOldestLost(): void {
    for (const [index, entry] of this.#lost.entries()) {
      const next = this.#lost.findIndex((other, at) => at > index && other.epoch === entry.epoch && other.unit === entry.unit);
      const later = this.#lost[next];
      if (later === undefined) continue;
      this.#lost[index] = {
        ...entry,
        first: Math.min(entry.first, later.first),
        last: Math.max(entry.last, later.last),
        toMs: later.toMs,
      };
      this.#lost.splice(next, 1);
      return;
    }
    this.#lost.shift();
  }
}

class SeqsByUnit {
  readonly #byEpoch = new Map<string, Map<string, number>>();

  of(epoch: string, unit: string): number {
    return this.#byEpoch.get(epoch)?.get(unit) ?? 0;
  }

  set(epoch: string, unit: string, seq: number): void {
    const units = this.#byEpoch.get(epoch) ?? new Map<string, number>();
    this.#byEpoch.set(epoch, units.set(unit, seq));
  }

  forget(epoch: string): void {
    this.#byEpoch.delete(epoch);
  }

  epochs(): string[] {
    return [...this.#byEpoch.keys()];
  }

  keys(): { epoch: string; unit: string }[] {
    return [...this.#byEpoch].flatMap(([epoch, units]) => [...units.keys()].map((unit) => ({ epoch, unit })));
  }

  toObject(): Record<string, Record<string, number>> {
    return Object.fromEntries([...this.#byEpoch].map(([epoch, units]) => [epoch, Object.fromEntries(units)]));
  }
}
