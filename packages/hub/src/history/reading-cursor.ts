/** Where a page of readings ended, as text that is opaque to callers. Neighbours: the reading stores. */
import { isEpoch } from '@slmm/protocol';

export interface ReadingPosition {
  readonly atMs: number;
  readonly epoch: string;
  readonly seq: number;
}

export function writeCursor({ atMs, epoch, seq }: ReadingPosition): string {
  return `${atMs}.${seq}.${epoch}`;
}

/** Throws a RangeError on anything that `writeCursor` did not write. */
export function readCursor(text: string): ReadingPosition {
  const [, at, seq, epoch] = /^(\d{1,15})\.(\d{1,16})\.(.+)$/.exec(text) ?? [];
  if (at === undefined || seq === undefined || epoch === undefined || !isEpoch(epoch))
    throw new RangeError('this is no position in a list of readings; take it from the answer before');
  return { atMs: Number(at), epoch, seq: Number(seq) };
}

/** The order of readings: by time, then epoch, then seq. */
export function comparePositions(a: ReadingPosition, b: ReadingPosition): number {
  if (a.atMs !== b.atMs) return a.atMs - b.atMs;
  if (a.epoch !== b.epoch) return a.epoch < b.epoch ? -1 : 1;
  return a.seq - b.seq;
}
