/** Settings of the hub (contract section 7). Neighbours: main.ts reads them, hub.ts starts by them. */
import { resolve } from 'node:path';
import { CONTRACT_NAMES, LOG_LEVELS, readSettings, type SettingTable, type SettingValues } from '@slmm/shared';
import { z } from 'zod';

const port = (name: string, preset: number): z.ZodType<number> =>
  z.coerce
    .number({ error: `${name} is a number from 0 to 65535` })
    .int({ error: `${name} is a number from 0 to 65535` })
    .min(0, { error: `${name} is a number from 0 to 65535` })
    .max(65_535, { error: `${name} is a number from 0 to 65535` })
    .default(preset);
const host = (preset: string): z.ZodType<string> =>
  z.string({ error: 'expected a host name or an address' }).min(1).max(255).default(preset);
const optional = z
  .string({ error: 'expected a text' })
  .min(1)
  .optional()
  .transform((text) => text ?? null);

const isZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
};

export const HUB_SETTINGS = {
  httpHost: { schema: host('127.0.0.1'), help: 'Address on which REST, WebSocket and the page listen; default 127.0.0.1.' },
  httpPort: { schema: port('a port', 8100), help: 'Port for them; 0 takes any free one; default 8100.' },
  mqttHost: { schema: host('127.0.0.1'), help: 'Address on which the embedded MQTT broker listens; default 127.0.0.1.' },
  mqttPort: { schema: port('a port', 1883), help: 'Port of the embedded broker; 0 turns it off; default 1883.' },
  mqttUrl: {
    schema: optional.refine((url) => url === null || /^(mqtts?|wss?|tcp|ssl):\/\/[^\s/]+/.test(url), {
      error: 'expected a URL like mqtt://broker:1883 or mqtts://broker:8883',
    }),
    help: 'URL of an external MQTT 3.1.1 broker, used instead of the embedded one; default none.',
  },
  mqttUsername: { schema: optional, help: 'User name at the external broker.' },
  mqttPassword: { schema: optional, help: 'Password at the external broker.', secret: true },
  databaseUrl: {
    schema: optional.refine((url) => url === null || /^(file:.+|postgres(ql)?:\/\/.+)/.test(url), {
      error: 'expected file:PATH or postgresql://…',
    }),
    help: 'Where configuration and readings live: file:PATH (SQLite; the readings get a file of their own beside it) or postgresql://…; default hub.db in the data directory.',
  },
  dataDir: {
    schema: z.string().min(1).default('./data'),
    help: 'Directory for everything the hub keeps on disk; default ./data.',
  },
  logLevel: { schema: z.enum(LOG_LEVELS).default('info'), help: `One of ${LOG_LEVELS.join(', ')}; default info.` },
  auth: {
    schema: z.enum(['required', 'none'], { error: 'expected required or none' }).default('required'),
    help: 'required: nobody without a token. none: everybody may do everything; only with loopback addresses. Default required.',
  },
  authInsecure: {
    schema: z
      .enum(['yes', 'no'], { error: 'expected yes or no' })
      .default('no')
      .transform((answer) => answer === 'yes'),
    help: 'yes allows SLMM_AUTH=none on addresses that others can reach; default no.',
  },
  adminToken: {
    schema: optional,
    help: 'Token of the administrator; without it one is made at the first start and shown once. Only its hash is kept.',
    secret: true,
  },
  smtpUrl: {
    schema: optional.refine((url) => url === null || /^smtps?:\/\/[^\s/]+/.test(url), {
      error: 'expected smtp://user:password@host:587 or smtps://…',
    }),
    help: 'Mail server for e-mail notifications, such as smtp://user:password@mail.example.org:587; default none.',
    secret: true,
  },
  smtpFrom: {
    schema: z.string().min(3).max(300).default('SLMM <slmm@localhost>'),
    help: 'Sender of e-mail notifications; default SLMM <slmm@localhost>.',
  },
  webhookPrivate: {
    schema: z
      .enum(['yes', 'no'], { error: 'expected yes or no' })
      .default('no')
      .transform((answer) => answer === 'yes'),
    help: 'yes lets webhooks reach addresses of private networks, also by plain http; default no.',
  },
  timezone: {
    schema: z.string().default('UTC').refine(isZone, { error: 'expected an IANA zone like Europe/Berlin' }),
    help: 'IANA zone in which days begin, for units without one of their own; default UTC.',
  },
} as const satisfies SettingTable;

