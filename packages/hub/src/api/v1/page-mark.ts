// The opaque `next` of a list: where the store goes on, bound to what was asked. Pure.
import { readCursor } from '../../history/reading-cursor.ts';
import { readMark, writeMark } from './opaque-mark.ts';

/** What a page continues. */
export interface PageMark {
  readonly unit: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** The store's own mark. */
  readonly after: string;
}

export function writePageMark({ unit, fromMs, toMs, after }: PageMark): string {
  return writeMark([unit, fromMs, toMs, after]);
}

/** `null` for a text that no answer of ours contained. */
export function readPageMark(text: string): PageMark | null {
  const [unit, fromMs, toMs, after] = readMark(text, 4) ?? [];
  const isMark =
    typeof unit === 'string' && Number.isSafeInteger(fromMs) && Number.isSafeInteger(toMs) && typeof after === 'string';
  if (!isMark) return null;
  try {
    readCursor(after);
  } catch {
    return null;
  }
  return { unit, fromMs: fromMs as number, toMs: toMs as number, after };
}
