import { z } from 'zod';
import { idSchema } from './id.ts';
import { instantSchema } from './primitives.ts';

/** How a command is named in the answers to it: whatever its sender likes, in one word. */
const commandIdSchema = z.string().regex(/^[\x21-\x7e]{1,64}$/, { error: 'a command id has 1 to 64 visible characters' });

/** `/{edge}/hub/command`. `op` names the operation (`measure-start`, `clock-get`, …); `args` are checked by the operation itself. */
export const commandSchema = z.object({
  id: commandIdSchema,
  /** `null`: the edge itself. */
  unit: idSchema.nullable().default(null),
  op: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, { error: 'expected the name of an operation, such as clock-get' }),
  args: z
    .record(z.string(), z.unknown())
    .refine(isOneLine, { error: 'an argument must not contain line breaks or other control characters' })
    .default({}),
  /** Who wants it, for the log. */
  by: z.string().max(100).default(''),
  expires_at: instantSchema,
});

/** Whether no text in it could end a line on its way to a meter; what a text may say beyond that is for the operation and the meter's grammar. */
function isOneLine(value: unknown): boolean {
  if (typeof value === 'string') return !/[\p{Cc}\u2028\u2029]/u.test(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(isOneLine);
}

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
