// The opaque `next` of a list that is asked for newest first: the last one that was shown, by its time and by what tells equals apart. Pure.

export interface ListMark<K> {
  readonly atMs: number;
  readonly key: K;
}

/** Letters and digits that a URL takes as they are. */
export function writeListMark<K>({ atMs, key }: ListMark<K>): string {
  return Buffer.from(JSON.stringify([Math.round(atMs), key])).toString('base64url');
}

/** `null` for a text that no answer of ours contained. */
export function readListMark<K>(text: string, isKey: (key: unknown) => key is K): ListMark<K> | null {
  try {
    const read: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (!Array.isArray(read) || read.length !== 2) return null;
    const [atMs, key] = read as unknown[];
    return Number.isSafeInteger(atMs) && isKey(key) ? { atMs: atMs as number, key } : null;
  } catch {
    return null;
  }
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
