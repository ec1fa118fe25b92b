import type { Clock } from '@slmm/shared';
import type { AppendFile, Disk } from './disk.ts';
import { encodeEndRecord, Segment, segmentName } from './segment.ts';

/** The segment that is being written: begun with a checkpoint, appended to in synced groups, closed with its index. */
export class SegmentWriter {
  readonly #disk: Disk;
  readonly #clock: Clock;
  #open: { readonly segment: Segment; readonly file: AppendFile } | null = null;
  #nextNumber = 1;

  constructor(disk: Disk, clock: Clock) {
    this.#disk = disk;
    this.#clock = clock;
  }

  /** The segment being written, or `null` between two. */
  get segment(): Segment | null {
    return this.#open?.segment ?? null;
  }

  /** Numbers up to `number` are taken. */
  startAfter(number: number): void {
    this.#nextNumber = number + 1;
  }

  /** Makes a segment whose name, epoch and checkpoint outlive a power cut before any frame is in it. Rejects with the disk's fault. */
  async begin(epoch: string, checkpoint: Uint8Array): Promise<Segment> {
    const number = this.#nextNumber++;
    const name = segmentName(number, epoch);
    const file = await this.#disk.create(name);
    try {
      await file.append(checkpoint);
      await file.sync();
      await this.#disk.syncDirectory();
    } catch (fault) {
      // It holds no frame yet, and left behind it would look like damage at the next start.
      await quietly(() => file.close());
      await quietly(() => this.#disk.remove(name));
      throw fault;
    }
    const segment = new Segment(number, epoch, name, checkpoint.length);
    segment.checked = true;
    segment.freshAtMs = this.#clock.monotonicMs();
    this.#open = { segment, file };
    return segment;
  }

  /** Resolves when `bytes` outlive a power cut. After a rejection `abandon` must follow. */
  async append(bytes: Uint8Array): Promise<void> {
    if (this.#open === null || bytes.length === 0) return;
    const { segment, file } = this.#open;
    await file.append(bytes);
    await file.sync();
    segment.bytes += bytes.length;
    segment.freshAtMs = this.#clock.monotonicMs();
  }

  /** Closes the segment with its index; a fault here costs nothing but the index. */
  async seal(): Promise<void> {
    if (this.#open === null) return;
    const { segment, file } = this.#open;
    this.#open = null;
    await quietly(async () => {
      const record = encodeEndRecord(segment);
      await file.append(record);
      await file.sync();
      segment.bytes += record.length;
      segment.sealed = true;
    });
    await quietly(() => file.close());
  }

  /** After a fault nobody knows what reached the file: it stays as it is, and nothing is appended to it again. */
  async abandon(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    if (open !== null) await quietly(() => open.file.close());
  }
}

/** For steps whose fault changes nothing: what they would have tidied up is tidied up later. */
export async function quietly(step: () => Promise<unknown>): Promise<void> {
  try {
    await step();
  } catch {
    // Named in the function's comment.
  }
}
