// Pages of a list that is held whole, in the order of a text that each of its items has for itself. Pure.
import { z } from 'zod';
import { pageLimit } from './parameters.ts';

/** Without a `limit` such a list is one page, as long as anybody's list is. */
const MOST = 10_000;

/** What to ask such a list with; into the query of its route. */
export const namePageQuery = {
  limit: pageLimit(MOST, MOST),
  next: z
    .string()
    .max(1_000)
    .transform((text, context): string => {
      const name = readNameMark(text);
      if (name === null) context.addIssue({ code: 'custom', message: 'take it from the answer before, to the same question' });
      return name ?? z.NEVER;
    })
    .optional()
    .meta({ type: 'string' }),
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
    next: named.length > limit && last !== undefined ? writeNameMark(last.name) : null,
  };
}

const writeNameMark = (name: string): string => Buffer.from(JSON.stringify([name])).toString('base64url');

function readNameMark(text: string): string | null {
  try {
    const read: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return Array.isArray(read) && read.length === 1 && typeof read[0] === 'string' ? read[0] : null;
  } catch {
    return null;
  }
}
