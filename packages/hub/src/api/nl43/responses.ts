import { z } from 'zod';
import type { Response } from '../route.ts';

// Documented answers that many routes of SLMM's surface share.

export const detailSchema = z.object({ detail: z.string() });

export const invalidSchema = z.object({
  detail: z.array(
    z.object({
      loc: z.array(z.union([z.string(), z.int()])),
      msg: z.string(),
      type: z.string(),
      ctx: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
});

/** An error with a sentence. */
export const detailResponse = (description: string): Response => ({ description, schema: detailSchema });

/** 200 with SLMM's envelope. */
export const okResponse = (description: string, more: z.ZodRawShape): Response => ({
  description,
  schema: z.object({ status: z.literal('ok'), ...more }),
});
