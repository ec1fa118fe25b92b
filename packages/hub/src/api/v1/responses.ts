import { z } from 'zod';
import type { Response } from '../route.ts';

/** RFC 9457. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  errors: z.array(z.object({ in: z.string(), name: z.string(), message: z.string() })).optional(),
  id: z.string().optional().meta({ description: 'Of a 500: the log has it under this id' }),
});

/** An error of this surface. */
export const problemResponse = (description: string): Response => ({
  description,
  schema: problemSchema,
  contentType: 'application/problem+json',
});

export const NOT_FOUND = problemResponse('There is no such thing');
export const CONFLICT = problemResponse('It is there already');
