/** Frames as columns of a batch's body, one column a field. Pure. Neighbours: backfill-batch.ts puts the head before it and deflates it; batch-column.ts writes a column. */
import { type Column, readColumn, writeColumn } from './batch-column.ts';
import type { Frame, Interval } from './frame.ts';
import { LAST_INSTANT_MS } from './primitives.ts';
import { BadBytes, type ByteReader, type ByteWriter } from './varint-bytes.ts';

const RUN_STATES = ['unknown', 'Start', 'Stop'] as const;
const FLAG = { drd: 1, over: 2, under: 4, interval: 8, intervalDrd: 16 } as const;
const RUN_SHIFT = 5;

const centi = (value: number | null | undefined): number | null =>
  value === null || value === undefined ? null : Math.round(value * 100);
const milli = (value: number | null | undefined): number | null =>
  value === null || value === undefined ? null : Math.round(value * 1000);
const uncenti = (value: number | null | undefined): number | null => (value === null || value === undefined ? null : value / 100);

function flagsOf(frame: Frame): number {
  const { interval } = frame;
  return (
    (frame.src === 'drd' ? FLAG.drd : 0) |
    (frame.over ? FLAG.over : 0) |
    (frame.under ? FLAG.under : 0) |
    (interval === null ? 0 : FLAG.interval) |
    (interval?.basis === 'drd' ? FLAG.intervalDrd : 0) |
    (RUN_STATES.indexOf(frame.run) << RUN_SHIFT)
  );
}

/** Writes frames that were quantized, without their identity: the fields in their order on the wire. A column that foretells another one comes before it. */
export function writeFrames(writer: ByteWriter, frames: readonly Frame[]): void {
  const column = (pick: (frame: Frame) => number | null): Column => frames.map(pick);
  const at = column((frame) => Date.parse(frame.at));
  const write = (pick: (frame: Frame) => number | null, reference: Column | null = null): Column => {
    const values = column(pick);
    writeColumn(writer, values, reference);
    return values;
  };
  writeColumn(writer, at);
  write(flagsOf);
  const lp = write((frame) => centi(frame.lp));
  const leq = write((frame) => centi(frame.leq));
  write((frame) => centi(frame.le), leq);
  for (const name of ['lmax', 'lmin', 'lpeak', 'lieq', 'leqmov', 'ltm5'] as const) write((frame) => centi(frame[name]));
  for (let n = 0; n < 5; n += 1) write((frame) => centi(frame.ln[n]));
  write((frame) => milli(frame.interval?.s), elapsedMs(at));
  const intervalLeq = write((frame) => centi(frame.interval?.leq), lp);
  for (const name of ['lmax', 'lmin', 'lpeak'] as const) write((frame) => centi(frame.interval?.[name]), intervalLeq);
  write((frame) => frame.interval?.ticks ?? null);
  write((frame) => frame.interval?.missing ?? null);
  write((frame) => milli(frame.interval?.over_s));
  write((frame) => milli(frame.interval?.under_s));
  write((frame) => frame.offset_ms ?? null);
  const settings = [...new Set(frames.flatMap((frame) => frame.settings ?? []))];
  writer.varint(settings.length);
  for (const text of settings) writer.text(text);
  write((frame) => (frame.settings === null ? null : settings.indexOf(frame.settings)));
}

