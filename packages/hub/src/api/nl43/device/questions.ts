import type { OperationArgs, OperationName, OperationResultOf } from '@slmm/protocol';
import { z } from 'zod';
import { ok, type Route, route } from '../../route.ts';
import { lengthAtMost, textField } from '../field.ts';
import { unitPathSchema } from '../unit-fields.ts';
import { answered, type Device, type DeviceResult, withDevice } from './device-call.ts';
import type { FaultStyle } from './device-faults.ts';
import { deviceResponses } from './responses.ts';

const text = z.string();
const channelQuery = z.object({ channel: textField({ maxLength: 512 }, lengthAtMost(512)).prefault('Main') });

/** A route that asks the meter one thing. */
function question<O extends OperationName>(
  name: string,
  summary: string,
  op: O,
  args: OperationArgs<O>,
  shape: z.ZodRawShape,
  body: (result: OperationResultOf<O>, deviceKey: string) => object,
  style: FaultStyle = 'plain',
): Route {
  return route({
    method: 'get',
    path: `/api/nl43/{unit_id}/${name}`,
    surface: 'nl43',
    policy: 'read',
    summary,
    params: unitPathSchema,
    responses: deviceResponses(shape),
    handle: (call) =>
      withDevice(call, (device) =>
        answered(device.ask(op, args, style), (result) => {
          const { host, tcpPort } = device.view.config;
          return ok({ status: 'ok', ...body(result, `${host}:${tcpPort}`) });
        }),
      ),
  });
}

function weighting(kind: 'frequency' | 'time'): Route {
  const key = `${kind}_weighting`;
  return route({
    method: 'get',
    path: `/api/nl43/{unit_id}/${kind}-weighting`,
    surface: 'nl43',
    policy: 'read',
    summary: `The ${kind} weighting of a channel`,
    params: unitPathSchema,
    query: channelQuery,
    responses: deviceResponses({ [key]: text, channel: text }),
    handle: (call) =>
      withDevice(call, (device) =>
        answered(device.ask(`${kind}-weighting-get`, { channel: call.query.channel }, 'plain'), ({ channel, weighting: value }) =>
          ok({ status: 'ok', [key]: value, channel }),
        ),
      ),
  });
}

/** Whether the meter measures, as it says itself. What it says and nobody understands is `unknown` (SLMM passed the characters on). */
export async function runStateNow(device: Device): Promise<DeviceResult<'Start' | 'Stop' | 'unknown'>> {
  const asked = await device.ask('measure-status', {}, 'plain');
  if (asked.ok) return { ok: true, result: asked.result.run };
  const { kind, detail } = asked.fault;
  return kind === 'garbled' && detail.includes('expected Start or Stop') ? { ok: true, result: 'unknown' } : asked;
}

const onOff = (on: boolean): string => (on ? 'On' : 'Off');

/** What a meter can be asked. */
export const questionRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/nl43/{unit_id}/measurement-state',
    surface: 'nl43',
    policy: 'read',
    summary: 'Whether the meter measures',
    params: unitPathSchema,
    responses: deviceResponses({ measurement_state: text, is_measuring: z.boolean() }),
    handle: (call) =>
      withDevice(call, (device) =>
        answered(runStateNow(device), (run) => ok({ status: 'ok', measurement_state: run, is_measuring: run === 'Start' })),
      ),
  }),
  question('sleep/status', 'Whether sleep mode is on', 'sleep-status', {}, { sleep_status: text }, ({ on }) => ({
    sleep_status: onOff(on),
  })),
  question('battery', 'The battery level', 'battery-get', {}, { battery_level: text }, ({ battery }) => ({
    battery_level: battery,
  })),
  question('clock', "The meter's clock", 'clock-get', {}, { clock: text }, ({ clock }) => ({ clock })),
  weighting('frequency'),
  weighting('time'),
  question(
    'results',
    'The results of the last measurement',
    'results-get',
    {},
    { data: z.object({ raw_data: text, device_key: text }) },
    ({ raw }, deviceKey) => ({ data: { raw_data: raw, device_key: deviceKey } }),
    'masked',
  ),
  question(
    'ftp/status',
    'Whether the FTP server of the meter is on',
    'ftp-status',
    {},
    { ftp_enabled: z.boolean(), ftp_status: text },
    ({ on }) => ({ ftp_enabled: on, ftp_status: onOff(on) }),
    { wrapped: 'Failed to get FTP status' },
  ),
  question('measurement-time', 'The measurement time', 'measurement-time-get', {}, { measurement_time: text }, ({ preset }) => ({
    measurement_time: preset,
  })),
  question('leq-interval', 'The Leq calculation interval', 'leq-interval-get', {}, { leq_interval: text }, ({ preset }) => ({
    leq_interval: preset,
  })),
  question('lp-interval', 'The Lp store interval', 'lp-interval-get', {}, { lp_interval: text }, ({ preset }) => ({
    lp_interval: preset,
  })),
  question('index-number', 'The store name', 'store-name-get', {}, { index_number: text }, ({ name }) => ({
    index_number: name,
  })),
  question(
    'overwrite-check',
    'Whether storing would overwrite data',
    'overwrite-get',
    {},
    { overwrite_status: text, will_overwrite: z.boolean(), safe_to_store: z.boolean() },
    ({ overwrite, exists }) => ({ overwrite_status: overwrite, will_overwrite: exists, safe_to_store: !exists }),
  ),
];
