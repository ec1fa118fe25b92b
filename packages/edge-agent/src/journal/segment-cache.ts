import type { Disk } from './disk.ts';
import { frameKeyOf } from './frame-record.ts';
import { type FoundRecord, type Scan, scanRecords } from './record.ts';
import type { Segment } from './segment.ts';

/** Segments kept in memory at once. Backfill walks through the journal oldest first, so a few are enough. */
const MAX_LOADED = 3;

/** A segment read back: the records of its frames by unit and seq. */
export interface LoadedSegment {
  /** The payload of a frame's record. */
  get(unit: string, seq: number): Uint8Array | undefined;
  readonly damage: Scan['damage'];
  readonly records: readonly FoundRecord[];
}

/** Reads segments back, every checksum checked, and keeps the last few. A segment that has grown is read on from where it ended. */
export class SegmentCache {
  readonly #disk: Disk;
  readonly #loaded = new Map<number, Loaded>();

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** Rejects with the disk's fault. */
  async load(segment: Segment): Promise<LoadedSegment> {
    const loaded = this.#loaded.get(segment.number) ?? new Loaded();
    const wantedBytes = segment.bytes;
    while (loaded.bytes < wantedBytes) {
      const from = loaded.bytes;
      const bytes = await this.#disk.read(segment.name, from, wantedBytes - from);
      if (loaded.bytes === from) loaded.extend(bytes, wantedBytes - from);
    }
    this.#loaded.delete(segment.number);
    this.#loaded.set(segment.number, loaded);
    for (const number of this.#loaded.keys()) {
      if (this.#loaded.size <= MAX_LOADED) break;
      this.#loaded.delete(number);
    }
    return loaded;
  }

  forget(segment: Segment): void {
    this.#loaded.delete(segment.number);
  }
}

class Loaded implements LoadedSegment {
  readonly #byUnit = new Map<string, Map<number, Uint8Array>>();
  readonly #records: FoundRecord[] = [];
  damage: Scan['damage'] = null;
  bytes = 0;

  get records(): readonly FoundRecord[] {
    return this.#records;
  }

  get(unit: string, seq: number): Uint8Array | undefined {
    return this.#byUnit.get(unit)?.get(seq);
  }

  /** Takes what follows; a file that ends before `expected` bytes has lost its tail. */
  extend(bytes: Uint8Array, expected: number): void {
    const scan = scanRecords(bytes);
    this.bytes += expected;
    if (scan.damage !== null) this.damage = scan.damage;
    if (bytes.length < expected) this.damage ??= 'torn';
    for (const record of scan.records) {
      this.#records.push(record);
      if (record.type !== 'frame') continue;
      const { unit, seq } = frameKeyOf(record.payload);
      const units = this.#byUnit.get(unit) ?? new Map<number, Uint8Array>();
      this.#byUnit.set(unit, units.set(seq, record.payload));
    }
  }
}
