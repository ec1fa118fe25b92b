/** Who is told, how, and when not. A document that people write; checked when written. Neighbours: decision.ts weighs it, channels deliver. */
import { idSchema } from '@slmm/protocol';
import { z } from 'zod';
import { scheduleSchema, zoneSchema } from '../alerts/rules/schedule.ts';

/** A webhook's secret: Standard Webhooks' own notation. */
export const webhookSecretSchema = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, { error: 'expected whsec_ and 24 to 64 bytes in base64' });

/** One way to tell somebody; `secret` is what a webhook's secrets look like, which are shown as no more than a mask. */
export const channelSchemaOf = <Secret extends z.ZodType<string>>(secret: Secret) =>
  z.discriminatedUnion('kind', [
    /** A line in the hub's log. */
    z.object({ kind: z.literal('log') }),
    /** A message at `/alert/{receiver}/notification`. */
    z.object({ kind: z.literal('mqtt') }),
    /** Standard Webhooks: https, signed. Two secrets are valid while one replaces the other. */
    z.object({
      kind: z.literal('webhook'),
      url: z.url({ protocol: /^https?$/, error: 'expected an https address' }).max(2000),
      secrets: z.array(secret).min(1).max(2),
      /** Why nothing is sent here any more (the receiver answered 410 Gone); `null` while it is in use. */
      disabled: z.string().max(200).nullable().default(null),
    }),
    z.object({ kind: z.literal('email'), address: z.email().max(254) }),
  ]);
const channelSchema = channelSchemaOf(webhookSecretSchema);
export type Channel = z.infer<typeof channelSchema>;

/** Most ways to tell one receiver. */
export const MAX_CHANNELS = 5;

export const receiverSchema = z.object({
  id: idSchema,
  name: z.string().trim().min(1).max(200),
  enabled: z.boolean().default(true),
  channels: z.array(channelSchema).min(1).max(MAX_CHANNELS),
  /** Zone of the quiet hours and of times in texts. */
  zone: zoneSchema.default('UTC'),
  /** Times in which only `critical` gets through; the rest waits for their end and is sent if the event is still on. */
  quiet_hours: scheduleSchema.nullable().default(null),
  /** Most notifications in any 60 minutes; what is over it waits. */
  max_per_hour: z.int().min(1).max(1000).default(30),
  /** Notifications about one site within so long travel as one message. */
  group_wait_s: z.number().min(0).max(600).default(5),
});
export type Receiver = z.output<typeof receiverSchema>;
