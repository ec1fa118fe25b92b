/** A group commit in few large pieces, as it crosses to a worker thread or to a database server: objects would cost more to copy than to store. Neighbours: sqlite/, postgres/. */
import { createHash } from 'node:crypto';
import type { Frame } from '@slmm/protocol';
import { InvariantError } from '@slmm/shared';
import { encodeRecords, type Records } from '../../history/packing/reading-record.ts';
import type { DeadLetter, ReadingBatch, StreamRecord } from '../../history/reading-store.ts';

/** Row `i` is of stream `streams[stream[i]]`; its record is `records` number `i`. */
export interface PackedBatch {
  readonly streams: readonly PackedStream[];
  readonly stream: Uint32Array<ArrayBuffer>;
  readonly seq: Float64Array<ArrayBuffer>;
  readonly atMs: Float64Array<ArrayBuffer>;
  readonly late: Uint8Array<ArrayBuffer>;
  readonly records: Records;
  readonly deadLetters: readonly PackedLetter[];
}

export interface PackedStream {
  readonly unit: string;
  readonly epoch: string;
  readonly edge: string;
  /** JSON of `SeqRanges`. */
  readonly settled: string;
  /** JSON of `LostRange[]`; `null`: as in the last batch. */
  readonly lost: string | null;
}

export interface PackedLetter extends DeadLetter {
  /** The same for the same payload on the same topic. */
  readonly id: Uint8Array;
}

export class BatchPacker {
  /** What is known to be stored, so that a long list of losses is not written again with every frame. */
  readonly #storedLost = new Map<string, StreamRecord['lost']>();

  pack(batch: ReadingBatch): PackedBatch {
    const count = batch.readings.length;
    const positions = new StreamPositions(batch.streams);
    const [stream, seq, atMs, late] = [
      new Uint32Array(count),
      new Float64Array(count),
      new Float64Array(count),
      new Uint8Array(count),
    ];
    for (const [row, reading] of batch.readings.entries()) {
      stream[row] = positions.of(reading.frame);
      seq[row] = reading.frame.seq;
      atMs[row] = reading.atMs;
      late[row] = reading.late ? 1 : 0;
    }
    return {
      streams: batch.streams.map((one) => this.#packStream(one)),
      stream,
      seq,
      atMs,
      late,
      records: encodeRecords(batch.readings),
      deadLetters: batch.deadLetters.map((letter) => ({ ...letter, id: idOf(letter) })),
    };
  }

  /** To be called once the batch is on the disk. */
  stored(batch: ReadingBatch): void {
    for (const stream of batch.streams) this.#storedLost.set(keyOf(stream), stream.lost);
  }

  #packStream(stream: StreamRecord): PackedStream {
    const { unit, epoch, edge, settled, lost } = stream;
    const known = this.#storedLost.get(keyOf(stream)) === lost;
    return { unit, epoch, edge, settled: JSON.stringify(settled), lost: known ? null : JSON.stringify(lost) };
  }
}

/** Where in the batch a reading's stream is. Readings of one stream come one after the other. */
class StreamPositions {
  readonly #positions: ReadonlyMap<string, number>;
  #unit = '';
  #epoch = '';
  #position = -1;

  constructor(streams: readonly StreamRecord[]) {
    this.#positions = new Map(streams.map((stream, position) => [keyOf(stream), position]));
  }

  of(frame: Frame): number {
    if (frame.unit === this.#unit && frame.epoch === this.#epoch) return this.#position;
    const position = this.#positions.get(keyOf(frame));
    if (position === undefined) throw new InvariantError(`the batch does not name the stream of ${keyOf(frame)}`);
    [this.#unit, this.#epoch, this.#position] = [frame.unit, frame.epoch, position];
    return position;
  }
}

const keyOf = ({ unit, epoch }: { readonly unit: string; readonly epoch: string }): string => `${unit} ${epoch}`;

function idOf({ topic, payload }: DeadLetter): Uint8Array {
  return createHash('sha256').update(topic).update('\0').update(payload).digest().subarray(0, 16);
}
