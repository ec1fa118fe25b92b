import { frameSchema, intervalSchema } from '@slmm/protocol';
import { z } from 'zod';

// What protocol/live describes as types, for the documents of /api/v1.

export const liveFrameSchema = frameSchema.pick({
  at: true,
  epoch: true,
  seq: true,
  run: true,
  lp: true,
  leq: true,
  le: true,
  lmax: true,
  lmin: true,
  lpeak: true,
  ln: true,
  over: true,
  under: true,
  interval: true,
});

export const storedFrameSchema = liveFrameSchema.extend({
  src: z
    .enum(['dod', 'drd', 'import'])
    .describe('import: a row of an imported series, of which only the interval means anything'),
  interval: intervalSchema.extend({ basis: z.enum(['drd', 'lp', 'import']) }).nullable(),
  late: z.boolean(),
});

export const coverageFiguresSchema = z.object({
  expected: z.int(),
  live: z.int(),
  late: z.int(),
  lost: z.int(),
  coverage: z.number().min(0).max(1).nullable(),
});
