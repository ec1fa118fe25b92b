import { z } from 'zod';
import { idSchema } from './id.ts';
import { epochSchema, instantSchema, levelSchema, runStateSchema, seqSchema } from './primitives.ts';

/**
 * What happened since the previous frame of the unit, over `s` seconds that end at the frame's `at`.
 * `basis` says how it is known: `drd` exactly, from 100 ms ticks; `lp` as an estimate, from DOD's samples of Lp.
 */
export const intervalSchema = z.object({
  s: z.number().positive().max(86_400),
  leq: levelSchema,
  lmax: levelSchema,
  lmin: levelSchema,
  lpeak: levelSchema,
  basis: z.enum(['drd', 'lp']),
  /** Ticks that were received for this interval; 0 where the basis is `lp`. */
  ticks: z.int().min(0).max(864_000),
  /** Ticks the counter says were sent and not received. */
  missing: z.int().min(0).max(864_000).optional(),
  over_s: z.number().min(0).optional(),
  under_s: z.number().min(0).optional(),
});

/**
 * One frame (contract section 4): one DOD result, or one second of DRD ticks, of the main channel.
 * `leq`, `le`, `lmax`, `lmin`, `lpeak` and `ln` are cumulative since Measure,Start; `interval` is what is new.
 */
export const frameSchema = z.object({
  v: z.literal(1),
  unit: idSchema,
  epoch: epochSchema,
  seq: seqSchema,
  at: instantSchema,
  src: z.enum(['dod', 'drd']),
  run: runStateSchema,
  lp: levelSchema,
  leq: levelSchema,
  le: levelSchema,
  lmax: levelSchema,
  lmin: levelSchema,
  lpeak: levelSchema,
  /** LN1..LN5; which percentiles these are is told in the unit's `info`. */
  ln: z.tuple([levelSchema, levelSchema, levelSchema, levelSchema, levelSchema]),
  lieq: levelSchema,
  leqmov: levelSchema,
  ltm5: levelSchema,
  over: z.boolean(),
  under: z.boolean(),
  interval: intervalSchema.nullable(),
  /** Hash of the settings snapshot that was in force; `null` while it is not known yet. */
  settings: z.string().max(16).nullable(),
  /** Edge clock minus hub clock in milliseconds when the frame was made, where it had been measured. */
  offset_ms: z.int().optional(),
});

export type Interval = z.infer<typeof intervalSchema>;
export type Frame = z.infer<typeof frameSchema>;
