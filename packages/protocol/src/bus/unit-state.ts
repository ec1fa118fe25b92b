import { z } from 'zod';
import { idSchema } from './id.ts';
import { instantSchema, levelSchema, runStateSchema } from './primitives.ts';

/** What stands between the edge and a meter; every failure has a cause of its own. */
export const linkSchema = z.enum(['ok', 'refused', 'timeout', 'garbled', 'asleep', 'wedged', 'standby', 'disabled']);
export type Link = z.infer<typeof linkSchema>;

/**
 * What exactly keeps the edge from a meter. `refused`, `hung-up` (it ends the connection at once) and `web-app` (control and FTP both gone) are a `link` of `refused`;
 * `slot-held` (awake, and somebody else has its only connection), `no-answer` and `no-route` one of `timeout`; `out-of-step` one of `garbled`.
 */
export const linkCauseSchema = z.enum([
  'refused',
  'hung-up',
  'wedged',
  'web-app',
  'slot-held',
  'asleep',
  'no-answer',
  'no-route',
  'out-of-step',
]);
export type LinkCause = z.infer<typeof linkCauseSchema>;

const toldState = z.object({
  link: linkSchema,
  /** More finely than `link`; `null` while the meter is reachable, missing from an older edge. */
  cause: linkCauseSchema.nullable().optional(),
  since: instantSchema,
  last_ok: instantSchema.nullable(),
  /** False from the third failure in a row until the next good answer, and while the meter is left alone. */
  reachable: z.boolean(),
  failures: z.int().min(0).default(0),
  /** One sentence: what happened and what to do. */
  reason: z.string().max(500).nullable().default(null),
  run: runStateSchema,
  run_since: instantSchema.nullable(),
  /** Whether a measurement that runs is paused, as last read; `null` while not known, missing from an older edge. */
  paused: z.boolean().nullable().optional(),
  /** Where `run_since` comes from: seen by the edge, computed from LE - Leq, or told by the meter. */
  run_since_basis: z.enum(['seen', 'le-leq', 'meter']).nullable().default(null),
  /** Whether this run state was ordered through the edge that saw it begin; `null` or absent where nobody saw it. */
  run_ordered: z.boolean().nullable().optional(),
  /** Who holds the meter's slot: edge and boot. */
  owner: z
    .object({ edge: idSchema, boot: z.string().max(64), fence: z.int().min(0) })
    .nullable()
    .default(null),
  acquisition: z.enum(['dod', 'drd']).default('dod'),
  battery: z.string().max(32).nullable().default(null),
  power: z.string().max(32).nullable().default(null),
  sd_free_mb: z.number().nullable().default(null),
  garbled: z.int().min(0).default(0),
});

/** `/{edge}/{unit}/state`, retained. What an agent leaves out was not told: the defaults say so; whether the meter is reachable, the link says then. */
export const unitStateSchema = z.preprocess(
  (given) =>
    typeof given === 'object' && given !== null && !('reachable' in given)
      ? { ...given, reachable: 'link' in given && given.link === 'ok' }
      : given,
  toldState,
);

/** `/{edge}/{unit}/info`, retained: what the meter is and how it is set. */
export const unitInfoSchema = z.object({
  model: z.string().max(64).nullable().default(null),
  serial: z.string().max(64).nullable().default(null),
  firmware: z.string().max(64).nullable().default(null),
  options: z.array(z.string().max(32)).max(16).default([]),
  frequency_weighting: z.string().max(8).nullable().default(null),
  time_weighting: z.string().max(8).nullable().default(null),
  /** What LN1..LN5 mean, in percent, as read from the meter; `null` where it did not say. */
  percentiles: z.array(z.number().min(0).max(100).nullable()).length(5).default([null, null, null, null, null]),
  settings: z.string().max(16).nullable().default(null),
  snapshot: z.record(z.string().max(64), z.string().max(128)).default({}),
  /** Meter clock minus edge clock; `null` while not measured. */
  clock_offset_s: z.number().nullable().default(null),
  read_at: instantSchema.nullable().default(null),
});

/** `/{edge}/{unit}/last`, retained: the newest frame in short, at most one per 10 s; older than `stale_after_s` it must be shown as stale. */
export const lastSchema = z.object({
  at: instantSchema,
  stale_after_s: z.number().positive(),
  run: runStateSchema,
  lp: levelSchema,
  leq: levelSchema,
  lmax: levelSchema,
  lmin: levelSchema,
  lpeak: levelSchema,
  ln: z.tuple([levelSchema, levelSchema, levelSchema, levelSchema, levelSchema]),
});

/** `/{edge}/{unit}/event`: something a person may want to know later. */
export const unitEventSchema = z.object({
  id: z.string().min(1).max(64),
  at: instantSchema,
  kind: z.enum([
    'run-changed',
    'reset-seen',
    'overload',
    'settings-changed',
    'wedge-suspected',
    'wedge-confirmed',
    'wedge-cured',
    'reboot-seen',
    'clock-stepped',
    'clock-drift',
    'link-changed',
    'fallback',
    'command',
    'slot',
    'relay',
  ]),
  text: z.string().max(500),
  detail: z.record(z.string(), z.unknown()).optional(),
});

const happening = z.object({ at: instantSchema, what: z.string().max(200) });

/** What led to the present state of a link: in the `detail` of a `wedge-confirmed` event, and in the answer to `diagnose`. */
export const linkEvidenceSchema = z.object({
  /** The last commands, oldest first; `ms` is the time to the end of the answer. */
  commands: z
    .array(z.object({ at: instantSchema, line: z.string().max(80), outcome: z.string().max(200), ms: z.number().nullable() }))
    .max(50),
  /** Since the start of the agent, and the last ones, oldest first. */
  connections: z.object({ opened: z.int().min(0), failed: z.int().min(0), last: z.array(happening).max(50) }),
  ftp: z.object({ uses: z.int().min(0), last: z.array(happening).max(50) }),
  /** Over the last answers; `least_gap_ms` is the shortest rest that the meter had before a command. */
  timing: z.object({
    answers: z.int().min(0),
    p50_ms: z.number().nullable(),
    max_ms: z.number().nullable(),
    least_gap_ms: z.number().nullable(),
  }),
});

export type LinkEvidence = z.infer<typeof linkEvidenceSchema>;
export type UnitState = z.infer<typeof unitStateSchema>;
export type UnitInfo = z.infer<typeof unitInfoSchema>;
export type Last = z.infer<typeof lastSchema>;
export type UnitEvent = z.infer<typeof unitEventSchema>;
