import { z } from 'zod';
import { idSchema } from './id.ts';
import { instantSchema } from './primitives.ts';

/** `/alert/{unit}/{rule}/state`, retained; empty payload once the rule is deleted. */
export const alertStateSchema = z.object({
  unit: idSchema,
  rule: idSchema,
  name: z.string().max(200),
  state: z.string().max(32),
  level: z.string().max(32).nullable(),
  since: instantSchema,
  reason: z.string().max(500),
  event_id: z.string().max(128).nullable(),
});

/** `/alert/{unit}/event`: one step in the life of an event. */
export const alertEventSchema = z.object({
  event_id: z.string().min(1).max(128),
  unit: idSchema,
  rule: idSchema,
  name: z.string().max(200),
  kind: z.enum(['onset', 'level-change', 'clear', 'acknowledge', 'no-data', 'comment']),
  at: instantSchema,
  level: z.string().max(32).nullable(),
  value: z.number().nullable(),
  threshold: z.number().nullable(),
  late: z.boolean(),
  reason: z.string().max(500),
});

/** `/alert/{receiver}/notification`: what a receiver with an MQTT channel is told. `id` stays the same over all attempts. */
export const alertNotificationSchema = z.object({
  id: z.string().min(1).max(64),
  /** `alert.onset`, `alert.level-up`, `alert.reopen`, `alert.clear`, `alert.group`, `alert.test`. */
  type: z.string().max(32),
  timestamp: instantSchema,
  /** What a webhook carries. */
  data: z.object({ receiver: idSchema, alerts: z.array(z.record(z.string(), z.unknown())).max(50) }),
});

export type AlertState = z.infer<typeof alertStateSchema>;
export type AlertEvent = z.infer<typeof alertEventSchema>;
