import { z } from 'zod';
import { idSchema } from './id.ts';
import { epochSchema, instantSchema } from './primitives.ts';

/** Most former epochs an edge names at its birth; a journal has a new one only after damage. */
export const MAX_FORMER_EPOCHS = 20;

/** `/{edge}/state`, retained, and the edge's last will. `boot` is new at each start, so that a late will cannot kill a newer session. */
export const edgeStateSchema = z.object({
  state: z.enum(['online', 'offline']),
  epoch: epochSchema,
  boot: z.string().min(1).max(64),
  at: instantSchema,
  reason: z.string().max(200).nullable().default(null),
  /** Former epochs that the journal still knows: the hub answers a birth with its watermarks of these too. */
  epochs: z.array(epochSchema).max(MAX_FORMER_EPOCHS).optional(),
});

/** `/{edge}/info`, retained: birth certificate. */
export const edgeInfoSchema = z.object({
  version: z.string().max(64),
  node: z.string().max(64),
  boot: z.string().min(1).max(64),
  epoch: epochSchema,
  started: instantSchema,
  units: z.array(idSchema).max(1000),
  uplink: z.enum(['live', 'economy']),
  journal: z.object({ max_bytes: z.int().positive(), max_age_h: z.number().positive(), when_full: z.literal('drop-oldest') }),
  config_revision: z.int().min(0),
});

/** `/{edge}/health`, every 60 s. */
export const edgeHealthSchema = z.object({
  at: instantSchema,
  /** Epochs that the journal knows, the present one first: the hub answers with its watermarks, so that what got lost on the way is noticed though nothing is measured any more. */
  epochs: z
    .array(epochSchema)
    .max(MAX_FORMER_EPOCHS + 1)
    .optional(),
  journal_bytes: z.int().min(0),
  journal_frames: z.int().min(0),
  oldest_unsent: instantSchema.nullable(),
  unsent_frames: z.int().min(0),
  dropped_frames: z.int().min(0),
  published_per_s: z.number().min(0),
  clock_offset_ms: z.number().nullable(),
  wan_bytes_month: z.int().min(0),
  rss_mb: z.number().min(0),
  /** The disk's word for why it takes no frames right now (`ENOSPC`, `EIO`, …); `null` when it does. */
  disk_fault: z.string().max(200).nullable().optional(),
  disk_faults: z.int().min(0).optional(),
  /** Segments of the journal that were set aside as damaged since the start. */
  corrupt_segments: z.int().min(0).optional(),
  /** Answers and events given up because the hub was away too long. */
  dropped_events: z.int().min(0).optional(),
  /** Frames that did not fit the contract: a fault of the agent. */
  refused_frames: z.int().min(0).optional(),
  /** Messages of the hub that could not be read. */
  bad_messages: z.int().min(0).optional(),
  units: z.record(
    idSchema,
    z.object({
      poll_p50_ms: z.number().nullable(),
      poll_p95_ms: z.number().nullable(),
      frames: z.int().min(0),
      failures: z.int().min(0),
      garbled: z.int().min(0),
    }),
  ),
});

/** `/hub/state`, retained, and the hub's last will. */
export const hubStateSchema = z.object({
  state: z.enum(['online', 'offline']),
  boot: z.string().min(1).max(64),
  at: instantSchema,
});

export type EdgeState = z.infer<typeof edgeStateSchema>;
export type EdgeInfo = z.infer<typeof edgeInfoSchema>;
export type EdgeHealth = z.infer<typeof edgeHealthSchema>;
export type HubState = z.infer<typeof hubStateSchema>;
