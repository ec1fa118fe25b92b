// The opaque `next` of a list that is asked for newest first: the last one that was shown, by its time and by what tells equals apart. Pure.
import { readMark, writeMark } from './opaque-mark.ts';

export interface ListMark<K> {
  readonly atMs: number;
  readonly key: K;
}

export function writeListMark<K>({ atMs, key }: ListMark<K>): string {
  return writeMark([Math.round(atMs), key]);
}

/** `null` for a text that no answer of ours contained. */
export function readListMark<K>(text: string, isKey: (key: unknown) => key is K): ListMark<K> | null {
  const [atMs, key] = readMark(text, 2) ?? [];
  return Number.isSafeInteger(atMs) && isKey(key) ? { atMs: atMs as number, key } : null;
}

/** The page out of what was found with one more than its limit, and where the next one goes on; `null` at the end of the list. */
export function pageOf<T, K>(
  found: readonly T[],
  limit: number,
  markOf: (last: T) => ListMark<K>,
): { readonly shown: readonly T[]; readonly next: string | null } {
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  return { shown, next: found.length > limit && last !== undefined ? writeListMark(markOf(last)) : null };
}
