// The opaque `next` of a list as text. Pure. Neighbours: page-mark.ts, list-mark.ts and name-page.ts say what is in it.

/** Letters and digits that a URL takes as they are. */
export function writeMark(parts: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** The parts of a mark that has so many; `null` for a text that is none. */
export function readMark(text: string, count: number): readonly unknown[] | null {
  try {
    const read: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return Array.isArray(read) && read.length === count ? read : null;
  } catch {
    return null;
  }
}
