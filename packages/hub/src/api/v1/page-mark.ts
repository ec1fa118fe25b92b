// The opaque `next` of a list: where the store goes on, bound to what was asked. Pure.
import { readCursor } from '../../history/reading-cursor.ts';

/** What a page continues. */
export interface PageMark {
  readonly unit: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** The store's own mark. */
  readonly after: string;
}

/** Letters and digits that a URL takes as they are. */
export function writePageMark(mark: PageMark): string {
  return Buffer.from(JSON.stringify([mark.unit, mark.fromMs, mark.toMs, mark.after])).toString('base64url');
}

/** `null` for a text that no answer of ours contained. */
export function readPageMark(text: string): PageMark | null {
  try {
    const read: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (!Array.isArray(read) || read.length !== 4) return null;
    const [unit, fromMs, toMs, after] = read as unknown[];
    const isMark =
      typeof unit === 'string' && Number.isSafeInteger(fromMs) && Number.isSafeInteger(toMs) && typeof after === 'string';
    if (isMark) readCursor(after);
    return isMark ? { unit, fromMs: fromMs as number, toMs: toMs as number, after } : null;
  } catch {
    return null;
  }
}
