import { z } from 'zod';
import { idSchema } from './id.ts';
import { epochSchema, instantSchema, LAST_INSTANT_MS, levelSchema, runStateSchema, seqSchema } from './primitives.ts';

/** A level that a frame may leave out: then it was not told, as if it were `null`. */
const toldLevel = levelSchema.default(null);

/**
 * What happened since the previous frame of the unit, over `s` seconds that end at the frame's `at`.
 * `basis` says how it is known: `drd` exactly, from 100 ms ticks; `lp` as an estimate, from DOD's samples of Lp.
 */
export const intervalSchema = z.object({
  s: z.number().positive().max(86_400),
  leq: toldLevel,
  lmax: toldLevel,
  lmin: toldLevel,
  lpeak: toldLevel,
  basis: z.enum(['drd', 'lp']),
  /** Ticks that were received for this interval; 0 where the basis is `lp`. */
  ticks: z.int().min(0).max(864_000).default(0),
  /** Ticks the counter says were sent and not received. */
  missing: z.int().min(0).max(864_000).optional(),
  over_s: z.number().min(0).max(86_400).optional(),
  under_s: z.number().min(0).max(86_400).optional(),
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
  lp: toldLevel,
  leq: toldLevel,
  le: toldLevel,
  lmax: toldLevel,
  lmin: toldLevel,
  lpeak: toldLevel,
  /** LN1..LN5; which percentiles these are is told in the unit's `info`. */
  ln: z.tuple([levelSchema, levelSchema, levelSchema, levelSchema, levelSchema]).default([null, null, null, null, null]),
  lieq: toldLevel,
  leqmov: toldLevel,
  ltm5: toldLevel,
  over: z.boolean(),
  under: z.boolean(),
  interval: intervalSchema.nullable().default(null),
  /** Hash of the settings snapshot that was in force; `null` while it is not known yet. */
  settings: z
    .string()
    .regex(/^[0-9A-Za-z._-]{1,16}$/)
    .nullable()
    .default(null),
  /** Edge clock minus hub clock in milliseconds when the frame was made, where it had been measured. */
  offset_ms: z.int().min(-10_000_000_000_000).max(10_000_000_000_000).optional(),
});

export type Interval = z.infer<typeof intervalSchema>;
export type Frame = z.infer<typeof frameSchema>;

/**
 * The frame as everybody shall see it: levels to 0.01 dB, durations to 1 ms, `at` in its one spelling, no field that is not in the contract.
 * It is applied before a frame is journalled, so that the live frame, the backfilled one and the stored one are the same.
 * (A meter prints 0.1 dB; only computed interval levels are finer, and 0.01 dB is far below what any of them is worth.)
 */
export function quantizeFrame(frame: Frame): Frame {
  const { ln } = frame;
  const quantized: Frame = {
    v: 1,
    unit: frame.unit,
    epoch: frame.epoch,
    seq: frame.seq,
    at: new Date(Math.min(Date.parse(frame.at), LAST_INSTANT_MS)).toISOString(),
    src: frame.src,
    run: frame.run,
    lp: hundredths(frame.lp),
    leq: hundredths(frame.leq),
    le: hundredths(frame.le),
    lmax: hundredths(frame.lmax),
    lmin: hundredths(frame.lmin),
    lpeak: hundredths(frame.lpeak),
    ln: [hundredths(ln[0]), hundredths(ln[1]), hundredths(ln[2]), hundredths(ln[3]), hundredths(ln[4])],
    lieq: hundredths(frame.lieq),
    leqmov: hundredths(frame.leqmov),
    ltm5: hundredths(frame.ltm5),
    over: frame.over,
    under: frame.under,
    interval: frame.interval === null ? null : quantizeInterval(frame.interval),
    settings: frame.settings,
  };
  if (frame.offset_ms !== undefined) quantized.offset_ms = frame.offset_ms + 0;
  return quantized;
}

function quantizeInterval(interval: Interval): Interval {
  const quantized: Interval = {
    s: Math.max(0.001, thousandths(interval.s)),
    leq: hundredths(interval.leq),
    lmax: hundredths(interval.lmax),
    lmin: hundredths(interval.lmin),
    lpeak: hundredths(interval.lpeak),
    basis: interval.basis,
    ticks: interval.ticks + 0,
  };
  if (interval.missing !== undefined) quantized.missing = interval.missing + 0;
  if (interval.over_s !== undefined) quantized.over_s = thousandths(interval.over_s);
  if (interval.under_s !== undefined) quantized.under_s = thousandths(interval.under_s);
  return quantized;
}

// Adding 0 makes a negative zero a plain one, which is the only zero JSON and the batch codec know.
const hundredths = (levelDb: number | null): number | null => (levelDb === null ? null : Math.round(levelDb * 100) / 100 + 0);
const thousandths = (seconds: number): number => Math.round(seconds * 1000) / 1000 + 0;
