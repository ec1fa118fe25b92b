import type { OperationName } from '@slmm/protocol';
import { type Answer, ok, type Route, route } from '../../route.ts';
import { unitPathSchema } from '../unit-fields.ts';
import { answered, COMMAND_MS, CONFIRMED_MS, type Device, withDevice } from './device-call.ts';
import { answerOfFault, type FaultStyle, isLost } from './device-faults.ts';
import { messageResponses } from './responses.ts';

/** Orders without a body, and what is answered when they are carried out. */
const ORDERS = [
  ['stop', 'measure-stop', 'Measurement stopped', 'masked', CONFIRMED_MS],
  ['store', 'manual-store', 'Data stored to SD card', 'masked'],
  ['pause', 'measure-pause', 'Measurement paused', 'plain'],
  ['resume', 'measure-resume', 'Measurement resumed', 'plain'],
  ['reset', 'measure-reset', 'Measurement data reset', 'plain'],
  ['sleep', 'sleep-on', 'Device entering sleep mode', 'plain'],
  ['wake', 'sleep-off', 'Device waking from sleep mode', 'plain'],
  ['ftp/enable', 'ftp-on', 'FTP enabled', { wrapped: 'Failed to enable FTP' }],
  ['ftp/disable', 'ftp-off', 'FTP disabled', { wrapped: 'Failed to disable FTP' }],
] as const satisfies readonly (readonly [string, OperationName, string, FaultStyle, number?])[];

function order(name: string, summary: string, run: (device: Device) => Promise<Answer>): Route {
  return route({
    method: 'post',
    path: `/api/nl43/{unit_id}/${name}`,
    surface: 'nl43',
    policy: 'operate',
    summary,
    params: unitPathSchema,
    responses: messageResponses,
    handle: (call) => withDevice(call, run),
  });
}

/** A meter that sleeps would not measure through: sleep mode goes off first, as SLMM did. */
async function start(device: Device): Promise<Answer> {
  const sleep = await device.ask('sleep-status', {}, 'masked');
  if (!sleep.ok && isLost(sleep.fault)) return answerOfFault(sleep.fault);
  if (sleep.ok && sleep.result.on) {
    const woken = await device.ask('sleep-off', {}, 'masked');
    if (!woken.ok) return answerOfFault(woken.fault);
  }
  return answered(device.ask('measure-start', {}, 'masked', CONFIRMED_MS), () =>
    ok({ status: 'ok', message: 'Measurement started' }),
  );
}

/** What a meter can be told to do. */
export const orderRoutes: readonly Route[] = [
  order('start', 'Starts a measurement and waits until the meter says so', start),
  ...ORDERS.map(([name, op, message, style, waitMs = COMMAND_MS]) =>
    order(name, `${message} (op ${op} of the edge)`, (device) =>
      answered(device.ask(op, {}, style, waitMs), () => ok({ status: 'ok', message })),
    ),
  ),
];
