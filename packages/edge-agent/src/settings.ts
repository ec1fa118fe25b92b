/** Settings of the edge agent (contract section 7). Neighbours: main.ts reads them, edge.ts starts by them. */
import { isId } from '@slmm/protocol';
import {
  BROKER_URL_EXPECTED,
  CONTRACT_NAMES,
  describeSettings,
  isBrokerUrl,
  LOG_LEVELS,
  readSettings,
  type SettingTable,
  type SettingValues,
} from '@slmm/shared';
import { z } from 'zod';
import { pinnedUnitsSchema } from './pinned-units.ts';

const whole = (least: number, most: number, preset: number): z.ZodType<number> => {
  const error = `expected a whole number from ${least} to ${most}`;
  return z.coerce.number({ error }).int({ error }).min(least, { error }).max(most, { error }).default(preset);
};
const optional = z
  .string({ error: 'expected a text' })
  .min(1)
  .optional()
  .transform((text) => text ?? null);

export const EDGE_SETTINGS = {
  edgeId: {
    schema: z.string({ error: 'the name of this edge, as it is enrolled at the hub' }).refine(isId, {
      error: 'an id has 1 to 64 characters of A-Z a-z 0-9 . _ -, starts with a letter or digit, and is not "hub" or "alert"',
    }),
    help: 'Name of this edge, as it is enrolled at the hub. Needed.',
  },
  mqttUrl: {
    schema: z.string({ error: 'the URL of the broker, like mqtt://hub.example:1883' }).refine(isBrokerUrl, {
      error: BROKER_URL_EXPECTED,
    }),
    help: 'URL of the MQTT 3.1.1 broker (the hub has one built in): mqtt://, mqtts://, ws:// or wss://. Needed.',
  },
  mqttUsername: { schema: optional, help: 'User name at the broker; default: the name of the edge.' },
  mqttPassword: { schema: optional, help: 'The secret that the hub showed when this edge was enrolled.', secret: true },
  uplink: {
    schema: z.enum(['live', 'economy'], { error: 'expected live or economy' }).default('live'),
    help: 'live: every frame at once. economy: batches, for lines that cost by the byte; a frame somebody watches still goes at once. Default live.',
  },
  dataDir: {
    schema: z.string().min(1).default('./data'),
    help: 'Directory for the journal and the configuration; the agent keeps to the folder edge-<id> in it. Default ./data.',
  },
  logLevel: { schema: z.enum(LOG_LEVELS).default('info'), help: `One of ${LOG_LEVELS.join(', ')}; default info.` },
  edgeJournalMb: {
    schema: whole(1, 1_000_000, 2048),
    help: 'Most megabytes the journal may have; then the oldest frames go, acknowledged ones first. Default 2048: about 14 days of eight meters at one frame a second.',
  },
  edgeJournalDays: {
    schema: whole(1, 400, 30),
    help: 'Days after which frames are dropped that no hub has acknowledged; days on which the agent did not run do not count. Default 30: a whole measurement of weeks survives without any hub.',
  },
  edgeJournalKeepHours: {
    schema: whole(0, 10_000, 24),
    help: 'Hours for which acknowledged frames stay, so that a hub restored from its backup gets them again. Default 24.',
  },
  edgeSyncMs: {
    schema: whole(1, 1000, 20),
    help: 'Least milliseconds between two syncs of the journal: frames that come closer together are gathered, synced at once and published then. What a power cut may cost, and the most that is added to the delay. More spares a flash card. Default 20.',
  },
  edgeBatchS: {
    schema: whole(1, 3600, 60),
    help: 'Seconds of frames in one batch of the economy uplink. Default 60.',
  },
  edgeBackfillRate: {
    schema: whole(10, 1_000_000, 5000),
    help: 'Most frames a second that are sent late; live ones always go first. Default 5000.',
  },
  edgeUnits: {
    schema: pinnedUnitsSchema,
    help: 'Units that this edge reads whatever the hub says, as a list in the file (or JSON): unit, host, and where they differ port (2255), acquisition (dod), poll_interval_s (0), enabled, ftp. They outrank units of the same name from the hub.',
  },
  edgeRelayCommand: {
    schema: optional,
    help: 'Program with arguments that cuts the power of a meter and gives it back, for meters whose control port has died; {unit} and {host} are replaced, no shell is used. Off unless given.',
  },
  edgeRelayUrl: {
    schema: optional.refine((url) => url === null || isBrokerUrl(url), {
      error: BROKER_URL_EXPECTED,
    }),
    help: 'URL of the broker that power relays listen to, in place of a program. Off unless given.',
  },
  edgeRelayTopic: {
    schema: optional,
    help: 'Topic that tells a relay to cut and restore power; {unit} and {host} are replaced. Needed with a relay URL.',
  },
  edgeRelayPayload: { schema: z.string().default('cycle'), help: 'What the relay is told. Default cycle.' },
  edgeRelayUsername: { schema: optional, help: 'User name at the broker of the relays.' },
  edgeRelayPassword: { schema: optional, help: 'Password at the broker of the relays.', secret: true },
  edgeRelayEveryMin: {
    schema: whole(1, 100_000, 360),
    help: 'Least minutes between two uses of the relay for one meter, also over restarts. Default 360.',
  },
  edgeRelayWhileMeasuring: {
    schema: z
      .enum(['yes', 'no'], { error: 'expected yes or no' })
      .default('no')
      .transform((word) => word === 'yes'),
    help: 'yes: the relay may be used while a measurement runs, or may run; that ends the measurement. Default no.',
  },
} as const satisfies SettingTable;

export type EdgeSettings = SettingValues<typeof EDGE_SETTINGS>;

export type EdgeSettingsResult =
  | { readonly kind: 'ok'; readonly settings: EdgeSettings }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'mistakes'; readonly mistakes: readonly string[] };

/** Reads the settings from flags, environment and file; all mistakes at once. */
export function readEdgeSettings(
  flags: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): EdgeSettingsResult {
  const ofOthers = Object.keys(environment).filter((name) => name.startsWith('SLMM_SIM_'));
  const result = readSettings(EDGE_SETTINGS, { flags, environment }, [...CONTRACT_NAMES, ...ofOthers]);
  if (result.kind === 'help')
    return {
      kind: 'help',
      text: describeSettings('slmm-edge', 'reads the meters of one site and brings every frame to the hub', EDGE_SETTINGS),
    };
  if (result.kind === 'mistakes') return result;
  const mistakes = relayMistakes(result.values);
  return mistakes.length > 0 ? { kind: 'mistakes', mistakes } : { kind: 'ok', settings: result.values };
}

function relayMistakes({ edgeRelayCommand, edgeRelayTopic, edgeRelayUrl }: EdgeSettings): readonly string[] {
  return [
    ...(edgeRelayCommand !== null && edgeRelayUrl !== null
      ? ['SLMM_EDGE_RELAY_COMMAND: a relay is switched by a program or over MQTT (SLMM_EDGE_RELAY_URL), not by both']
      : []),
    ...(edgeRelayUrl !== null && edgeRelayTopic === null
      ? ['SLMM_EDGE_RELAY_TOPIC: needed with SLMM_EDGE_RELAY_URL (the topic that the relay listens to)']
      : []),
    ...(edgeRelayTopic !== null && /[+#]/.test(edgeRelayTopic)
      ? ['SLMM_EDGE_RELAY_TOPIC: a topic without the wildcards + and # is needed']
      : []),
  ];
}
