import { z } from 'zod';
import { idSchema } from './id.ts';
import { instantSchema } from './primitives.ts';

/** `/{edge}/hub/command`. `op` names the operation (`measure-start`, `clock-get`, …); `args` are checked by the operation itself. */
export const commandSchema = z.object({
  id: z.string().regex(/^[A-Za-z0-9-]{8,64}$/, { error: 'a command id has 8 to 64 letters, digits and dashes' }),
  unit: idSchema.nullable(),
  op: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/),
  args: z.record(z.string(), z.unknown()),
  by: z.string().max(100),
  expires_at: instantSchema,
});

/** Why a command was not carried out; a word a program can act on. */
export const commandErrorSchema = z.object({
  code: z.enum([
    'expired',
    'repeated',
    'unknown-unit',
    'unknown-op',
    'bad-args',
    'unreachable',
    'refused-by-meter',
    'timeout',
    'garbled',
    'busy',
    'disabled',
    'failed',
  ]),
  message: z.string().max(500),
  /** The meter's own result code (`0001`..`0004`) where it gave one. */
  result_code: z.string().max(8).nullable(),
});

/** `/{edge}/hub/reply`. A reply with `progress` is not the last one for its id. */
export const replySchema = z.union([
  z.object({ id: z.string().max(64), ok: z.literal(true), result: z.unknown() }),
  z.object({ id: z.string().max(64), ok: z.literal(false), error: commandErrorSchema }),
  z.object({ id: z.string().max(64), progress: z.object({ step: z.string().max(200), done: z.number(), of: z.number() }) }),
]);

export type Command = z.infer<typeof commandSchema>;
export type CommandError = z.infer<typeof commandErrorSchema>;
export type Reply = z.infer<typeof replySchema>;
