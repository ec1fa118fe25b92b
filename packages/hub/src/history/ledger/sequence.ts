/** Folds readings in order of time into sequences (reading-store.ts says what one is). Pure. Neighbours: the reading stores; ledger.ts. */
import type { Sequence } from '../reading-store.ts';

/** What of a reading matters to the ledger. */
export interface SequenceStep {
  readonly epoch: string;
  readonly seq: number;
  readonly atMs: number;
  readonly late: boolean;
}

type Open = { -readonly [Key in keyof Sequence]: Sequence[Key] };

/** Give it steps oldest first; `done` tells what it made of them. */
export class SequenceFold {
  readonly #maxStepMs: number;
  readonly #sequences: Open[] = [];

  constructor(maxStepMs: number) {
    this.#maxStepMs = maxStepMs;
  }

  add({ epoch, seq, atMs, late }: SequenceStep): void {
    const open = this.#sequences.at(-1);
    if (open === undefined || !this.#continues(open, epoch, seq, atMs)) {
      const count = { live: late ? 0 : 1, late: late ? 1 : 0 };
      this.#sequences.push({ epoch, first: seq, last: seq, firstAtMs: atMs, lastAtMs: atMs, ...count });
      return;
    }
    open.last = seq;
    open.lastAtMs = atMs;
    if (late) open.late += 1;
    else open.live += 1;
  }

  /** Takes a whole sequence in which no step is longer than asked for. */
  addSequence(sequence: Sequence): void {
    const open = this.#sequences.at(-1);
    if (open === undefined || !this.#continues(open, sequence.epoch, sequence.first, sequence.firstAtMs)) {
      const { epoch, first, last, firstAtMs, lastAtMs, live, late } = sequence;
      this.#sequences.push({ epoch, first, last, firstAtMs, lastAtMs, live, late });
      return;
    }
    open.last = sequence.last;
    open.lastAtMs = sequence.lastAtMs;
    open.live += sequence.live;
    open.late += sequence.late;
  }

  done(): readonly Sequence[] {
    return this.#sequences;
  }

  #continues(open: Sequence, epoch: string, seq: number, atMs: number): boolean {
    return open.epoch === epoch && seq === open.last + 1 && atMs - open.lastAtMs <= this.#maxStepMs;
  }
}
