/**
 * What can be asked of an edge over `/hub/command`: every `op` with the shape of its arguments and of its result.
 * The edge checks arguments again against the meter's own grammar; what it does not know it answers with `unknown-op`.
 */
import { z } from 'zod';
import { runStateSchema } from './primitives.ts';

const none = z.strictObject({});
const preset = z.strictObject({ preset: z.string() });
const channel = z.string().default('Main');
const set = z.object({ set: z.string(), before: z.string().nullable() });
const on = z.object({ on: z.boolean() });
const transferred = z.object({
  /** Name of the transfer whose chunks came over `/hub/file/{transfer}` before this reply. */
  transfer: z.string().max(64),
  name: z.string().max(255),
  size: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** One entry of a folder on the meter's card. `modified` is the text of the listing; `modified_at` what it means, UTC, where the year is known. */
export const cardEntrySchema = z.object({
  name: z.string().max(255),
  path: z.string().max(512),
  size: z.number().min(0),
  modified: z.string().max(64),
  modified_at: z.string().max(32).nullable(),
  is_dir: z.boolean(),
});
export type CardEntry = z.infer<typeof cardEntrySchema>;

export const OPERATIONS = {
  'measure-start': { args: none, result: z.object({ run: runStateSchema, confirmed: z.boolean() }) },
  'measure-stop': { args: none, result: z.object({ run: runStateSchema, confirmed: z.boolean() }) },
  'measure-status': { args: none, result: z.object({ run: runStateSchema }) },
  'measure-pause': { args: none, result: z.object({ paused: z.boolean() }) },
  'measure-resume': { args: none, result: z.object({ paused: z.boolean() }) },
  'measure-reset': { args: none, result: z.object({ reset: z.boolean() }) },
  'manual-store': { args: none, result: z.object({ stored: z.boolean() }) },
  /** Asks DOD now, whatever the pace; the frame also goes its usual way into journal and history. `raw` is the line. */
  'frame-get': { args: none, result: z.object({ run: runStateSchema, raw: z.string() }) },
  'results-get': { args: none, result: z.object({ raw: z.string() }) },
  'battery-get': { args: none, result: z.object({ battery: z.string() }) },
  'clock-get': { args: none, result: z.object({ clock: z.string(), offset_s: z.number().nullable() }) },
  'clock-set': { args: z.strictObject({ clock: z.string() }), result: set },
  'frequency-weighting-get': {
    args: z.strictObject({ channel }),
    result: z.object({ channel: z.string(), weighting: z.string() }),
  },
  'frequency-weighting-set': { args: z.strictObject({ channel, weighting: z.string() }), result: set },
  'time-weighting-get': { args: z.strictObject({ channel }), result: z.object({ channel: z.string(), weighting: z.string() }) },
  'time-weighting-set': { args: z.strictObject({ channel, weighting: z.string() }), result: set },
  'measurement-time-get': { args: none, result: z.object({ preset: z.string() }) },
  'measurement-time-set': { args: preset, result: set },
  'leq-interval-get': { args: none, result: z.object({ preset: z.string() }) },
  'leq-interval-set': { args: preset, result: set },
  'lp-interval-get': { args: none, result: z.object({ preset: z.string() }) },
  'lp-interval-set': { args: preset, result: set },
  'store-name-get': { args: none, result: z.object({ name: z.string() }) },
  'store-name-set': { args: z.strictObject({ name: z.int().min(0).max(9999) }), result: set },
  'overwrite-get': { args: none, result: z.object({ overwrite: z.string(), exists: z.boolean() }) },
  'sleep-on': { args: none, result: on },
  'sleep-off': { args: none, result: on },
  'sleep-status': { args: none, result: on },
  'ftp-on': { args: none, result: on },
  'ftp-off': { args: none, result: on },
  'ftp-status': { args: none, result: on },
  /** Clock (unless refused by `sync_clock`), next free store name, start, confirm. Never overwrites data on the card. */
  'cycle-start': {
    args: z.strictObject({ sync_clock: z.boolean() }),
    result: z.object({
      clock_synced: z.boolean(),
      /** The clock as it was set, in the meter's form; `null` when it was not. */
      clock: z.string().nullable(),
      old_index: z.int(),
      new_index: z.int(),
      attempts: z.int(),
      started: z.boolean(),
    }),
  },
  /** Stop, FTP off, wait, on; then with `download` the newest folder as ZIP, in chunks before the reply. */
  'cycle-stop': {
    args: z.strictObject({ download: z.boolean() }),
    result: z.object({
      stopped: z.boolean(),
      ftp_on: z.boolean(),
      folder: z.string().nullable(),
      file: transferred.nullable(),
    }),
  },
  'files-list': {
    args: z.strictObject({ path: z.string().max(512) }),
    result: z.object({ entries: z.array(cardEntrySchema).max(10_000) }),
  },
  'file-get': { args: z.strictObject({ path: z.string().max(512) }), result: transferred },
  /** The folder as a ZIP. */
  'folder-get': { args: z.strictObject({ path: z.string().max(512) }), result: transferred },
  /** Gives the slot away for so long, or until the next command wants it (0). `released`: whether a connection was open. */
  'slot-yield': { args: z.strictObject({ minutes: z.number().min(0).max(1440) }), result: z.object({ released: z.boolean() }) },
} as const satisfies Readonly<Record<string, { readonly args: z.ZodType; readonly result: z.ZodType }>>;

export type OperationName = keyof typeof OPERATIONS;
export type OperationArgs<O extends OperationName> = z.input<(typeof OPERATIONS)[O]['args']>;
export type OperationResultOf<O extends OperationName> = z.output<(typeof OPERATIONS)[O]['result']>;
