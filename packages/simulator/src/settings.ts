import { LOG_LEVELS, type SettingTable } from '@slmm/shared';
import { z } from 'zod';
import { METER_DEFAULTS } from './options.ts';

const whole = (least: number, greatest: number, fallback: number) =>
  z.coerce.number<string>().int().min(least).max(greatest).default(fallback);
const yesNo = (fallback: boolean) =>
  z
    .enum(['yes', 'no'])
    .default(fallback ? 'yes' : 'no')
    .transform((word) => word === 'yes');

/** Every setting of `nl43-sim`. All start with `sim`, because the hub and the edge of a demo share one environment with it. */
export const SETTINGS = {
  simCount: { flag: '--count', schema: whole(1, 1_000, 3), help: 'number of meters (3)' },
  simNamePrefix: {
    flag: '--name-prefix',
    schema: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/, 'letters, digits, dot, dash and underscore')
      .default('NL43-'),
    help: 'names are this and a number of at least two digits (NL43-)',
  },
  simHost: { flag: '--host', schema: z.string().min(1).default('127.0.0.1'), help: 'address to listen on (127.0.0.1)' },
  simPortBase: {
    flag: '--port-base',
    schema: whole(0, 64_000, 0),
    help: 'control port of the first meter, the others follow; 0 takes free ports (0)',
  },
  simFtpPortBase: {
    flag: '--ftp-port-base',
    schema: whole(0, 64_000, 0),
    help: 'FTP port of the first meter, the others follow; 0 takes free ports (0)',
  },
  simControlPort: {
    flag: '--control-port',
    schema: z.union([z.literal('off'), whole(0, 65_535, 0)]),
    help: "port of the simulator's own HTTP control; 0 takes a free one, off has none (0)",
  },
  simLevels: {
    flag: '--levels',
    schema: z.string().min(1).optional(),
    help: 'CSV file of one level per second to play instead of the built-in sound',
  },
  simSeed: { flag: '--seed', schema: whole(0, 2_147_483_647, 1), help: 'seed of the built-in sound and of random faults (1)' },
  simMeasuring: {
    flag: '--measuring',
    schema: yesNo(METER_DEFAULTS.measuring),
    help: 'yes or no: whether the meters are measuring at the start (yes)',
  },
  simLatencyMs: {
    flag: '--latency',
    schema: whole(0, 60_000, METER_DEFAULTS.latencyMs),
    help: 'milliseconds from a command to its answer (5)',
  },
  simBusy: {
    flag: '--busy',
    schema: z.enum(['timeout', 'reset']).default(METER_DEFAULTS.busy),
    help: 'what a second client meets: timeout as at a real meter, or a counted reset (timeout)',
  },
  simReset: {
    flag: '--reset',
    schema: z.enum(['accept', 'refuse']).default('accept'),
    help: "whether the command Reset exists, which is not in the maker's list (accept)",
  },
  simSpaceAfterComma: {
    flag: '--space-after-comma',
    schema: z.enum(['accept', 'refuse']).default('refuse'),
    help: 'whether `Measure, Start` is taken like `Measure,Start` (refuse)',
  },
  simClockOffsetMs: {
    flag: '--clock-offset',
    schema: whole(-86_400_000, 86_400_000, 0),
    help: "milliseconds by which the meters' wall time is ahead of UTC (0)",
  },
  simWaveMb: {
    flag: '--wave-mb',
    schema: whole(0, 4_000, METER_DEFAULTS.waveMb),
    help: 'megabytes of wave recordings on each card, in the folder of the oldest measurement (0)',
  },
  logLevel: { schema: z.enum(LOG_LEVELS).default('info'), help: `${LOG_LEVELS.join(', ')} (info)` },
} satisfies SettingTable;

/** Only what is meant for the simulator; the environment of a demo holds settings of other programs too. */
export function ownEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => name.startsWith('SLMM_SIM_') || name === 'SLMM_LOG_LEVEL'),
  );
}