type ReadValues = SettingValues<typeof HUB_SETTINGS>;

/** What the hub is started with. `mqttPort: 'ephemeral'` (for tests) lets the embedded broker take any free port, as 0 turns it off. */
export interface HubSettings extends Omit<ReadValues, 'mqttPort'> {
  readonly mqttPort: number | 'ephemeral';
}

export type HubSettingsResult =
  | { readonly kind: 'ok'; readonly settings: HubSettings }
  | { readonly kind: 'help' }
  | { readonly kind: 'mistakes'; readonly mistakes: readonly string[] };

/** Reads the settings, and what they must keep among each other. */
export function readHubSettings(
  flags: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): HubSettingsResult {
  const result = readSettings(HUB_SETTINGS, { flags, environment }, [
    ...CONTRACT_NAMES,
    // The demo and tests hand one environment to all programs.
    ...Object.keys(environment).filter((name) => /^SLMM_(EDGE|SIM)_|^SLMM_CI$/.test(name)),
  ]);
  if (result.kind !== 'ok') return result;
  const mistakes = contradictions(result.values);
  return mistakes.length > 0 ? { kind: 'mistakes', mistakes } : { kind: 'ok', settings: result.values };
}

/** What the settings contradict each other in; empty when all is well. */
export function contradictions(settings: HubSettings): string[] {
  const mistakes: string[] = [];
  if (settings.auth === 'none' && !settings.authInsecure) {
    const reachable = [
      ['SLMM_HTTP_HOST', settings.httpHost] as const,
      ...(usesEmbeddedBroker(settings) ? [['SLMM_MQTT_HOST', settings.mqttHost] as const] : []),
    ].filter(([, address]) => !isLoopback(address));
    for (const [name, address] of reachable)
      mistakes.push(
        `SLMM_AUTH=none would let everybody in who reaches ${name}=${address}; use 127.0.0.1, or SLMM_AUTH_INSECURE=yes`,
      );
  }
  if (settings.mqttUrl === null && settings.mqttPort === 0)
    mistakes.push('SLMM_MQTT_PORT=0 turns the embedded broker off; then SLMM_MQTT_URL must name another one');
  if (settings.mqttUrl === null && (settings.mqttUsername !== null || settings.mqttPassword !== null))
    mistakes.push('SLMM_MQTT_USERNAME and SLMM_MQTT_PASSWORD belong to an external broker: set SLMM_MQTT_URL too');
  return mistakes;
}

/** An external broker, where one is named, takes the embedded one's place. */
export function usesEmbeddedBroker(settings: Pick<HubSettings, 'mqttUrl' | 'mqttPort'>): boolean {
  return settings.mqttUrl === null && settings.mqttPort !== 0;
}

/** Whether only this machine can reach the address. */
export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || address === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address);
}

/** Where the hub keeps things. With SQLite the readings have a file of their own with one writer; PostgreSQL keeps all in one database. */
export type DatabasePlaces =
  | { readonly kind: 'sqlite'; readonly configFile: string; readonly readingsFile: string }
  | { readonly kind: 'postgres'; readonly url: string };

export function databasePlaces(settings: Pick<HubSettings, 'databaseUrl' | 'dataDir'>): DatabasePlaces {
  const url = settings.databaseUrl ?? `file:${resolve(settings.dataDir, 'hub.db')}`;
  if (!url.startsWith('file:')) return { kind: 'postgres', url };
  const configFile = resolve(url.slice('file:'.length).replace(/^\/\/(?=\/)/, ''));
  const readingsFile =
    settings.databaseUrl === null
      ? resolve(settings.dataDir, 'readings.db')
      : configFile.replace(/(\.[^./\\]+)?$/, '-readings$1');
  return { kind: 'sqlite', configFile, readingsFile };
}
