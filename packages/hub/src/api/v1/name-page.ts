// Pages of a list that is held whole, in the order of a text that each of its items has for itself. Pure.
import { z } from 'zod';
import { readMark, writeMark } from './opaque-mark.ts';
import { nextParameter, pageLimit } from './parameters.ts';

/** Without a `limit` such a list is one page, as long as anybody's list is. */
const MOST = 10_000;

/** What to ask such a list with; into the query of its route. */
export const namePageQuery = {
  limit: pageLimit(MOST, MOST),
  next: nextParameter(readNameMark),
};

/** `next` in the answer of such a list: where the next page goes on, `null` at the end. */
export const nextMark = z.string().nullable();

/** The page that was asked for: at most `limit` items after the one named by `next`. Items that come or go meanwhile double and skip no others. */
export function namePage<T>(
  all: readonly T[],
  { limit, next: after }: { readonly limit: number; readonly next?: string | undefined },
  nameOf: (item: T) => string,
): { readonly shown: readonly T[]; readonly next: string | null } {
  const named = all
    .map((item) => ({ name: nameOf(item), item }))
    .filter(({ name }) => after === undefined || name > after)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const shown = named.slice(0, limit);
  const last = shown.at(-1);
  return {
    shown: shown.map(({ item }) => item),
    next: named.length > limit && last !== undefined ? writeMark([last.name]) : null,
  };
}

function readNameMark(text: string): string | null {
  const [name] = readMark(text, 1) ?? [];
  return typeof name === 'string' ? name : null;
}
