/**
 * The part of a block that statistics need: times, flags and intervals, in columns of differences. Neighbours: reading-block.ts writes and reads it with the rest,
 * levels/stretch.ts says what becomes of it.
 */
import { type ByteWriter, ByteReader, type Column, type Frame, type Interval, readColumn, writeColumn } from '@slmm/protocol';
import type { StretchSet } from '../levels/stretch-set.ts';
import { type Stretch, stretchOf } from '../levels/stretch.ts';
import type { Reading } from '../reading-store.ts';
import { readParts, type Scale } from './block-parts.ts';

export const FLAG = { drd: 1, over: 2, under: 4, interval: 8, intervalDrd: 16, late: 32, imported: 64 } as const;
const RUN_STATES = ['unknown', 'Start', 'Stop'] as const;
const RUN_SHIFT = 7;
const EXTREMES = ['lmax', 'lmin', 'lpeak'] as const;

/** Writes the part; the column of Leq foretells others. */
export function writeStatistics(writer: ByteWriter, readings: readonly Reading[], scale: Scale): Column {
  const column = (pick: (reading: Reading) => number | null, reference: Column | null = null): Column => {
    const values = readings.map(pick);
    writeColumn(writer, values, reference);
    return values;
  };
  const level = levelWriter(scale);
  const at = column(({ atMs }) => atMs);
  column(flagsOf);
  column(({ frame }) => milli(frame.interval?.s), elapsedMs(at));
  const leq = column(({ frame }) => level(frame.interval?.leq));
  for (const name of EXTREMES) column(({ frame }) => level(frame.interval?.[name]), leq);
  column(({ frame }) => frame.interval?.ticks ?? null);
  column(({ frame }) => frame.interval?.missing ?? null);
  column(({ frame }) => milli(frame.interval?.over_s));
  column(({ frame }) => milli(frame.interval?.under_s));
  return leq;
}

/** A level as the whole number that a column holds. */
export function levelWriter(scale: Scale): (level: number | null | undefined) => number | null {
  return (level) => (level === null || level === undefined ? null : Math.round(level * scale));
}

export function levelReader(scale: Scale): (value: number | null | undefined) => number | null {
  return (value) => (value === null || value === undefined ? null : value / scale);
}

export interface StatisticsPart {
  readonly leqColumn: Column;
  atMs(index: number): number;
  flags(index: number): number;
  run(index: number): Frame['run'];
  interval(index: number): Interval | null;
}

export function readStatistics(reader: ByteReader, count: number, scale: Scale): StatisticsPart {
  const column = (reference: Column | null = null): Column => readColumn(reader, count, reference);
  const at = column();
  const flags = column();
  const s = column(elapsedMs(at));
  const leqColumn = column();
  const [lmax, lmin, lpeak] = [column(leqColumn), column(leqColumn), column(leqColumn)];
  const [ticks, missing, overMs, underMs] = [column(), column(), column(), column()];
  const level = levelReader(scale);
  const flagsAt = (index: number): number => flags[index] ?? 0;
  return {
    leqColumn,
    atMs: (index) => at[index] ?? 0,
    flags: flagsAt,
    run: (index) => RUN_STATES[flagsAt(index) >> RUN_SHIFT] ?? 'unknown',
    interval: (index) => {
      if ((flagsAt(index) & FLAG.interval) === 0) return null;
      const interval: Interval = {
        s: (s[index] ?? 0) / 1000,
        leq: level(leqColumn[index]),
        lmax: level(lmax[index]),
        lmin: level(lmin[index]),
        lpeak: level(lpeak[index]),
        basis: (flagsAt(index) & FLAG.intervalDrd) === 0 ? 'lp' : 'drd',
        ticks: ticks[index] ?? 0,
      };
      const [lacking, over, under] = [missing[index] ?? null, overMs[index] ?? null, underMs[index] ?? null];
      if (lacking !== null) interval.missing = lacking;
      if (over !== null) interval.over_s = over / 1000;
      if (under !== null) interval.under_s = under / 1000;
      return interval;
    },
  };
}

/** Only what statistics need of a block: about a third of the work of `decodeBlock`. */
export function decodeStretches(bytes: Uint8Array): StretchSet {
  return readParts(bytes, ({ count, scale, statistics }) => {
    const part = readStatistics(new ByteReader(statistics()), count, scale);
    const stretches: Stretch[] = [];
    const silent: { readonly atMs: number }[] = [];
    for (let index = 0; index < count; index += 1) {
      const flags = part.flags(index);
      const stretch = stretchOf(
        {
          interval: part.interval(index),
          run: part.run(index),
          over: (flags & FLAG.over) !== 0,
          under: (flags & FLAG.under) !== 0,
        },
        part.atMs(index),
        (flags & FLAG.imported) !== 0,
      );
      if (stretch === null) silent.push({ atMs: part.atMs(index) });
      else stretches.push(stretch);
    }
    return { stretches, silent };
  });
}

function flagsOf({ frame, late, imported }: Reading): number {
  const { interval } = frame;
  return (
    (frame.src === 'drd' ? FLAG.drd : 0) |
    (frame.over ? FLAG.over : 0) |
    (frame.under ? FLAG.under : 0) |
    (interval === null ? 0 : FLAG.interval) |
    (interval?.basis === 'drd' ? FLAG.intervalDrd : 0) |
    (late ? FLAG.late : 0) |
    (imported === true ? FLAG.imported : 0) |
    (RUN_STATES.indexOf(frame.run) << RUN_SHIFT)
  );
}

function milli(seconds: number | undefined): number | null {
  return seconds === undefined ? null : Math.round(seconds * 1000);
}

/** Milliseconds since the reading before: what an interval's length most likely is. */
function elapsedMs(at: Column): Column {
  return at.map((value, index) => (index === 0 || value === null ? null : value - (at[index - 1] ?? value)));
}
