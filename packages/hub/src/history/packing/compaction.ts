/**
 * Packing readings into blocks of a quarter-hour, and which rollups that changes. Pure. A stretch may reach back over the boundary of its block, so a block
 * changes the rollups of every quarter-hour that its new stretches lie in. Neighbours: reading-block.ts is the form, the stores do it in one transaction.
 */
import type { StretchSet } from '../levels/stretch-set.ts';
import { compareReadings, encodeBlock } from './reading-block.ts';
import type { Reading, Sequence } from '../reading-store.ts';
import { bucketBounds } from '../levels/resolution.ts';
import type { LevelName } from '../levels/rollup-levels.ts';
import { mergeAll, type Rollup } from '../levels/rollup.ts';
import { rollupsOf } from '../levels/rollup-of.ts';
import { stretchOf } from '../levels/stretch.ts';

export const QUARTER_MS = 900_000;
const HOUR_MS = 4 * QUARTER_MS;

/** A block as it is stored. */
export interface Block {
  /** Start of the quarter-hour in which all of its readings have their `at`. */
  readonly startMs: number;
  readonly count: number;
  /** Earliest start of a stretch; never later than the first reading. */
  readonly fromMs: number;
  /** The last end of a stretch; never earlier than the last reading's `at`, and just that for frames. */
  readonly toMs: number;
  readonly ledger: LedgerSummary;
  readonly bytes: Uint8Array;
}

/** What the ledger needs of a block without unpacking. `mixed`: several sequences, so unpack it; `nothing`: no frames in it, only rows of imported series. */
export type LedgerSummary = { readonly kind: 'plain'; readonly sequence: PlainSequence } | { readonly kind: 'mixed' | 'nothing' };

/** All readings of a block as one sequence, none more than `maxStepMs` after the one before. */
export interface PlainSequence extends Sequence {
  readonly maxStepMs: number;
}

export function quarterOf(atMs: number): number {
  return Math.floor(atMs / QUARTER_MS) * QUARTER_MS;
}

/** The readings of both, each once by (epoch, seq): what is stored stays as it is. `added` are those that are new. */
export function joinReadings(
  stored: readonly Reading[],
  more: readonly Reading[],
): { readonly readings: readonly Reading[]; readonly added: readonly Reading[] } {
  const known = new Set(stored.map(keyOf));
  const added: Reading[] = [];
  for (const reading of more) {
    const key = keyOf(reading);
    if (known.has(key)) continue;
    known.add(key);
    added.push(reading);
  }
  return { readings: [...stored, ...added].toSorted(compareReadings), added };
}

/** `readings` of one quarter-hour, sorted; at least one. */
export function blockOf(readings: readonly Reading[]): Block {
  const [first, last] = [readings[0], readings.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError('a block holds at least one reading');
  let [fromMs, toMs] = [first.atMs, last.atMs];
  for (const { frame, atMs, imported } of readings) {
    const stretch = stretchOf(frame, atMs, imported === true);
    if (stretch === null) continue;
    fromMs = Math.min(fromMs, stretch.startMs);
    toMs = Math.max(toMs, stretch.endMs);
  }
  return {
    startMs: quarterOf(first.atMs),
    count: readings.length,
    fromMs,
    toMs,
    ledger: ledgerOf(readings),
    bytes: encodeBlock(readings),
  };
}

/** Starts of the quarter-hours whose rollups these change, ascending. */
export function quartersTouched({ stretches, silent }: StretchSet): number[] {
  const touched = new Set<number>();
  for (const { startMs, endMs } of stretches)
    for (let quarterMs = quarterOf(startMs); quarterMs < endMs; quarterMs += QUARTER_MS) touched.add(quarterMs);
  // What ends at a boundary belongs before it.
  for (const { atMs } of silent) touched.add(quarterOf(atMs - 1));
  return [...touched].toSorted((a, b) => a - b);
}

/** Starts of the hours that these quarter-hours lie in. */
export function hoursOf(quarters: readonly number[]): number[] {
  return [...new Set(quarters.map((quarterMs) => Math.floor(quarterMs / HOUR_MS) * HOUR_MS))];
}

export interface LevelRollup {
  readonly level: LevelName;
  readonly startMs: number;
  readonly rollup: Rollup;
}

/** Minutes and the quarter-hour itself, from all that reaches into it. Minutes in order of time make the quarter-hour, so the sum does not depend on how it came about. */
export function rollupsOfQuarter(quarterMs: number, { stretches, silent }: StretchSet): LevelRollup[] {
  const bounds = bucketBounds(quarterMs, quarterMs + QUARTER_MS, '1m', 'UTC');
  const minutes = rollupsOf(stretches, bounds, silent).flatMap((rollup, index): LevelRollup[] =>
    rollup === null ? [] : [{ level: '1m', startMs: bounds[index] ?? 0, rollup }],
  );
  if (minutes.length === 0) return [];
  return [...minutes, { level: '15m', startMs: quarterMs, rollup: mergeAll(minutes.map((minute) => minute.rollup)) }];
}

function ledgerOf(readings: readonly Reading[]): LedgerSummary {
  const [first, last] = [readings[0], readings.at(-1)];
  if (first === undefined || last === undefined || readings.every((reading) => reading.imported === true))
    return { kind: 'nothing' };
  const { epoch, seq } = first.frame;
  let maxStepMs = 0;
  for (const [index, { frame, atMs, imported }] of readings.entries()) {
    if (imported === true || frame.epoch !== epoch || frame.seq !== seq + index) return { kind: 'mixed' };
    maxStepMs = Math.max(maxStepMs, atMs - (readings[index - 1]?.atMs ?? atMs));
  }
  const late = readings.filter((reading) => reading.late).length;
  const sequence = {
    epoch,
    first: seq,
    last: last.frame.seq,
    firstAtMs: first.atMs,
    lastAtMs: last.atMs,
    live: readings.length - late,
    late,
    maxStepMs,
  };
  return { kind: 'plain', sequence };
}

function keyOf({ frame }: Reading): string {
  return `${frame.epoch} ${frame.seq}`;
}
