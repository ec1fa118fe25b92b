import { BadBytes, type ByteReader, type ByteWriter, zigzagOf } from './varint-bytes.ts';
/** One field of all frames of a batch, as whole numbers; `null` where a frame has no value. */
export type Column = (number | null)[];

const NONE = 0;
const ALL = 1;
const SOME = 2;
const TENFOLD = 4;
const CONSTANT = 8;
/** How a value is foretold; what is written is the difference from that. */
const FORETELLERS = ['previous', 'reference', 'reference-and-previous'] as const;
type Foreteller = (typeof FORETELLERS)[number];

/**
 * Writes a column: one byte of layout (presence, tenfold, constant, foreteller), presence bits where only some frames have a value, then differences as zigzag varints.
 * Levels count hundredths of a decibel; as a meter prints tenths, a column whose values are all multiples of ten is divided by ten.
 * `reference` is another column that foretells this one (Leq foretells LE); of the three ways the cheapest is taken.
 */
export function writeColumn(writer: ByteWriter, column: Column, reference: Column | null = null): void {
  const present = column.filter((value) => value !== null);
  const first = present[0];
  if (first === undefined) {
    writer.byte(NONE);
    return;
  }
  const presence = present.length === column.length ? ALL : SOME;
  const constant = present.every((value) => value === first);
  const tenfold = [present, reference ?? []].every((values) => values.every((value) => (value ?? 0) % 10 === 0));
  const unit = tenfold ? 10 : 1;
  const scaled = column.map((value) => (value === null ? null : value / unit));
  const scaledReference = reference?.map((value) => (value === null ? null : value / unit)) ?? null;
  const { foreteller, differences } = cheapest(scaled, scaledReference);
  writer.byte(presence | (tenfold ? TENFOLD : 0) | (constant ? CONSTANT : 0) | (FORETELLERS.indexOf(foreteller) << 4));
  if (presence === SOME) writePresence(writer, column);
  if (constant) writer.zigzag(first / unit);
  else for (const difference of differences) writer.zigzag(difference);
}

/** Reads a column of `count` frames; throws `BadBytes`. `reference` must be the column that was given to `writeColumn`. */
export function readColumn(reader: ByteReader, count: number, reference: Column | null = null): Column {
  const layout = reader.byte();
  const presence = layout & 3;
  const foreteller = FORETELLERS[layout >> 4];
  if (presence > SOME || foreteller === undefined) throw new BadBytes('a column has an unknown layout');
  const column: Column = [];
  const has = presence === SOME ? readPresence(reader, count) : null;
  const unit = (layout & TENFOLD) === 0 ? 1 : 10;
  const isConstant = (layout & CONSTANT) !== 0;
  const constant = presence === NONE ? null : isConstant ? reader.zigzag() * unit : null;
  const isEmpty = presence === NONE;
  const hasReference = foreteller !== 'previous' && reference !== null;
  const addsUp = foreteller !== 'reference';
  let previous = 0;
  for (let index = 0; index < count; index += 1) {
    if (isEmpty || (has !== null && !has(index))) column.push(null);
    else if (isConstant) column.push(constant);
    else {
      const rest = reader.zigzag() + (addsUp ? previous : 0);
      previous = rest;
      column.push(hasReference ? (reference[index] ?? 0) + rest * unit : rest * unit);
    }
  }
  return column;
}

function cheapest(column: Column, reference: Column | null): { foreteller: Foreteller; differences: number[] } {
  const ways = reference === null ? FORETELLERS.slice(0, 1) : FORETELLERS;
  return ways
    .map((foreteller) => ({ foreteller, differences: differencesOf(column, reference, foreteller) }))
    .map((way) => ({ ...way, bits: way.differences.reduce((sum, value) => sum + Math.log2(1 + zigzagOf(value)), 0) }))
    .reduce((best, way) => (way.bits < best.bits ? way : best));
}

function differencesOf(column: Column, reference: Column | null, foreteller: Foreteller): number[] {
  const differences: number[] = [];
  let previous = 0;
  for (const [index, value] of column.entries()) {
    if (value === null) continue;
    const rest = value - (foreteller === 'previous' ? 0 : (reference?.[index] ?? 0));
    differences.push(foreteller === 'reference' ? rest : rest - previous);
    previous = rest;
  }
  return differences;
}

function writePresence(writer: ByteWriter, column: Column): void {
  for (let start = 0; start < column.length; start += 8) {
    let bits = 0;
    for (let bit = 0; bit < 8; bit += 1) if ((column[start + bit] ?? null) !== null) bits |= 1 << bit;
    writer.byte(bits);
  }
}

function readPresence(reader: ByteReader, count: number): (index: number) => boolean {
  const bits = reader.bytes(Math.ceil(count / 8));
  return (index) => (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
}
