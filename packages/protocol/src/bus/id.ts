import { z } from 'zod';

/** Ids of edges, units and rules (contract section 3): safe as topic level, path segment, file name and URL part. */
const ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const RESERVED_IDS: ReadonlySet<string> = new Set(['hub', 'alert']);

/** Whether `text` may name an edge or a unit. */
export function isId(text: string): boolean {
  return ID_PATTERN.test(text) && !RESERVED_IDS.has(text);
}

/** An edge, unit, rule or transfer id. */
export const idSchema = z.string().refine(isId, {
  error: 'an id has 1 to 64 characters of A-Z a-z 0-9 . _ -, starts with a letter or digit, and is not "hub" or "alert"',
});
