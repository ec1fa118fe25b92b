import { hostSchema, isId } from '@slmm/protocol';
import { z } from 'zod';
import { isIanaZone } from '../../history/time/zone.ts';
import { booleanField, type FieldRule, integerField, lengthAtMost, textField, valueError } from './field.ts';

// The fields of a unit's configuration as SLMM takes them, with its bounds and words. Pure.

/** What a masked password reads as; sent back, it means "as it was". */
export const MASKED = '***';

const isPort: FieldRule<number> = (port) => (port >= 1 && port <= 65_535 ? null : valueError('Port must be between 1 and 65535'));

const isPollInterval: FieldRule<number> = (seconds) =>
  seconds >= 30 && seconds <= 21_600 ? null : valueError('Poll interval must be between 30 and 21600 seconds (30s to 6 hours)');

const addressSchema = z.union([z.ipv4(), z.ipv6()]);

/** SLMM's check (an address, or letters, digits, dots and dashes), and besides what no host can be called: one that begins or ends with a dash. */
const isHost: FieldRule<string> = (host) => {
  if (addressSchema.safeParse(host).success) return null;
  if (host === '' || host.length > 253) return valueError('Invalid hostname length');
  const isName = /^[A-Za-z0-9.-]+$/.test(host) && hostSchema.safeParse(host).success;
  return isName ? null : valueError('Host must be a valid IP address or hostname');
};

/** A control character could end a line of the FTP dialogue and begin another. */
const isPrintable: FieldRule<string> = (text) =>
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f]/.test(text) ? valueError('Control characters are not allowed') : null;

const isUnitId: FieldRule<string> = (id) =>
  isId(id)
    ? null
    : valueError(
        'A unit id has 1 to 64 characters of A-Z a-z 0-9 . _ -, starts with a letter or digit, and is not "hub" or "alert"',
      );

const isAcquisition: FieldRule<string> = (mode) =>
  mode === 'dod' || mode === 'drd' ? null : valueError("Acquisition must be 'dod' or 'drd'");

const isZone: FieldRule<string> = (zone) =>
  isIanaZone(zone) ? null : valueError('Timezone must be a name of the IANA database, like Europe/Berlin');

const port = () => integerField({ minimum: 1, maximum: 65_535 }, isPort);
const pollInterval = () => integerField({ minimum: 30, maximum: 21_600 }, isPollInterval);
const host = () => textField({ maxLength: 253 }, isHost);
const credential = () => textField({ maxLength: 64 }, lengthAtMost(64), isPrintable).nullish();

/** Any unit id, in a path or a body. */
export const unitIdField = () => textField({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' }, isUnitId);

/** Beyond SLMM: the edge, how the meter is read, its zone, and whether it is watched without a break. */
const additions = {
  edge_id: unitIdField().nullish(),
  acquisition: textField({ enum: ['dod', 'drd'] }, isAcquisition).nullish(),
  timezone: textField({}, isZone).nullish(),
  monitor_enabled: booleanField().nullish(),
};

/** `POST /roster`. */
export const newUnitSchema = z.object({
  unit_id: unitIdField(),
  host: host(),
  tcp_port: port().prefault(2255),
  ftp_port: port().prefault(21),
  tcp_enabled: booleanField().prefault(true),
  ftp_enabled: booleanField().prefault(false),
  ftp_username: credential(),
  ftp_password: credential(),
  web_enabled: booleanField().prefault(false),
  poll_enabled: booleanField().prefault(true),
  poll_interval_seconds: pollInterval().prefault(60),
  ...additions,
});

/** `PUT /{unit}/config`: what is absent or null stays as it is. */
export const unitChangeSchema = z.object({
  host: host().nullish(),
  tcp_port: port().nullish(),
  ftp_port: port().nullish(),
  tcp_enabled: booleanField().nullish(),
  ftp_enabled: booleanField().nullish(),
  ftp_username: credential(),
  ftp_password: credential(),
  web_enabled: booleanField().nullish(),
  poll_enabled: booleanField().nullish(),
  poll_interval_seconds: pollInterval().nullish(),
  ...additions,
});

export type UnitChange = z.output<typeof unitChangeSchema>;

/** `{unit_id}` of a path. */
export const unitPathSchema = z.object({ unit_id: unitIdField() });
