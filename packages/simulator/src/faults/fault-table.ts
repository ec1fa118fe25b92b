/** Every fault that a meter can be given while it runs, as data: what it does and its parameters with their defaults. */
import { z } from 'zod';

const ms = (fallback: number): z.ZodDefault<z.ZodInt> => z.int().min(0).max(86_400_000).default(fallback);
/** Applied to every n-th thing. */
const every = z.int().min(1).max(1_000_000).default(1);
/** After so many times the fault is over; 0 means never. */
const times = z.int().min(0).max(1_000_000).default(0);
const share = (fallback: number): z.ZodDefault<z.ZodNumber> => z.number().min(0).max(1).default(fallback);

const fault = <const S extends z.ZodRawShape>(
  says: string,
  shape: S,
): { readonly says: string; readonly params: z.ZodObject<S, z.core.$strict> } => ({
  says,
  params: z.strictObject(shape),
});

export const FAULTS = {
  F1: fault('wedge: the control port refuses while FTP answers and measuring goes on; a power cycle cures it', {
    /** Wedges at the n-th connect from now, at once for 0. */
    afterConnects: z.int().min(0).default(0),
    /** Wedges at the n-th `FTP,On` or `FTP,Off` from now. */
    afterFtpToggles: z.int().min(0).default(0),
  }),
  F2: fault('SYNs to the control port stay unanswered, also while nobody holds the slot', {}),
  F3: fault('the slot stays taken after the client has gone', {
    /** After a FIN. */
    closeMs: ms(4_000),
    /** The connection ends in silence: no FIN is answered, and the slot is held this long. 0: not so. */
    silentMs: ms(0),
  }),
  F4: fault('prompt `$` late, doubled, missing or only ever glued to the next answer', {
    mode: z.enum(['late', 'double', 'missing', 'glued']).default('late'),
    delayMs: ms(1_500),
  }),
  F5: fault('answers cut: byte by byte, CR apart from LF, or kept back to share a segment with the next answer', {
    mode: z.enum(['bytes', 'split-crlf', 'together']).default('bytes'),
    gapMs: ms(2),
  }),
  F6: fault('answers come late, perhaps after the client has given up', {
    delayMs: ms(3_500),
    every,
    times,
  }),
  F7: fault(
    'answers get lost: whole, but for the result code, in the middle of the result code (`R+00`), or with the connection',
    {
      every,
      times,
      part: z.enum(['all', 'data-line', 'code-end', 'connection']).default('all'),
    },
  ),
  F8: fault('commands answer with these result codes instead', {
    codes: z.record(z.string().min(1).max(40), z.enum(['0001', '0002', '0003', '0004'])).default({ DRD: '0004' }),
  }),
  F9: fault('the DRD stream goes wrong', {
    mode: z.enum(['drop', 'repeat', 'stall', 'extra', 'cut', 'wrap', 'garble']).default('drop'),
    every: z.int().min(1).max(1_000_000).default(7),
    stallMs: ms(30_000),
    /** Lines after SUB for `extra`, before the cut for `cut`. */
    lines: z.int().min(0).max(1_000).default(3),
  }),
  F10: fault('DOD lines of another shape', {
    mode: z
      .enum([
        '63-fields',
        '65-fields',
        'nl42',
        'dashes',
        'blank',
        'over',
        'under',
        'loud',
        'quiet',
        'negative',
        'garbage',
        'short',
      ])
      .default('63-fields'),
    every,
    times,
  }),
  F11: fault('the clock is wrong and drifts', {
    offsetMs: z.int().min(-864_000_000).max(864_000_000).default(3_600_000),
    driftMsPerDay: z.number().min(-3_600_000).max(3_600_000).default(2_000),
    /** R+0004 to every setting of the clock. */
    refuseSet: z.boolean().default(false),
  }),
  F12: fault('the meter changes by itself: it stops, pauses, its card is full, its battery runs down, it reboots', {
    what: z.enum(['stop', 'pause', 'sd-full', 'battery', 'reboot']).default('stop'),
    battery: z
      .string()
      .regex(/^[A-Za-z]{1,16}$/)
      .default('Empty'),
    bootMs: ms(5_000),
  }),
  F13: fault('asleep: nothing answers until it wakes', { durationMs: ms(2_400_000) }),
  F14: fault('FTP trouble', {
    loginFails: z.boolean().default(false),
    /** Files of the last 31 December, listed without a year. */
    newYear: z.boolean().default(false),
    /** The data connection ends after so many bytes; 0: not so. */
    cutAfterBytes: z.int().min(0).default(0),
    /** LIST and RETR never begin. */
    hang: z.boolean().default(false),
  }),
  F15: fault('web app on: TCP control and FTP are gone', {}),
  F16: fault('half open: the connection stands, nothing comes and nothing ends', {
    /** How long the slot stays taken after the client has given up. */
    releaseMs: ms(60_000),
  }),
  F17: fault('a poor link', {
    minMs: ms(100),
    maxMs: ms(600),
    spikeMs: ms(3_000),
    spikeShare: share(0.02),
    lossShare: share(0.01),
  }),
  F18: fault('store names are used up', {
    storeName: z
      .string()
      .regex(/^\d{4}$/)
      .default('9999'),
    /** Names that `Overwrite?` calls `Exist`, or all of them. */
    existing: z.union([z.literal('all'), z.array(z.string().regex(/^\d{4}$/)).max(10_000)]).default('all'),
  }),
  F19: fault('Echo is on, whatever the client sets', {}),
  F20: fault('`Measure?` answers something else', {
    text: z
      .string()
      .regex(/^[\x20-\x7e]{0,40}$/)
      .default('M?as~'),
    every,
    times,
  }),
} as const;

export type FaultId = keyof typeof FAULTS;
export type FaultParams<K extends FaultId> = z.output<(typeof FAULTS)[K]['params']>;

export const FAULT_IDS = Object.keys(FAULTS) as readonly FaultId[];

export function isFaultId(text: string): text is FaultId {
  return Object.hasOwn(FAULTS, text);
}
