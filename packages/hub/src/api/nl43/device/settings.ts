import { z } from 'zod';
import { type Answer, ok, type Route, route, type RouteDefinition } from '../../route.ts';
import { fault } from '../faults.ts';
import { integerField, lengthAtMost, textField } from '../field.ts';
import { detailResponse } from '../responses.ts';
import { unitPathSchema } from '../unit-fields.ts';
import { type Device, type DeviceResult, withDevice } from './device-call.ts';
import { isLost } from './device-faults.ts';
import { runStateNow } from './questions.ts';
import { deviceResponses, messageResponses } from './responses.ts';

/** What does not fit the command is refused by the grammar of the command, as by the meter. */
const word = () => textField({ maxLength: 512 }, lengthAtMost(512));
const presetSchema = z.object({ preset: word() });
const weightingSchema = z.object({ weighting: word(), channel: word().prefault('Main') });

function setting<B extends z.ZodType>(
  name: string,
  summary: string,
  body: B,
  run: (device: Device, body: z.output<B>) => Order,
  refuse: (body: z.output<B>) => Answer | null = () => null,
  refusedStatus = 502,
): Route {
  const definition: RouteDefinition<typeof unitPathSchema, undefined, B> = {
    method: 'put',
    path: `/api/nl43/{unit_id}/${name}`,
    surface: 'nl43',
    policy: 'operate',
    summary,
    params: unitPathSchema,
    body,
    responses: { ...messageResponses, 400: detailResponse('The value is out of range') },
    handle: (call) => {
      const asked = call.body as z.output<B>;
      return withDevice(call, async (device) => {
        const refused = refuse(asked);
        if (refused !== null) return refused;
        const { done, message } = run(device, asked);
        const result = await done;
        if (result.ok) return ok({ status: 'ok', message });
        const { kind, status, detail } = result.fault;
        return fault(kind === 'refused' ? refusedStatus : status, detail);
      });
    },
  };
  return route(definition);
}

/** What is under way, and what is said when it is done. */
interface Order {
  readonly done: Promise<DeviceResult<unknown>>;
  readonly message: string;
}
const order = (done: Promise<DeviceResult<unknown>>, message: string): Order => ({ done, message });

/** What is read one after the other for `/settings`, under SLMM's names. */
const ALL: readonly (readonly [string, (device: Device) => Promise<DeviceResult<string>>])[] = [
  ['measurement_state', (device) => value(runStateNow(device), (run) => run)],
  ['frequency_weighting', (device) => value(device.ask('frequency-weighting-get', {}, 'plain'), ({ weighting }) => weighting)],
  ['time_weighting', (device) => value(device.ask('time-weighting-get', {}, 'plain'), ({ weighting }) => weighting)],
  ['measurement_time', (device) => value(device.ask('measurement-time-get', {}, 'plain'), ({ preset }) => preset)],
  ['leq_interval', (device) => value(device.ask('leq-interval-get', {}, 'plain'), ({ preset }) => preset)],
  ['lp_interval', (device) => value(device.ask('lp-interval-get', {}, 'plain'), ({ preset }) => preset)],
  ['index_number', (device) => value(device.ask('store-name-get', {}, 'plain'), ({ name }) => name)],
  ['battery_level', (device) => value(device.ask('battery-get', {}, 'plain'), ({ battery }) => battery)],
  ['clock', (device) => value(device.ask('clock-get', {}, 'plain'), ({ clock }) => clock)],
  ['sleep_mode', (device) => value(device.ask('sleep-status', {}, 'plain'), ({ on }) => (on ? 'On' : 'Off'))],
  ['ftp_status', (device) => value(device.ask('ftp-status', {}, 'plain'), ({ on }) => (on ? 'On' : 'Off'))],
];

async function value<T>(asked: Promise<DeviceResult<T>>, read: (result: T) => string): Promise<DeviceResult<string>> {
  const answer = await asked;
  return answer.ok ? { ok: true, result: read(answer.result) } : answer;
}

/** A failure stands where its value would; a meter that is lost is not asked the rest. */
async function allSettings(device: Device): Promise<Readonly<Record<string, string>>> {
  const settings: Record<string, string> = {};
  let lost: string | null = null;
  for (const [name, ask] of ALL) {
    if (lost !== null) {
      settings[name] = lost;
      continue;
    }
    const answer = await ask(device);
    settings[name] = answer.ok ? answer.result : `Error: ${answer.fault.detail}`;
    if (!answer.ok && isLost(answer.fault)) lost = settings[name];
  }
  return settings;
}

function settingsRoute(name: 'settings' | 'settings/all'): Route {
  const withUnit = name === 'settings';
  return route({
    method: 'get',
    path: `/api/nl43/{unit_id}/${name}`,
    surface: 'nl43',
    policy: 'read',
    summary: 'All settings, asked one after the other at the pace of the meter',
    params: unitPathSchema,
    responses: deviceResponses({
      ...(withUnit ? { unit_id: z.string() } : {}),
      settings: z.record(z.string(), z.string()),
    }),
    handle: (call) =>
      withDevice(call, async (device) => {
        const settings = await allSettings(device);
        return ok({ status: 'ok', ...(withUnit ? { unit_id: call.params.unit_id } : {}), settings });
      }),
  });
}

/** How a meter is set. */
export const settingRoutes: readonly Route[] = [
  settingsRoute('settings'),
  settingsRoute('settings/all'),
  setting('clock', "Sets the meter's clock (YYYY/MM/DD HH:MM:SS)", z.object({ datetime: word() }), (device, body) => {
    const clock = body.datetime.replace(',', ' ');
    return order(device.ask('clock-set', { clock }, 'plain'), `Clock set to ${body.datetime}`);
  }),
  setting('frequency-weighting', 'Sets the frequency weighting of a channel', weightingSchema, (device, { weighting, channel }) =>
    order(
      device.ask('frequency-weighting-set', { weighting, channel }, 'plain'),
      `Frequency weighting set to ${weighting} on ${channel}`,
    ),
  ),
  setting('time-weighting', 'Sets the time weighting of a channel', weightingSchema, (device, { weighting, channel }) =>
    order(device.ask('time-weighting-set', { weighting, channel }, 'plain'), `Time weighting set to ${weighting} on ${channel}`),
  ),
  setting('measurement-time', 'Sets the measurement time', presetSchema, (device, { preset }) =>
    order(device.ask('measurement-time-set', { preset }, 'plain'), `Measurement time set to ${preset}`),
  ),
  setting('leq-interval', 'Sets the Leq calculation interval', presetSchema, (device, { preset }) =>
    order(device.ask('leq-interval-set', { preset }, 'plain'), `Leq interval set to ${preset}`),
  ),
  setting('lp-interval', 'Sets the Lp store interval', presetSchema, (device, { preset }) =>
    order(device.ask('lp-interval-set', { preset }, 'plain'), `Lp interval set to ${preset}`),
  ),
  setting(
    'index-number',
    'Sets the store name',
    z.object({ index: integerField() }),
    (device, { index }) =>
      order(device.ask('store-name-set', { name: index }, 'plain'), `Index number set to ${String(index).padStart(4, '0')}`),
    ({ index }) => (index >= 0 && index <= 9999 ? null : fault(400, 'Index must be between 0000 and 9999')),
    // A refusal of the meter was a value error too, and those were 400 on this route.
    400,
  ),
];