/** Reads as many frames as `head` has seqs; throws `BadBytes`. `poisoned` are the seqs of those that say something no frame can say. */
export function readFrames(
  reader: ByteReader,
  head: { readonly unit: string; readonly epoch: string; readonly seqs: readonly number[] },
): { readonly frames: readonly Frame[]; readonly poisoned: readonly number[] } {
  const count = head.seqs.length;
  const poisoned = new Set<number>();
  const read = (least: number, most: number, reference: Column | null = null): Column => {
    const column = readColumn(reader, count, reference);
    for (let index = 0; index < count; index += 1) {
      const value = column[index] ?? null;
      if (value !== null && !(Number.isInteger(value) && value >= least && value <= most)) poisoned.add(index);
    }
    return column;
  };
  const needs = (column: Column, isNeeded: (index: number) => boolean): void => {
    for (let index = 0; index < count; index += 1) if (isNeeded(index) && (column[index] ?? null) === null) poisoned.add(index);
  };
  const level = (reference: Column | null = null): Column => read(-5000, 25_000, reference);
  const at = read(0, LAST_INSTANT_MS);
  const flags = read(0, (RUN_STATES.length << RUN_SHIFT) - 1);
  const [lp, leq] = [level(), level()];
  const le = level(leq);
  const [lmax, lmin, lpeak, lieq, leqmov, ltm5] = [level(), level(), level(), level(), level(), level()];
  const ln = [level(), level(), level(), level(), level()] as const;
  const s = read(1, 86_400_000, elapsedMs(at));
  const intervalLeq = level(lp);
  const [intervalLmax, intervalLmin, intervalLpeak] = [level(intervalLeq), level(intervalLeq), level(intervalLeq)];
  const [ticks, missing] = [read(0, 864_000), read(0, 864_000)];
  const [overMs, underMs] = [read(0, 86_400_000), read(0, 86_400_000)];
  const offset = read(-10_000_000_000_000, 10_000_000_000_000);
  const texts = Array.from({ length: bounded(reader.varint(), count) }, () => reader.text());
  if (texts.some((text) => !/^[0-9A-Za-z._-]{1,16}$/.test(text))) throw new BadBytes('a settings hash is none');
  const settings = read(0, texts.length - 1);
  needs(at, () => true);
  needs(flags, () => true);
  for (const column of [s, ticks]) needs(column, (index) => ((flags[index] ?? 0) & FLAG.interval) !== 0);

  const intervalAt = (index: number, flag: number): Interval | null => {
    if ((flag & FLAG.interval) === 0) return null;
    const interval: Interval = {
      s: needed(s[index]) / 1000,
      leq: uncenti(intervalLeq[index]),
      lmax: uncenti(intervalLmax[index]),
      lmin: uncenti(intervalLmin[index]),
      lpeak: uncenti(intervalLpeak[index]),
      basis: (flag & FLAG.intervalDrd) === 0 ? 'lp' : 'drd',
      ticks: needed(ticks[index]),
    };
    const [lacking, over, under] = [missing[index] ?? null, overMs[index] ?? null, underMs[index] ?? null];
    if (lacking !== null) interval.missing = lacking;
    if (over !== null) interval.over_s = over / 1000;
    if (under !== null) interval.under_s = under / 1000;
    return interval;
  };
  const frames = head.seqs.flatMap((seq, index): Frame[] => {
    if (poisoned.has(index)) return [];
    const flag = needed(flags[index]);
    const frame: Frame = {
      v: 1,
      unit: head.unit,
      epoch: head.epoch,
      seq,
      at: new Date(needed(at[index])).toISOString(),
      src: (flag & FLAG.drd) === 0 ? 'dod' : 'drd',
      run: RUN_STATES[flag >> RUN_SHIFT] ?? 'unknown',
      lp: uncenti(lp[index]),
      leq: uncenti(leq[index]),
      le: uncenti(le[index]),
      lmax: uncenti(lmax[index]),
      lmin: uncenti(lmin[index]),
      lpeak: uncenti(lpeak[index]),
      ln: [uncenti(ln[0][index]), uncenti(ln[1][index]), uncenti(ln[2][index]), uncenti(ln[3][index]), uncenti(ln[4][index])],
      lieq: uncenti(lieq[index]),
      leqmov: uncenti(leqmov[index]),
      ltm5: uncenti(ltm5[index]),
      over: (flag & FLAG.over) !== 0,
      under: (flag & FLAG.under) !== 0,
      interval: intervalAt(index, flag),
      settings: texts[settings[index] ?? -1] ?? null,
    };
    const offsetMs = offset[index] ?? null;
    if (offsetMs !== null) frame.offset_ms = offsetMs;
    return [frame];
  });
  return { frames, poisoned: head.seqs.filter((_, index) => poisoned.has(index)) };
}

/** Milliseconds since the frame before: what an interval's length most likely is. */
function elapsedMs(at: Column): Column {
  return at.map((value, index) => (index === 0 || value === null ? null : value - (at[index - 1] ?? value)));
}

function needed(value: number | null | undefined): number {
  if (value === null || value === undefined) throw new BadBytes('a value is missing');
  return value;
}

function bounded(value: number, most: number): number {
  if (value > most) throw new BadBytes('a count is out of range');
  return value;
}
