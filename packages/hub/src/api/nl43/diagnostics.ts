import { z } from 'zod';
import type { UnitConfig, UnitView } from '../../fleet/fleet.ts';
import type { StatusNote } from '../../fleet/status-note.ts';
import { ok, type Route, route } from '../route.ts';
import { shownConfigSchema, statusSchema } from './answers.ts';
import { type Device, deviceOf } from './device/device-call.ts';
import { awayFault } from './device/device-faults.ts';
import { naiveTime } from './naive-time.ts';
import { shownConfig } from './unit-config.ts';
import { unitPathSchema } from './unit-fields.ts';
import { fullStatus, hasStatus } from './unit-status.ts';
import { holdsSlot } from './connections.ts';

const testSchema = z.object({ status: z.enum(['pass', 'fail', 'warning', 'skip']), message: z.string() });
type Test = z.input<typeof testSchema>;
const dumpedConfigSchema = shownConfigSchema.extend({ poll_interval_seconds: z.number(), poll_enabled: z.boolean() });
const dumpedStatusSchema = statusSchema.omit({ ln1_percent: true, ln2_percent: true }).extend({ counter: z.string().nullable() });
type Overall = 'pass' | 'fail' | 'degraded';

const test = (status: Test['status'], message: string): Test => ({ status, message });

/** `GET /{unit}/diagnostics`: from the configuration to the meter's own answers, until the first failure. */
export const diagnosticRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/nl43/{unit_id}/diagnostics',
    surface: 'nl43',
    policy: 'read',
    summary: 'Tests a unit step by step, and shows what is stored of it',
    params: unitPathSchema,
    responses: {
      200: {
        description: 'The tests; also of a unit that does not exist, as in SLMM',
        schema: z.object({
          unit_id: z.string(),
          timestamp: z.string(),
          tests: z.record(z.string(), testSchema),
          overall_status: z.enum(['pass', 'fail', 'degraded']),
          database_dump: z.object({ config: dumpedConfigSchema, status_cache: dumpedStatusSchema.nullable() }).optional(),
        }),
      },
    },
    handle: async ({ services, params: { unit_id: unit }, by }) => {
      const tests: Record<string, Test> = {};
      const end = (overall: Overall, more: object = {}) =>
        ok({ unit_id: unit, timestamp: naiveTime(services.clock.nowMs()), tests, overall_status: overall, ...more });
      const view = services.fleet.unit(unit);
      if (view === null) {
        tests['config_exists'] = test('fail', 'Unit configuration not found in database');
        return end('fail');
      }
      tests['config_exists'] = test('pass', `Configuration found: ${view.config.host}:${view.config.tcpPort}`);
      if (!view.config.tcpEnabled) {
        tests['tcp_enabled'] = test('fail', 'TCP communication is disabled in configuration');
        return end('fail');
      }
      tests['tcp_enabled'] = test('pass', 'TCP communication enabled');
      const away = awayFault(view);
      if (away !== null || services.fleet.isStandby) {
        tests['tcp_connection'] = test('fail', away?.detail ?? 'SLMM is in standby');
        return end('fail');
      }
      const overall = await testMeter(deviceOf(services, view, by), tests, holdsSlot(view, false));
      if (overall !== 'pass') return end(overall);
      const now = services.fleet.unit(unit) ?? view;
      return end('pass', { database_dump: dump(now, await services.statusNotes.note(unit)) });
    },
  }),
];

/** The connection and the answers, by the same two questions that SLMM asked. */
async function testMeter(device: Device, tests: Record<string, Test>, isHeld: boolean): Promise<Overall> {
  const { host, tcpPort, ftpEnabled } = device.view.config;
  const battery = await device.ask('battery-get', {}, 'plain');
  if (!battery.ok && battery.fault.kind === 'lost' && battery.fault.detail.startsWith('Failed to connect')) {
    tests['tcp_connection'] = test('fail', `Connection error to ${host}:${tcpPort}: ${battery.fault.detail}`);
    return 'fail';
  }
  const how = isHeld ? `TCP connection alive in pool for ${host}:${tcpPort}` : `TCP connection successful to ${host}:${tcpPort}`;
  tests['tcp_connection'] = test('pass', how);
  if (!battery.ok) {
    const { kind, detail } = battery.fault;
    const isAnswer = kind === 'refused' || kind === 'garbled';
    tests['command_response'] = test(
      'fail',
      `${isAnswer ? 'Invalid response from device' : 'Device not responding to commands'}: ${detail}`,
    );
    return 'degraded';
  }
  tests['command_response'] = test('pass', `Device responds to commands (Battery: ${battery.result.battery})`);
  if (!ftpEnabled) tests['ftp_status'] = test('skip', 'FTP not enabled in configuration');
  else {
    const ftp = await device.ask('ftp-status', {}, 'plain');
    tests['ftp_status'] = ftp.ok
      ? test(ftp.result.on ? 'pass' : 'warning', `FTP server status: ${ftp.result.on ? 'On' : 'Off'}`)
      : test('warning', `Could not query FTP status: ${ftp.fault.detail}`);
  }
  return 'pass';
}

function dump(view: UnitView, note: StatusNote | null) {
  return { config: dumpedConfig(view.config), status_cache: hasStatus(view) || note !== null ? dumpedStatus(view, note) : null };
}

function dumpedConfig(config: UnitConfig) {
  const { unit_id, host, tcp_port, tcp_enabled, ftp_enabled, ftp_port, ftp_username, ftp_password, web_enabled } =
    shownConfig(config);
  return {
    unit_id,
    host,
    tcp_port,
    tcp_enabled,
    ftp_enabled,
    ftp_port,
    ftp_username,
    ftp_password,
    web_enabled,
    poll_interval_seconds: config.pollIntervalSeconds,
    poll_enabled: config.pollEnabled,
  };
}

/** Here SLMM gave times with their zone. */
function dumpedStatus(view: UnitView, note: StatusNote | null) {
  const { raw_payload, ln1_percent: _1, ln2_percent: _2, ...status } = fullStatus(view, note);
  const zoned = (at: string | null): string | null => (at === null ? null : `${at}Z`);
  return {
    ...status,
    last_seen: zoned(status.last_seen),
    measurement_start_time: zoned(status.measurement_start_time),
    counter: null,
    last_poll_attempt: zoned(status.last_poll_attempt),
    last_success: zoned(status.last_success),
    raw_payload,
  };
}
