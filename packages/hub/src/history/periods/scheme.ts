/** A rating scheme as data: named windows by weekday with their limits, and levels that are composed of windows. Neighbours: periods.ts lays a scheme on a date, shipped-schemes.ts are those we bring. */
import { z } from 'zod';
import { isTimeOfDay, minutesOf } from '../time/zone.ts';

const timeSchema = z.string().refine(isTimeOfDay, { error: 'expected a time of day like 07:00' });
const nameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9 ._,-]{0,63}$/, { error: 'expected 1 to 64 letters, digits, spaces and . _ , -' });

const daysSchema = z.array(z.int().min(1).max(7)).min(1).max(7);

/**
 * A limit on a window. With `t` it is set on the loudest LAeq,T inside the window (seconds, `mode` says clock-aligned or moving by one second); without, on the window as a whole.
 * Levels are compared unrounded; a limit is broken by a level above it.
 */
export const limitSchema = z.object({
  of: z.union([z.enum(['leq', 'lmax', 'lpeak']), z.templateLiteral(['ln:', z.number().gt(0).lt(100)])]),
  limit_db: z.number().min(-50).max(250),
  t: z.int().min(1).max(86_400).optional(),
  mode: z.enum(['clock', 'moving']).optional(),
  /** Shown beside the limit: where it comes from. */
  note: z.string().max(200).optional(),
});

/** Half-open `[from, to)` in local time; `to` at or before `from` is on the next day. A window belongs to the date on which it starts. */
export const periodWindowSchema = z.object({
  name: nameSchema,
  /** Weekdays on which it starts: 1 Monday to 7 Sunday. */
  days: daysSchema,
  from: timeSchema,
  to: timeSchema,
  limits: z.array(limitSchema).max(10),
});

/** A level composed of parts of a day, each with a penalty, weighted by the hours it has on the face of the clock: Lden, Ldn, CNEL. */
export const ratingSchema = z.object({
  name: nameSchema,
  /** Weekdays to which it belongs, told by the date on which its first part starts; all without. */
  days: daysSchema.optional(),
  parts: z
    .array(z.object({ from: timeSchema, to: timeSchema, penalty_db: z.number().min(0).max(30) }))
    .min(1)
    .max(10),
  limits: z.array(z.object({ limit_db: z.number().min(-50).max(250), note: z.string().max(200).optional() })).max(10),
});

export const schemeSchema = z.object({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, { error: 'expected 1 to 32 lower-case letters, digits and -' }),
  title: z.string().min(1).max(200),
  windows: z.array(periodWindowSchema).max(50),
  ratings: z.array(ratingSchema).max(10),
});

export type Scheme = z.infer<typeof schemeSchema>;
export type PeriodWindow = z.infer<typeof periodWindowSchema>;
export type Limit = z.infer<typeof limitSchema>;
export type Rating = z.infer<typeof ratingSchema>;

/** Hours of a window on the face of the clock: 8 for 23:00 to 07:00, also in the nights of 7 or 9 hours. */
export function nominalHours(window: { readonly from: string; readonly to: string }): number {
  const minutes = minutesOf(window.to) - minutesOf(window.from);
  return (minutes > 0 ? minutes : minutes + 1440) / 60;
}
