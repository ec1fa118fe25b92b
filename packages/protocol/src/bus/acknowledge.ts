import { z } from 'zod';
import { idSchema } from './id.ts';
import { epochSchema, instantSchema, seqSchema } from './primitives.ts';

/**
 * `/{edge}/hub/ack`, after the database commit: per unit the highest seq up to which the hub has (or has written off as lost) every frame.
 * 0 says that it has none yet. Only this trims the journal.
 */
export const acknowledgeSchema = z.object({
  epoch: epochSchema,
  upto: z.record(idSchema, z.union([seqSchema, z.literal(0)])),
  /** True where every unit that the hub has anything of in this epoch is named: it has nothing of the others. So the answer to a birth is heard by units of which a restored hub has never heard. */
  all: z.boolean().optional(),
  /** The hub's wall time, from which the edge measures its clock offset. */
  at: instantSchema.optional(),
});
export type Acknowledge = z.infer<typeof acknowledgeSchema>;
