/**
 * Reads what is in the journal's directory at the start: the index of every segment, the books, and what is damaged.
 * Sealed segments are trusted by the index at their end (they are read back in the background later); the others are read whole.
 */
import { type Disk, faultCode } from './disk.ts';
import { decodeFrameRecord, frameKeyOf } from './frame-record.ts';
import { acknowledgeRecordSchema, checkpointSchema, correctionsSchema, JournalBooks, lostSchema } from './journal-books.ts';
import { type FoundRecord, type Scan, scanRecords } from './record.ts';
import { decodeEndRecord, endRecordLength, readSegmentName, Segment } from './segment.ts';

export interface Damage {
  readonly segment: Segment;
  /** `torn`: an append that a power cut interrupted; `corrupt`: anything else; `unreadable`: the disk refused to read it. */
  readonly kind: 'torn' | 'corrupt' | 'unreadable';
  readonly detail: string;
}

export interface OpenedSegments {
  readonly segments: Segment[];
  readonly books: JournalBooks;
  readonly damages: readonly Damage[];
}

/** Ascending by number. Never throws for damage; only when the directory itself cannot be listed. */
export async function openSegments(disk: Disk): Promise<OpenedSegments> {
  const segments: Segment[] = [];
  for (const entry of await disk.list()) {
    const parts = readSegmentName(entry.name);
    if (parts !== null) segments.push(new Segment(parts.number, parts.epoch, entry.name, entry.bytes));
  }
  segments.sort((a, b) => a.number - b.number);
  const opened = await readAll(disk, segments, true);
  // Damage can hide books that an older segment still has, so then every segment is read from the first byte.
  if (opened.damages.length === 0) return opened;
  for (const segment of segments) segment.clear();
  return await readAll(disk, segments, false);
}

async function readAll(disk: Disk, segments: Segment[], trustEnds: boolean): Promise<OpenedSegments> {
  const books = new JournalBooks();
  const damages: Damage[] = [];
  for (const segment of segments) {
    const newest = segment === segments.at(-1);
    try {
      if (trustEnds && !newest && !segment.setAside && (await readEnd(disk, segment))) continue;
      const scan = scanRecords(await disk.read(segment.name, 0, segment.bytes));
      const misread = takeRecords(segment, books, scan.records);
      const damage = damageOf(segment, scan, misread);
      if (damage !== null) damages.push(damage);
    } catch (fault) {
      damages.push({ segment, kind: 'unreadable', detail: faultCode(fault) });
    }
  }
  for (const segment of segments)
    for (const [unit, span] of segment.units) books.wrote(segment.epoch, unit, span.ranges.at(-1)?.[1] ?? 0);
  return { segments, books, damages };
}

/** A segment that was set aside is read leniently: it was reported when that happened. */
function damageOf(segment: Segment, scan: Scan, misread: number): Damage | null {
  if (segment.setAside) return null;
  if (misread > 0) return { segment, kind: 'corrupt', detail: `${misread} records do not make sense` };
  if (scan.records[0]?.type !== 'checkpoint') return { segment, kind: 'torn', detail: 'it has no beginning' };
  return scan.damage === null ? null : { segment, kind: scan.damage, detail: `${scan.badBytes} bad bytes` };
}

async function readEnd(disk: Disk, segment: Segment): Promise<boolean> {
  const tail = await disk.read(segment.name, Math.max(0, segment.bytes - 4), 4);
  const length = endRecordLength(tail);
  if (length === 0 || length > segment.bytes) return false;
  const index = decodeEndRecord(await disk.read(segment.name, segment.bytes - length, length));
  if (index === null) return false;
  for (const [unit, span] of Object.entries(index.units)) segment.units.set(unit, span);
  segment.measuredMs = index.measuredMs;
  segment.sealed = true;
  return true;
}

/** Fills index and books; gives the number of records whose checksum is right and whose content is not (a bug or a foreign file). */
function takeRecords(segment: Segment, books: JournalBooks, records: readonly FoundRecord[]): number {
  let misread = 0;
  segment.checked = true;
  segment.damaged = segment.setAside;
  for (const record of records) {
    try {
      takeRecord(segment, books, record);
    } catch {
      misread += 1;
    }
  }
  return misread;
}

function takeRecord(segment: Segment, books: JournalBooks, record: FoundRecord): void {
  switch (record.type) {
    case 'frame': {
      decodeFrameRecord(segment.epoch, record.payload);
      const { unit, seq, atMs } = frameKeyOf(record.payload);
      segment.add(unit, seq, atMs);
      books.wrote(segment.epoch, unit, seq);
      return;
    }
    case 'checkpoint':
      return books.restore(checkpointSchema.parse(json(record)));
    case 'lost':
      for (const entry of lostSchema.parse(json(record))) books.lose(entry);
      return;
    case 'acknowledge': {
      const { epoch, upto } = acknowledgeRecordSchema.parse(json(record));
      for (const [unit, seq] of Object.entries(upto)) books.acknowledge(epoch, unit, seq);
      return;
    }
    case 'correction':
      for (const entry of correctionsSchema.parse(json(record))) books.correct(entry);
      return;
    case 'end':
      segment.sealed = true;
  }
}

function json(record: FoundRecord): unknown {
  return JSON.parse(new TextDecoder().decode(record.payload));
}
