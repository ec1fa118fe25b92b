/**
 * Readings of one unit and quarter-hour in few bytes: how they are kept once the quarter-hour is over. Columns of differences as in a backfill batch, in two parts, so
 * that statistics need not unpack what only people read. What went in comes out: levels to a millionth of a decibel, which for frames is exact (`quantizeFrame`).
 * Neighbours: compaction.ts decides when, stretch.ts reads the first part.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import {
  BadBytes,
  ByteReader,
  ByteWriter,
  type Column,
  type Frame,
  type Interval,
  readColumn,
  writeColumn,
} from '@slmm/protocol';
import { InvariantError } from '@slmm/shared';
import type { Reading } from '../reading-store.ts';
import { type Stretch, stretchOf } from '../levels/stretch.ts';

const VERSION = 1;
/** Levels count hundredths of a decibel, which is what frames have (`quantizeFrame`); imported ones may be finer, then all of the block are counted in millionths. */
const SCALES = [100, 1_000_000] as const;
const FLAG = { drd: 1, over: 2, under: 4, interval: 8, intervalDrd: 16, late: 32, imported: 64 } as const;
const RUN_STATES = ['unknown', 'Start', 'Stop'] as const;
const RUN_SHIFT = 7;
/** Seqs go up to 2^53 - 1 and columns to 2^52 - 1, so a seq is two numbers. */
const SEQ_SPLIT = 2 ** 26;
const CUMULATIVE = ['lmax', 'lmin', 'lpeak', 'lieq', 'leqmov', 'ltm5'] as const;
const EXTREMES = ['lmax', 'lmin', 'lpeak'] as const;

/** What statistics take from readings: stretches, and the ends of readings that have none. */
export interface StretchSet {
  readonly stretches: readonly Stretch[];
  readonly silent: readonly { readonly atMs: number }[];
}

/** By time, then epoch and seq: the order in which history answers. */
export function compareReadings(a: Reading, b: Reading): number {
  if (a.atMs !== b.atMs) return a.atMs - b.atMs;
  if (a.frame.epoch !== b.frame.epoch) return a.frame.epoch < b.frame.epoch ? -1 : 1;
  return a.frame.seq - b.frame.seq;
}

/** Encodes readings of one unit in the order of `compareReadings`; at least one. */
export function encodeBlock(readings: readonly Reading[]): Uint8Array {
  const scale = SCALES.find((one) => readings.every((reading) => fits(reading, one))) ?? SCALES[1];
  const statistics = new ByteWriter();
  const column = (writer: ByteWriter, pick: (reading: Reading) => number | null, reference: Column | null = null): Column => {
    const values = readings.map(pick);
    writeColumn(writer, values, reference);
    return values;
  };
  const level = (value: number | null | undefined): number | null =>
    value === null || value === undefined ? null : Math.round(value * scale);
  const at = column(statistics, ({ atMs }) => atMs);
  column(statistics, flagsOf);
  column(statistics, ({ frame }) => milli(frame.interval?.s), elapsedMs(at));
  const leq = column(statistics, ({ frame }) => level(frame.interval?.leq));
  for (const name of EXTREMES) column(statistics, ({ frame }) => level(frame.interval?.[name]), leq);
  column(statistics, ({ frame }) => frame.interval?.ticks ?? null);
  column(statistics, ({ frame }) => frame.interval?.missing ?? null);
  column(statistics, ({ frame }) => milli(frame.interval?.over_s));
  column(statistics, ({ frame }) => milli(frame.interval?.under_s));

  const rest = new ByteWriter();
  const epochs = writeTexts(
    rest,
    readings.map(({ frame }) => frame.epoch),
  );
  column(rest, ({ frame }) => epochs.get(frame.epoch) ?? null);
  column(rest, ({ frame }) => Math.floor(frame.seq / SEQ_SPLIT));
  column(rest, ({ frame }) => frame.seq % SEQ_SPLIT);
  column(rest, ({ frame }) => level(frame.lp), leq);
  const cumulativeLeq = column(rest, ({ frame }) => level(frame.leq));
  column(rest, ({ frame }) => level(frame.le), cumulativeLeq);
  for (const name of CUMULATIVE) column(rest, ({ frame }) => level(frame[name]));
  for (let n = 0; n < 5; n += 1) column(rest, ({ frame }) => level(frame.ln[n]));
  column(rest, ({ frame }) => frame.offset_ms ?? null);
  const settings = writeTexts(
    rest,
    readings.flatMap(({ frame }) => frame.settings ?? []),
  );
  column(rest, ({ frame }) => (frame.settings === null ? null : (settings.get(frame.settings) ?? null)));
  return packed(readings.length, scale, statistics.done(), rest.done());
}

