/** Units that stand in the agent's own file, for an edge that is to run without a hub's configuration. Neighbours: settings.ts reads them, desired-state.ts keeps them. */
import { desiredUnitSchema, type DesiredUnit, hostSchema, idSchema, portSchema } from '@slmm/protocol';
import { z } from 'zod';

const ftpSchema = z.strictObject({
  enabled: z.boolean().default(true),
  port: portSchema.default(21),
  user: z.string().max(64).default('USER'),
  password: z.string().max(64).default('0000'),
});

const unitSchema = z
  .strictObject({
    unit: idSchema,
    host: hostSchema,
    port: portSchema.default(2255),
    enabled: z.boolean().default(true),
    acquisition: z.enum(['dod', 'drd'], { error: 'expected dod or drd' }).default('dod'),
    poll_interval_s: desiredUnitSchema.shape.poll_interval_s.default(0),
    ftp: ftpSchema.nullable().prefault({}),
  })
  .transform((unit): DesiredUnit => unit);

/** A list, or its JSON where it comes from a flag or the environment. */
export const pinnedUnitsSchema = z
  .preprocess(
    (given) => (typeof given === 'string' ? parsed(given) : given),
    z.array(unitSchema, { error: 'expected a list of units' }).max(1000),
  )
  .refine((units) => new Set(units.map(({ unit }) => unit)).size === units.length, { error: 'a unit is in the list twice' })
  .default([]);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
