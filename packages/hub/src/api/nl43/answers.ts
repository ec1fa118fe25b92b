// What SLMM's surface answers with, as schemas: for the documents, and for the tests that hold answers against them. Pure.
import { z } from 'zod';

const text = z.string();
const maybe = z.string().nullable();
/** Naive UTC with microseconds; with its `Z` where SLMM_COMPAT_TIMES says so. */
const time = z.string().meta({ description: 'UTC, microseconds, without a zone (SLMM_COMPAT_TIMES=z adds the Z)' });
const maybeTime = time.nullable();
/** A level as the meter prints it. */
const level = z.string().nullable().meta({ description: 'dB with one decimal, as text' });

/** A unit's configuration as `GET /config` shows it. */
export const shownConfigSchema = z.object({
  unit_id: text,
  host: text,
  tcp_port: z.int(),
  ftp_port: z.int(),
  tcp_enabled: z.boolean(),
  ftp_enabled: z.boolean(),
  ftp_username: maybe,
  ftp_password: z.literal('***').nullable().meta({ description: 'Never the password; *** sent back means: as it was' }),
  web_enabled: z.boolean(),
});

/** What is answered to a change of it. */
export const changedConfigSchema = z.object({
  unit_id: text,
  host: text,
  tcp_port: z.int(),
  tcp_enabled: z.boolean(),
  ftp_enabled: z.boolean(),
  web_enabled: z.boolean().optional(),
  poll_enabled: z.boolean(),
  poll_interval_seconds: z.number(),
});

/** A unit in the roster. */
export const deviceSchema = shownConfigSchema.extend({
  poll_enabled: z.boolean(),
  poll_interval_seconds: z.number(),
  monitor_enabled: z.boolean(),
  status: z
    .object({
      last_seen: maybeTime,
      measurement_state: text,
      is_reachable: z.boolean(),
      consecutive_failures: z.int(),
      last_success: maybeTime,
      last_error: maybe,
    })
    .nullable(),
});

const levels = { lp: level, leq: level, lmax: level, lmin: level, lpeak: level, ln1: level, ln2: level };
const supplies = { battery_level: maybe, power_source: maybe, sd_remaining_mb: maybe, sd_free_ratio: maybe };

/** `POST /status`. */
export const notedStatusSchema = z.object({
  unit_id: text,
  last_seen: maybeTime,
  measurement_state: text,
  measurement_start_time: maybeTime,
  ...levels,
  ...supplies,
  raw_payload: maybe,
});

const pollFigures = {
  is_reachable: z.boolean(),
  consecutive_failures: z.int(),
  last_poll_attempt: maybeTime,
  last_success: maybeTime,
  last_error: maybe,
};

/** `GET /status`. */
export const statusSchema = notedStatusSchema.extend({
  ...pollFigures,
  ln1_percent: z.number().nullable().meta({ description: 'Which percentile LN1 is; null until the meter has said so' }),
  ln2_percent: z.number().nullable(),
});

/** `GET /live`. */
export const liveSchema = z.object({
  unit_id: text,
  measurement_state: z.enum(['Start', 'Stop', 'unknown']),
  counter: maybe,
  ...levels,
  ...supplies,
  raw_payload: text,
  measurement_start_time: maybeTime,
});

/** A unit that is polled. */
export const polledSchema = z.object({
  unit_id: text,
  poll_interval_seconds: z.number(),
  poll_enabled: z.boolean(),
  ...pollFigures,
  is_reachable: z.boolean().nullable(),
});

/** `GET /_connections/status`. */
export const poolSchema = z.object({
  enabled: z.boolean(),
  active_connections: z.int(),
  idle_ttl: z.number(),
  max_age: z.number(),
  keepalive_idle: z.number(),
  keepalive_interval: z.number(),
  keepalive_count: z.number(),
  connections: z.record(
    z.string(),
    z.object({ host: text, port: z.int(), age_seconds: z.number(), idle_seconds: z.number(), alive: z.boolean() }),
  ),
});

/** One row of `GET /history`. */
export const historyRowSchema = z.object({ timestamp: time, lp: level, leq: level, lmax: level, ln1: level, ln2: level });

/** A file or folder of a card. */
export const cardEntrySchema = z.object({
  name: text,
  path: text,
  size: z.number(),
  modified: text,
  modified_timestamp: maybeTime,
  is_dir: z.boolean(),
});

/** Figures of a unit's log. */
export const logStatsSchema = z.object({
  total: z.int(),
  by_level: z.record(z.string(), z.int()),
  by_category: z.record(z.string(), z.int()),
  oldest: maybe,
  newest: maybe,
});

/** An alert rule. */
export const ruleAnswerSchema = z.object({
  id: z.int(),
  unit_id: text,
  name: text,
  metric: text,
  comparison: text,
  threshold_db: z.number(),
  duration_s: z.number(),
  clear_margin_db: z.number(),
  cooldown_s: z.number(),
  schedule_start: maybe,
  schedule_end: maybe,
  schedule_days: maybe,
  channels: text,
  recipients: maybe,
  enabled: z.boolean(),
});

/** An alert event. */
export const eventAnswerSchema = z.object({
  id: z.int(),
  rule_id: z.int().meta({ description: '0 for an event of the link, and for one whose rule is gone' }),
  unit_id: text,
  rule_name: text,
  metric: text,
  threshold_db: z.number(),
  onset_at: maybeTime,
  onset_value: z.number().nullable(),
  peak_value: z.number().nullable(),
  clear_at: maybeTime,
  status: text,
  acknowledged_at: maybeTime,
  acknowledged_by: maybe,
});
