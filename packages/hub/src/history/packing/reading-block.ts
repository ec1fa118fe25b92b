/**
 * Readings of one unit and quarter-hour in few bytes: how they are kept once the quarter-hour is over. Columns of differences as in a backfill batch, in two parts, so
 * that statistics need not unpack what only people read. What went in comes out: levels to a millionth of a decibel, which for frames is exact (`quantizeFrame`).
 * Neighbours: block-parts.ts is the envelope, block-statistics.ts the first part, compaction.ts decides when.
 */
import { ByteReader, ByteWriter, type Column, type Frame, readColumn, writeColumn } from '@slmm/protocol';
import type { Reading } from '../reading-store.ts';
import { readParts, SCALES, writeParts } from './block-parts.ts';
import { FLAG, levelReader, levelWriter, readStatistics, writeStatistics } from './block-statistics.ts';

/** Seqs go up to 2^53 - 1 and columns to 2^52 - 1, so a seq is two numbers. */
const SEQ_SPLIT = 2 ** 26;
const CUMULATIVE = ['lmax', 'lmin', 'lpeak', 'lieq', 'leqmov', 'ltm5'] as const;

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
  const leq = writeStatistics(statistics, readings, scale);
  const rest = new ByteWriter();
  const level = levelWriter(scale);
  const column = (pick: (reading: Reading) => number | null, reference: Column | null = null): Column => {
    const values = readings.map(pick);
    writeColumn(rest, values, reference);
    return values;
  };
  const epochs = writeTexts(
    rest,
    readings.map(({ frame }) => frame.epoch),
  );
  column(({ frame }) => epochs.get(frame.epoch) ?? null);
  column(({ frame }) => Math.floor(frame.seq / SEQ_SPLIT));
  column(({ frame }) => frame.seq % SEQ_SPLIT);
  column(({ frame }) => level(frame.lp), leq);
  const cumulativeLeq = column(({ frame }) => level(frame.leq));
  column(({ frame }) => level(frame.le), cumulativeLeq);
  for (const name of CUMULATIVE) column(({ frame }) => level(frame[name]));
  for (let n = 0; n < 5; n += 1) column(({ frame }) => level(frame.ln[n]));
  column(({ frame }) => frame.offset_ms ?? null);
  const settings = writeTexts(
    rest,
    readings.flatMap(({ frame }) => frame.settings ?? []),
  );
  column(({ frame }) => (frame.settings === null ? null : (settings.get(frame.settings) ?? null)));
  return writeParts(readings.length, scale, statistics.done(), rest.done());
}

/** All readings of a block, in their order. Bytes that `encodeBlock` cannot have written throw: the store was damaged or is of a newer version. */
export function decodeBlock(unit: string, bytes: Uint8Array): Reading[] {
  return readParts(bytes, ({ count, scale, statistics, rest }) => {
    const part = readStatistics(new ByteReader(statistics()), count, scale);
    const reader = new ByteReader(rest());
    const epochs = readTexts(reader);
    const column = (reference: Column | null = null): Column => readColumn(reader, count, reference);
    const level = levelReader(scale);
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
        run: part.run(index),
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
