/**
 * What can be asked of an edge over `/hub/command`: every `op` with the shape of its arguments and of its result.
 * The edge checks arguments again against the meter's own grammar; what it does not know it answers with `unknown-op`.
 */
import { z } from 'zod';
import { runStateSchema } from './primitives.ts';
import { linkEvidenceSchema, unitInfoSchema, unitStateSchema } from './unit-state.ts';

const none = z.strictObject({});
const preset = z.strictObject({ preset: z.string() });
const timed = z.enum(['Manual', 'Auto']).default('Manual');
const channel = z.string().default('Main');
/** What a setting did: the value that was sent, and the one before as last read. */
const set = z.object({ set: z.string(), before: z.string().nullable() });
const on = z.object({ on: z.boolean() });
const path = z.strictObject({ path: z.string().max(512) });
/** A transfer whose chunks came over `/hub/file/{transfer}` before the reply. */
const transferred = z.object({
  transfer: z.string().max(64),
  name: z.string().max(255),
  size: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Paths that were left out, because the meter is still writing them. */
  growing: z.array(z.string()).optional(),
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

/** A DOD-shaped channel of results. */
const results = z.record(z.string(), z.unknown());

export const OPERATIONS = {
  // --- measurement
  'measure-start': { args: none, result: z.object({ run: runStateSchema, confirmed: z.boolean() }) },
  'measure-stop': { args: none, result: z.object({ run: runStateSchema, confirmed: z.boolean() }) },
  'measure-status': { args: none, result: z.object({ run: runStateSchema }) },
  'measure-pause': { args: none, result: z.object({ paused: z.boolean() }) },
  'measure-resume': { args: none, result: z.object({ paused: z.boolean() }) },
  'measure-pause-status': { args: none, result: z.object({ paused: z.boolean() }) },
  'measure-reset': { args: none, result: z.object({ reset: z.boolean() }) },
  'manual-store': { args: none, result: z.object({ stored: z.boolean() }) },
  /** Asks DOD now, whatever the pace; the frame also goes its usual way into journal and history. `raw` is the line. */
  'frame-get': { args: none, result: z.object({ run: runStateSchema, raw: z.string() }) },
  /** The final results of the last measurement (DLC). */
  'results-get': { args: none, result: z.object({ channels: z.array(results).optional(), raw: z.string() }) },

  // --- the meter itself
  'type-get': { args: none, result: z.object({ type: z.string() }) },
  'serial-get': { args: none, result: z.object({ serial: z.string() }) },
  'firmware-get': { args: none, result: z.object({ firmware: z.string() }) },
  'identity-get': { args: none, result: z.object({ type: z.string(), serial: z.string(), firmware: z.string() }) },
  'battery-get': { args: none, result: z.object({ battery: z.string() }) },
  /** `offset_s`: the meter's clock minus the edge's. */
  'clock-get': { args: none, result: z.object({ clock: z.string(), offset_s: z.number().nullable() }) },
  /** Only while nothing is measured. */
  'clock-set': { args: z.strictObject({ clock: z.string() }), result: set },

  // --- what is measured
  'frequency-weighting-get': {
    args: z.strictObject({ channel }),
    result: z.object({ channel: z.string(), weighting: z.string() }),
  },
  'frequency-weighting-set': { args: z.strictObject({ channel, weighting: z.string() }), result: set },
  'time-weighting-get': { args: z.strictObject({ channel }), result: z.object({ channel: z.string(), weighting: z.string() }) },
  'time-weighting-set': { args: z.strictObject({ channel, weighting: z.string() }), result: set },
  /** What LN1..LN5 mean, in percent. */
  'percentiles-get': { args: none, result: z.object({ percentiles: z.array(z.number().nullable()).length(5) }) },
  'percentile-set': { args: z.strictObject({ number: z.int().min(1).max(5), percent: z.number() }), result: set },
  'measurement-time-get': {
    args: z.strictObject({ mode: timed }),
    result: z.object({ mode: z.string().optional(), preset: z.string() }),
  },
  'measurement-time-set': { args: z.strictObject({ preset: z.string(), mode: timed }), result: set },
  'leq-interval-get': { args: none, result: z.object({ preset: z.string() }) },
  'leq-interval-set': { args: preset, result: set },
  'lp-interval-get': { args: none, result: z.object({ preset: z.string() }) },
  'lp-interval-set': { args: preset, result: set },

  // --- storing
  'store-mode-get': { args: none, result: z.object({ mode: z.string() }) },
  'store-mode-set': { args: z.strictObject({ mode: z.string() }), result: set },
  'store-name-get': { args: none, result: z.object({ name: z.string() }) },
  'store-name-set': { args: z.strictObject({ name: z.union([z.int().min(0).max(9999), z.string()]) }), result: set },
  'overwrite-get': { args: none, result: z.object({ overwrite: z.string(), exists: z.boolean() }) },
  /** As the meter says it, such as `29231MB`. */
  'sd-card-get': { args: none, result: z.object({ free: z.string() }) },
  /** Clock (unless refused by `sync_clock`), next free store name, start, confirm. Never overwrites data on the card; where nothing was started, the name is as before. */
  'cycle-start': {
    args: z.strictObject({ sync_clock: z.boolean().default(true) }),
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
  /**
   * Stop, FTP off, wait, on; then with `download` the folder that was measured as ZIP, in chunks before the reply: the newest of the store name that was
   * measured until now, or the newest of all where the meter had stopped before.
   */
  'cycle-stop': {
    args: z.strictObject({ download: z.boolean().default(true) }),
    result: z.object({
      stopped: z.boolean(),
      ftp_on: z.boolean(),
      /** Under which was measured until now; `null` where it had stopped before, or did not say. */
      store_name: z.string().nullable().optional(),
      folder: z.string().nullable(),
      file: transferred.nullable(),
    }),
  },
  /** Ends the cycle or the transfer that is under way on the unit, between two of its steps. */
  abort: { args: none, result: z.object({ aborted: z.string(), id: z.string() }) },

  // --- what else may use the meter
  'sleep-on': { args: none, result: on },
  'sleep-off': { args: none, result: on },
  'sleep-status': { args: none, result: on },
  'ftp-on': { args: none, result: on },
  'ftp-off': { args: none, result: on },
  'ftp-status': { args: none, result: on },

  // --- the slot
  /** Closes the connection and keeps away for so long (10 s unless said otherwise). */
  'slot-disconnect': {
    args: z.strictObject({ seconds: z.number().min(1).max(3600).default(10) }),
    result: z.object({ until: z.string() }),
  },
  /** Gives the slot away for so long, and for 10 s at least (so 0 is a disconnect). `released`: whether it was held before. */
  'slot-yield': { args: z.strictObject({ minutes: z.number().min(0).max(1440) }), result: z.object({ released: z.boolean() }) },
  /** Lends the slot to another program; the edge comes back by itself. */
  yield: { args: z.strictObject({ minutes: z.number().positive().max(1440) }), result: z.object({ until: z.string() }) },
  /** Leaves the meter alone until `activate`, also over restarts. */
  deactivate: { args: none, result: z.object({ active: z.boolean() }) },
  /** Takes the meter whatever stood against it by command, also from another agent. */
  activate: { args: none, result: z.object({ active: z.boolean() }) },
  /** Both of a whole edge: the command's `unit` is `null`. */
  standby: { args: none, result: z.object({ standby: z.boolean(), units: z.int() }) },
  resume: { args: none, result: z.object({ standby: z.boolean(), units: z.int() }) },

  // --- files
  'files-list': { args: path, result: z.object({ entries: z.array(cardEntrySchema).max(10_000) }) },
  'file-get': { args: path, result: transferred },
  /** The folder as a ZIP. */
  'folder-get': { args: path, result: transferred },
  /** Sends a transfer once more from there on, while the edge still has it. */
  'file-again': {
    args: z.strictObject({ transfer: z.string().regex(/^[A-Za-z0-9-]{8,64}$/), offset: z.int().min(0) }),
    result: transferred,
  },

  // --- diagnosis
  /** The newest lines of at least this level, oldest first. */
  'device-log': {
    args: z.strictObject({
      level: z.enum(['DEBUG', 'INFO', 'WARNING', 'ERROR']).default('DEBUG'),
      category: z.enum(['TCP', 'FTP', 'POLL', 'COMMAND', 'STATE', 'SYNC']).nullable().default(null),
      limit: z.int().min(1).max(300).default(100),
    }),
    result: z.object({
      lines: z.array(z.object({ at: z.string(), level: z.string(), category: z.string(), message: z.string() })).max(300),
    }),
  },
  /** The settings as last read, without asking the meter. */
  'settings-get': { args: none, result: unitInfoSchema },
  /** Asks the meter and looks at its FTP port now; with what led to the present state. */
  diagnose: {
    args: none,
    result: z.object({
      state: unitStateSchema,
      held: z.boolean(),
      /** Its answer to `Measure?`: whether, within how many ms, and in words. */
      meter: z.object({ ok: z.boolean(), ms: z.number().nullable(), detail: z.string() }),
      ftp_port: z.enum(['open', 'refused', 'silent']).nullable(),
      clock_offset_s: z.number().nullable(),
      settings: unitInfoSchema,
      evidence: linkEvidenceSchema,
      advice: z.string(),
    }),
  },
  /** Lets the edge's relay cut the meter's power for a moment. Refused where none is set up, too soon after the last time, and while measuring unless allowed. */
  'power-cycle': {
    args: z.strictObject({ while_measuring: z.boolean().default(false) }),
    result: z.object({ detail: z.string() }),
  },
} as const satisfies Readonly<Record<string, { readonly args: z.ZodType; readonly result: z.ZodType }>>;

export type OperationName = keyof typeof OPERATIONS;
export type OperationArgs<O extends OperationName> = z.input<(typeof OPERATIONS)[O]['args']>;
export type OperationResultOf<O extends OperationName> = z.output<(typeof OPERATIONS)[O]['result']>;

export function isOperation(op: string): op is OperationName {
  return Object.hasOwn(OPERATIONS, op);
}