/** All readings of a block, in their order. Bytes that `encodeBlock` cannot have written throw: the store was damaged or is of a newer version. */
export function decodeBlock(unit: string, bytes: Uint8Array): Reading[] {
  return reading(bytes, ({ count, scale, statistics, rest }) => {
    const part = readStatistics(new ByteReader(statistics()), count, scale);
    const reader = new ByteReader(rest());
    const epochs = readTexts(reader);
    const column = (reference: Column | null = null): Column => readColumn(reader, count, reference);
    const level = (value: number | null | undefined): number | null =>
      value === null || value === undefined ? null : value / scale;
    const [epoch, seqHigh, seqLow] = [column(), column(), column()];
    const lp = column(part.leqColumn);
    const leq = column();
    const le = column(leq);
    const cumulative = CUMULATIVE.map(() => column());
    const ln = [column(), column(), column(), column(), column()] as const;
    const offset = column();
    const settings = readTexts(reader);
    const setting = column();
    return Array.from({ length: count }, (_, index): Reading => {
      const [lmax, lmin, lpeak, lieq, leqmov, ltm5] = cumulative.map((values) => level(values[index]));
      const flags = part.flags(index);
      const frame: Frame = {
        v: 1,
        unit,
        epoch: epochs[epoch[index] ?? -1] ?? '',
        seq: (seqHigh[index] ?? 0) * SEQ_SPLIT + (seqLow[index] ?? 0),
        at: new Date(part.atMs(index)).toISOString(),
        src: (flags & FLAG.drd) === 0 ? 'dod' : 'drd',
        run: RUN_STATES[flags >> RUN_SHIFT] ?? 'unknown',
        lp: level(lp[index]),
        leq: level(leq[index]),
        le: level(le[index]),
        lmax: lmax ?? null,
        lmin: lmin ?? null,
        lpeak: lpeak ?? null,
        ln: [level(ln[0][index]), level(ln[1][index]), level(ln[2][index]), level(ln[3][index]), level(ln[4][index])],
        lieq: lieq ?? null,
        leqmov: leqmov ?? null,
        ltm5: ltm5 ?? null,
        over: (flags & FLAG.over) !== 0,
        under: (flags & FLAG.under) !== 0,
        interval: part.interval(index),
        settings: settings[setting[index] ?? -1] ?? null,
      };
      const offsetMs = offset[index] ?? null;
      if (offsetMs !== null) frame.offset_ms = offsetMs;
      const found: Reading = { frame, atMs: part.atMs(index), late: (flags & FLAG.late) !== 0 };
      return (flags & FLAG.imported) === 0 ? found : { ...found, imported: true };
    });
  });
}

