/** Frames that have their seq and are not on the disk yet. Pure; bounded: past the bound the oldest are given up and become losses with the next group. */
import type { Frame } from '@slmm/protocol';
import { encodeFrameRecord } from './frame-record.ts';
import type { LostSeqs } from './journal-books.ts';
import { encodeRecord } from './record.ts';

export interface WaitingFrame {
  readonly frame: Frame;
  readonly record: Uint8Array;
}

/** What one group takes to the disk. `givenUp` has to be written with it, because these seqs must never be given out again either. */
export interface Group {
  readonly waiting: readonly WaitingFrame[];
  readonly givenUp: readonly LostSeqs[];
}

export class WaitingFrames {
  readonly #most: number;
  #waiting: WaitingFrame[] = [];
  #givenUp: LostSeqs[] = [];
  /** Frames given up so far. */
  dropped = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get length(): number {
    return this.#waiting.length;
  }

  get isEmpty(): boolean {
    return this.#waiting.length + this.#givenUp.length === 0;
  }

  push(frame: Frame): void {
    this.#waiting.push({ frame, record: encodeRecord('frame', encodeFrameRecord(frame)) });
    this.#keepBound();
  }

  /** Frames up to about `mostBytes`, oldest first, and everything that was given up. */
  takeGroup(mostBytes: number): Group {
    let bytes = 0;
    let count = 0;
    while (count < this.#waiting.length && bytes < mostBytes) bytes += this.#waiting[count++]?.record.length ?? 0;
    return { waiting: this.#waiting.splice(0, count), givenUp: this.#givenUp.splice(0) };
  }

  /** The group could not be written: it is first in line again. */
  putBack(group: Group): void {
    this.#waiting = [...group.waiting, ...this.#waiting];
    this.#givenUp = [...group.givenUp, ...this.#givenUp];
    this.#keepBound();
  }

  /** Nobody has seen these seqs: they are numbered anew, each unit from 1, under `epoch`. Gives the highest number by unit. */
  moveTo(epoch: string, corrected: (frame: Frame) => Frame): Map<string, number> {
    const assigned = new Map<string, number>();
    const next = (unit: string, count: number): number => {
      const first = (assigned.get(unit) ?? 0) + 1;
      assigned.set(unit, first + count - 1);
      return first;
    };
    this.#givenUp = this.#givenUp.map((entry) => {
      const count = entry.last - entry.first + 1;
      const first = next(entry.unit, count);
      return { ...entry, epoch, first, last: first + count - 1 };
    });
    const moved = this.#waiting.map(({ frame }) => ({ ...corrected(frame), epoch, seq: next(frame.unit, 1) }));
    this.#waiting = moved.map((frame) => ({ frame, record: encodeRecord('frame', encodeFrameRecord(frame)) }));
    return assigned;
  }

  #keepBound(): void {
    const excess = this.#waiting.length - this.#most;
    if (excess <= 0) return;
    for (const { frame } of this.#waiting.splice(0, excess)) {
      const { epoch, unit, seq } = frame;
      const atMs = Date.parse(frame.at);
      this.dropped += 1;
      const index = this.#givenUp.findLastIndex((entry) => entry.unit === unit);
      const before = this.#givenUp[index];
      if (before !== undefined && before.last + 1 === seq) this.#givenUp[index] = { ...before, last: seq, toMs: atMs };
      else this.#givenUp.push({ epoch, unit, first: seq, last: seq, cause: 'disk', fromMs: atMs, toMs: atMs });
    }
  }
}
