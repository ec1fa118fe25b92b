import { z } from 'zod';
import { idSchema } from './id.ts';
import { instantSchema } from './primitives.ts';

/** A host name or address (IPv6 without brackets): no spaces, slashes or control characters, so that it can stand in a log line and a URL. */
export const hostSchema = z.string().regex(/^(?:[A-Za-z0-9](?:[A-Za-z0-9.:_-]{0,251}[A-Za-z0-9.:])?|::[A-Fa-f0-9:.]{0,43})$/, {
  error: 'expected a host name or an IP address',
});
export const portSchema = z.int().min(1).max(65_535);

/** How the edge is to treat one meter. What is left out is as it is with a meter just unpacked. */
export const desiredUnitSchema = z.object({
  unit: idSchema,
  host: hostSchema,
  port: portSchema.default(2255),
  /** False: the edge leaves the meter's slot alone. */
  enabled: z.boolean().default(true),
  acquisition: z.enum(['dod', 'drd']).default('dod'),
  /** Wanted time from one DOD to the next; the meter's own pace is the floor. */
  poll_interval_s: z.number().min(0).max(21_600).default(0),
  ftp: z
    .object({ enabled: z.boolean(), port: portSchema, user: z.string().max(64), password: z.string().max(64) })
    .nullable()
    .default(null),
});

/** `/{edge}/hub/config`, retained. `revision` only grows. */
export const desiredConfigSchema = z.object({
  revision: z.int().min(0),
  at: instantSchema.optional(),
  units: z.array(desiredUnitSchema).max(1000),
});

/**
 * A configuration as an edge receives it: a unit of which the edge makes nothing (it may come from a newer hub) is left out and named in `refused` with the reason;
 * the others count.
 */
export const receivedConfig = desiredConfigSchema
  .extend({ units: z.array(z.unknown()).max(1000) })
  .transform(({ units: offered, ...about }) => {
    const config: DesiredConfig = { ...about, units: [] };
    const refused: { unit: string | null; reason: string }[] = [];
    for (const [index, one] of offered.entries()) {
      const read = desiredUnitSchema.safeParse(one);
      if (read.success) config.units.push(read.data);
      else {
        const name = z.object({ unit: idSchema }).safeParse(one);
        const issue = read.error.issues[0];
        const reason = issue === undefined ? 'does not fit' : `${issue.path.join('.') || 'unit'}: ${issue.message}`;
        refused.push(name.success ? { unit: name.data.unit, reason } : { unit: null, reason: `units.${index}.${reason}` });
      }
    }
    return { config, refused };
  });

/** `/{edge}/hub/applied`, retained: what became of the configuration, unit by unit. */
export const appliedConfigSchema = z.object({
  revision: z.int().min(0),
  at: instantSchema,
  error: z.string().max(500).nullable(),
  units: z.record(
    idSchema,
    z.object({
      ok: z.boolean(),
      error: z.string().max(500).nullable(),
      /** The unit stands in the agent's own file, which outranks this configuration. */
      pinned: z.boolean().optional(),
    }),
  ),
});

/** `/{edge}/hub/demand`, retained: what somebody wants to see right now. Units not named are not watched. */
export const demandSchema = z.object({
  at: instantSchema.optional(),
  units: z.record(
    idSchema,
    z.object({
      watched: z.boolean().default(false),
      stream: z.boolean().default(false),
      /** Interval Leq or Lp at or over this level (dB) is sent at once also in economy; `null`: none. */
      send_above: z.number().nullable().default(null),
    }),
  ),
});

export type DesiredUnit = z.infer<typeof desiredUnitSchema>;
export type DesiredConfig = z.infer<typeof desiredConfigSchema>;
export type ReceivedConfig = z.infer<typeof receivedConfig>;
export type AppliedConfig = z.infer<typeof appliedConfigSchema>;
export type Demand = z.infer<typeof demandSchema>;
