/** Records of a ZIP archive whose members are stored as they are (PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12, 4.3.16). Pure. */

/** One member: where its local header begins, and what is known of its content. */
export interface ZipMember {
  readonly name: string;
  readonly modifiedNaiveMs: number | null;
  readonly offset: number;
  readonly crc32: number;
  readonly sizeBytes: number;
}

/** Without the 64-bit extension an archive, its members and their number are bounded. */
export const MAX_ZIP_BYTES = 0xffff_ffff;
export const MAX_ZIP_MEMBERS = 0xffff;

const VERSION = 20;
/** Names are UTF-8. */
const FLAGS = 0x0800;

/** The header before a member's bytes. */
export function localHeader(member: ZipMember): Buffer {
  const name = Buffer.from(member.name, 'utf8');
  const header = Buffer.alloc(30 + name.length);
  header.writeUInt32LE(0x0403_4b50, 0);
  header.writeUInt16LE(VERSION, 4);
  common(header, 6, member, name.length);
  name.copy(header, 30);
  return header;
}

/** The directory at the archive's end, which begins at `offset`. */
export function centralDirectory(members: readonly ZipMember[], offset: number): Buffer {
  const entries = members.map((member) => {
    const name = Buffer.from(member.name, 'utf8');
    const entry = Buffer.alloc(46 + name.length);
    entry.writeUInt32LE(0x0201_4b50, 0);
    entry.writeUInt16LE(VERSION, 4);
    entry.writeUInt16LE(VERSION, 6);
    common(entry, 8, member, name.length);
    entry.writeUInt32LE(member.offset, 42);
    name.copy(entry, 46);
    return entry;
  });
  const size = entries.reduce((sum, entry) => sum + entry.length, 0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...entries, end]);
}

/** Flags, method 0 (stored), time, date, CRC and sizes: the same in both headers. */
function common(header: Buffer, at: number, { modifiedNaiveMs, crc32, sizeBytes }: ZipMember, nameBytes: number): void {
  const date = new Date(modifiedNaiveMs ?? Date.UTC(1980, 0, 1));
  const year = Math.min(127, Math.max(0, date.getUTCFullYear() - 1980));
  header.writeUInt16LE(FLAGS, at);
  header.writeUInt16LE((date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1), at + 4);
  header.writeUInt16LE((year << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate(), at + 6);
  header.writeUInt32LE(crc32, at + 8);
  header.writeUInt32LE(sizeBytes, at + 12);
  header.writeUInt32LE(sizeBytes, at + 16);
  header.writeUInt16LE(nameBytes, at + 20);
}
