/** Settings of the hub (contract section 7). Neighbours: main.ts reads them, hub.ts starts by them. */
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import {
  BROKER_URL_EXPECTED,
  CONTRACT_NAMES,
  isBrokerUrl,
  LOG_LEVELS,
  readSettings,
  type SettingTable,
  type SettingValues,
} from '@slmm/shared';
import { z } from 'zod';
import { DEFAULT_RETENTION, type Retention } from './history/history-store.ts';
import { isIanaZone } from './history/time/zone.ts';

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

const MAX_DAYS = 36_500;
/** 0 in the setting is for ever, which is `null` in a retention. */
const days = (name: string, preset: number | null | undefined) =>
  z.coerce
    .number({ error: `${name} is a whole number of days` })
    .int({ error: `${name} is a whole number of days` })
    .min(0, { error: `${name} is 0 or more` })
    .max(MAX_DAYS, { error: `${name} is at most ${MAX_DAYS}` })
    .default(preset ?? 0);

const yesOrNo = z
  .enum(['yes', 'no'], { error: 'expected yes or no' })
  .default('no')
  .transform((answer) => answer === 'yes');

/** An IP address, or one with the length of its prefix. */
function isAddressOrNetwork(entry: string): boolean {
  const [address = '', prefix, more] = entry.split('/');
  const bits = isIP(address) === 6 ? 128 : isIP(address) === 4 ? 32 : -1;
  return bits > 0 && more === undefined && (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits));
}

export const HUB_SETTINGS = {
  httpHost: { schema: host('127.0.0.1'), help: 'Address on which REST, WebSocket and the page listen; default 127.0.0.1.' },
  httpPort: { schema: port('a port', 8100), help: 'Port for them; 0 takes any free one; default 8100.' },
  mqttHost: { schema: host('127.0.0.1'), help: 'Address on which the embedded MQTT broker listens; default 127.0.0.1.' },
  mqttPort: { schema: port('a port', 1883), help: 'Port of the embedded broker; 0 turns it off; default 1883.' },
  httpTlsCert: {
    schema: optional,
    help: 'PEM file of a certificate (with those between it and its root): the HTTP port then speaks https; default none. Read again when it was renewed.',
  },
  httpTlsKey: { schema: optional, help: 'PEM file of its key.' },
  mqttTlsCert: {
    schema: optional,
    help: 'The same for the embedded broker, whose port then speaks mqtts; default none.',
  },
  mqttTlsKey: { schema: optional, help: 'PEM file of its key.' },
  mqttUrl: {
    schema: optional.refine((url) => url === null || isBrokerUrl(url), { error: BROKER_URL_EXPECTED }),
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
    schema: yesOrNo,
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
  publicUrl: {
    schema: optional
      .refine((url) => url === null || /^https?:\/\/[^\s/]/.test(url), {
        error: 'expected an address like https://slmm.example.org',
      })
      .transform((url) => url?.replace(/\/+$/, '') ?? null),
    help: 'Address under which people reach the page, such as https://slmm.example.org: links in notifications begin with it; default none, then there are no links.',
  },
  webhookPrivate: {
    schema: yesOrNo,
    help: 'yes lets webhooks reach addresses of private networks, also by plain http; default no.',
  },
  trustedAddresses: {
    schema: z
      .string({ error: 'expected addresses separated by commas' })
      .default('')
      .transform((text) => text.split(/[\s,]+/).filter((entry) => entry !== ''))
      .refine((entries) => entries.every(isAddressOrNetwork), {
        error: 'expected addresses or networks like 10.0.0.5,192.168.7.0/24 (no names)',
      }),
    help: "Addresses or networks, separated by commas, that are operators on SLMM's own surface (/api/nl43 and its WebSockets) without a token, such as the machine of Terra-View; default none. X-Forwarded-For is not looked at: behind a proxy this would trust everybody who reaches the proxy.",
  },
  compatTimes: {
    schema: z.enum(['naive', 'z'], { error: 'expected naive or z' }).default('naive'),
    help: "Form of times on SLMM's own surface: naive is UTC without saying so, as SLMM 0.4.0 gave them; z adds the Z. Default naive.",
  },
  timezone: {
    schema: z.string().default('UTC').refine(isIanaZone, { error: 'expected an IANA zone like Europe/Berlin' }),
    help: 'IANA zone in which days begin, for units without one of their own; default UTC.',
  },
  keepReadingsDays: {
    schema: days('keep-readings-days', DEFAULT_RETENTION.readings),
    help: 'Days for which every reading is kept, counted from when it was stored; 0 for ever; default 30.',
  },
  keepMinutesDays: {
    schema: days('keep-minutes-days', DEFAULT_RETENTION.levels['1m']),
    help: 'Days for which levels per minute are kept; 0 for ever; default 1825.',
  },
  keepHoursDays: {
    schema: days('keep-hours-days', DEFAULT_RETENTION.levels['1h']),
    help: 'Days for which levels per quarter-hour and per hour are kept; 0 for ever; default 0.',
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
  const result = readSettings(HUB_SETTINGS, { flags, environment }, foreignNames(environment));
  if (result.kind !== 'ok') return result;
  const mistakes = contradictions(result.values);
  return mistakes.length > 0 ? { kind: 'mistakes', mistakes } : { kind: 'ok', settings: result.values };
}

/** Names that are other programs' business: the demo and tests hand one environment to all of them. */
export function foreignNames(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  return [...CONTRACT_NAMES, ...Object.keys(environment).filter((name) => /^SLMM_(EDGE|SIM)_|^SLMM_CI$/.test(name))];
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
  const shorter = ({ keepReadingsDays, keepMinutesDays, keepHoursDays }: HubSettings): boolean =>
    endless(keepMinutesDays) < endless(keepReadingsDays) || endless(keepHoursDays) < endless(keepMinutesDays);
  if (shorter(settings))
    mistakes.push(
      'SLMM_KEEP_READINGS_DAYS, SLMM_KEEP_MINUTES_DAYS and SLMM_KEEP_HOURS_DAYS must not get shorter from one to the next (0 is for ever)',
    );
  for (const [name, cert, key] of [
    ['SLMM_HTTP_TLS', settings.httpTlsCert, settings.httpTlsKey],
    ['SLMM_MQTT_TLS', settings.mqttTlsCert, settings.mqttTlsKey],
  ] as const)
    if ((cert === null) !== (key === null)) mistakes.push(`${name}_CERT and ${name}_KEY go together: set both or none`);
  if (settings.mqttTlsCert !== null && !usesEmbeddedBroker(settings))
    mistakes.push('SLMM_MQTT_TLS_CERT belongs to the embedded broker: leave it out, or leave SLMM_MQTT_URL out');
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

/** How long each tier is kept. Quarter-hours go with the hours, which are made of them. */
export function retentionOf(settings: Pick<HubSettings, 'keepReadingsDays' | 'keepMinutesDays' | 'keepHoursDays'>): Retention {
  const kept = (count: number): number | null => (count === 0 ? null : count);
  const hours = kept(settings.keepHoursDays);
  return {
    readings: kept(settings.keepReadingsDays),
    levels: { '1m': kept(settings.keepMinutesDays), '15m': hours, '1h': hours },
  };
}

const endless = (count: number): number => (count === 0 ? Infinity : count);