/** Only what statistics need of a block: about a third of the work of `decodeBlock`. */
export function decodeStretches(bytes: Uint8Array): StretchSet {
  return reading(bytes, ({ count, scale, statistics }) => {
    const part = readStatistics(new ByteReader(statistics()), count, scale);
    const stretches: Stretch[] = [];
    const silent: { readonly atMs: number }[] = [];
    for (let index = 0; index < count; index += 1) {
      const flags = part.flags(index);
      const stretch = stretchOf(
        {
          interval: part.interval(index),
          run: RUN_STATES[flags >> RUN_SHIFT] ?? 'unknown',
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

/** What statistics take from readings that are at hand. */
export function stretchesOf(readings: readonly Reading[]): StretchSet {
  const stretches: Stretch[] = [];
  const silent: { readonly atMs: number }[] = [];
  for (const { frame, atMs, imported } of readings) {
    const stretch = stretchOf(frame, atMs, imported === true);
    if (stretch === null) silent.push({ atMs });
    else stretches.push(stretch);
  }
  return { stretches, silent };
}

interface StatisticsPart {
  readonly leqColumn: Column;
  atMs(index: number): number;
  flags(index: number): number;
  interval(index: number): Interval | null;
}

function readStatistics(reader: ByteReader, count: number, scale: number): StatisticsPart {
  const column = (reference: Column | null = null): Column => readColumn(reader, count, reference);
  const at = column();
  const flags = column();
  const s = column(elapsedMs(at));
  const leqColumn = column();
  const [lmax, lmin, lpeak] = [column(leqColumn), column(leqColumn), column(leqColumn)];
  const [ticks, missing, overMs, underMs] = [column(), column(), column(), column()];
  const level = (value: number | null | undefined): number | null =>
    value === null || value === undefined ? null : value / scale;
  const flagsAt = (index: number): number => flags[index] ?? 0;
  return {
    leqColumn,
    atMs: (index) => at[index] ?? 0,
    flags: flagsAt,
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

interface Parts {
  readonly count: number;
  readonly scale: number;
  readonly statistics: () => Uint8Array;
  readonly rest: () => Uint8Array;
}

function packed(count: number, scale: (typeof SCALES)[number], statistics: Uint8Array, rest: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  writer.byte(VERSION);
  writer.varint(count);
  writer.byte(SCALES.indexOf(scale));
  const first = deflateRawSync(statistics, { level: 6 });
  writer.varint(first.length);
  writer.bytes(first);
  writer.bytes(deflateRawSync(rest, { level: 6 }));
  return writer.done();
}

function reading<Result>(bytes: Uint8Array, read: (parts: Parts) => Result): Result {
  try {
    const reader = new ByteReader(bytes);
    const version = reader.byte();
    if (version !== VERSION) throw new BadBytes(`version ${version} is not known`);
    const count = reader.varint();
    const scale = SCALES[reader.byte()];
    if (scale === undefined) throw new BadBytes('its scale is not known');
    const statistics = reader.bytes(reader.varint());
    const rest = reader.rest();
    return read({ count, scale, statistics: () => inflateRawSync(statistics), rest: () => inflateRawSync(rest) });
  } catch (error) {
    throw new InvariantError('a stored block of readings cannot be read', { cause: error });
  }
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

/** Whether every level of the reading is a whole number of `1 / scale` dB. */
function fits({ frame }: Reading, scale: number): boolean {
  const { interval } = frame;
  const levels = [
    frame.lp,
    frame.leq,
    frame.le,
    ...CUMULATIVE.map((name) => frame[name]),
    ...frame.ln,
    ...(interval === null ? [] : [interval.leq, interval.lmax, interval.lmin, interval.lpeak]),
  ];
  return levels.every((level) => level === null || Math.round(level * scale) / scale === level);
}

function milli(seconds: number | undefined): number | null {
  return seconds === undefined ? null : Math.round(seconds * 1000);
}

/** Milliseconds since the reading before: what an interval's length most likely is. */
function elapsedMs(at: Column): Column {
  return at.map((value, index) => (index === 0 || value === null ? null : value - (at[index - 1] ?? value)));
}

/** Writes each text once; answers with its place. */
function writeTexts(writer: ByteWriter, texts: readonly string[]): Map<string, number> {
  const places = new Map<string, number>();
  for (const text of texts) if (!places.has(text)) places.set(text, places.size);
  writer.varint(places.size);
  for (const text of places.keys()) writer.text(text);
  return places;
}

function readTexts(reader: ByteReader): string[] {
  return Array.from({ length: reader.varint() }, () => reader.text());
}
