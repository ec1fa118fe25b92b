import { idSchema } from '@slmm/protocol';
import { fromInstant } from '@slmm/shared';
import { z } from 'zod';
import { type ListMark, readListMark } from './list-mark.ts';

// Parameters that several routes of /api/v1 take. Pure.

/** Years that a database and a chart can hold. */
const OLDEST_MS = Date.UTC(1970, 0, 1);
const NEWEST_MS = Date.UTC(2200, 0, 1);

export const unitPath = z.object({ unit: idSchema });
export const edgePath = z.object({ edge: idSchema });

/** An instant in UTC, read as milliseconds. */
export const instant = z.iso
  .datetime({ error: 'expected a UTC instant like 2026-11-23T06:41:05Z' })
  .transform((text) => fromInstant(text) ?? Number.NaN)
  .refine((atMs) => atMs >= OLDEST_MS && atMs < NEWEST_MS, { error: 'expected a year from 1970 to 2199' })
  .meta({ type: 'string', format: 'date-time' });

/** A page size. */
export const pageLimit = (usual: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, { error: `expected a whole number from 1 to ${most}` })
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= most, { error: `expected a whole number from 1 to ${most}` })
    .default(usual)
    .meta({ type: 'integer', minimum: 1, maximum: most, default: usual });

/** `next` of the answer before, to the same question; `read` gives `null` for a text that no answer contained. */
export const nextParameter = <M>(read: (text: string) => M | null) =>
  z
    .string()
    .max(1_000)
    .transform((text, context): M => {
      const mark = read(text);
      if (mark === null) context.addIssue({ code: 'custom', message: 'take it from the answer before, to the same question' });
      return mark ?? z.NEVER;
    })
    .optional()
    .meta({ type: 'string' });

/** `next` of a list that is asked for newest first. */
export const listMark = <K>(isKey: (key: unknown) => key is K) =>
  nextParameter((text): ListMark<K> | null => readListMark(text, isKey));
