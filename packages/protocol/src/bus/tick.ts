import { z } from 'zod';
import { instantSchema, levelSchema, runStateSchema } from './primitives.ts';

/** `/{edge}/{unit}/drd`: one 100 ms line of the meter's stream, ten a second and only while somebody asked. Levels are of these 100 ms. */
export const tickSchema = z.object({
  at: instantSchema,
  /** Ticks of the meter's minute, 1..600. */
  counter: z.int().min(1).max(600),
  run: runStateSchema,
  lp: levelSchema,
  leq: levelSchema,
  lmax: levelSchema,
  lmin: levelSchema,
  lpeak: levelSchema,
  over: z.boolean(),
  under: z.boolean(),
  /** The line as the meter sent it. */
  raw: z.string().max(1000).nullable(),
});
export type Tick = z.infer<typeof tickSchema>;
