/** The envelope of a block of readings: version, number, scale, and two deflated parts. Neighbours: block-statistics.ts is the first part, reading-block.ts the whole. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { BadBytes, ByteReader, ByteWriter } from '@slmm/protocol';
import { InvariantError } from '@slmm/shared';

const VERSION = 1;
/** Levels count hundredths of a decibel, which is what frames have (`quantizeFrame`); imported ones may be finer, then all of the block are counted in millionths. */
export const SCALES = [100, 1_000_000] as const;
export type Scale = (typeof SCALES)[number];

/** What is in the envelope; a part is inflated when it is looked at. */
export interface BlockParts {
  readonly count: number;
  readonly scale: Scale;
  readonly statistics: () => Uint8Array;
  readonly rest: () => Uint8Array;
}

export function writeParts(count: number, scale: Scale, statistics: Uint8Array, rest: Uint8Array): Uint8Array {
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

/** Bytes that `writeParts` cannot have written throw: the store was damaged, or is of a newer version. */
export function readParts<Result>(bytes: Uint8Array, read: (parts: BlockParts) => Result): Result {
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
