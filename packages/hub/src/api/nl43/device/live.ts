import { fromInstant } from '@slmm/shared';
import type { UnitView } from '../../../fleet/fleet.ts';
import { ok, type Route, route } from '../../route.ts';
import type { ApiServices } from '../../services.ts';
import { liveSchema } from '../answers.ts';
import { levelTexts, rawPayload, rawTexts } from '../levels.ts';
import { unitPathSchema } from '../unit-fields.ts';
import { runOf, startTime } from '../unit-status.ts';
import { type Device, withDevice } from './device-call.ts';
import { answerOfFault, type DeviceFault } from './device-faults.ts';
import { runStateNow } from './questions.ts';
import { deviceResponses } from './responses.ts';

/** A frame no older than this is live: two of the meter's own steps. */
const FRESH_MS = 2_500;

/** `GET /{unit}/live`: a reading of now. A meter that is read every second anyway is not asked a second time; any other is asked, and its fault told. */
export const liveRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/nl43/{unit_id}/live',
    surface: 'nl43',
    policy: 'read',
    summary: 'A reading of now',
    params: unitPathSchema,
    responses: deviceResponses({ data: liveSchema }),
    handle: (call) =>
      withDevice(call, async (device) => {
        const read = await readNow(call.services, device);
        return 'fault' in read ? answerOfFault(read.fault) : ok({ status: 'ok', data: read.data });
      }),
  }),
];

type Read = { readonly data: Readonly<Record<string, unknown>> } | { readonly fault: DeviceFault };

async function readNow(services: ApiServices, device: Device): Promise<Read> {
  const { config, frame } = device.view;
  if (frame !== null && services.clock.nowMs() - (fromInstant(frame.at) ?? 0) <= FRESH_MS) {
    const run = await runOr(device, frame.run === 'unknown' ? runOf(device.view) : frame.run);
    return { data: dataOf(device.view, run, levelTexts(frame), rawPayload(frame)) };
  }
  const asked = await device.ask('frame-get', {}, 'reading');
  if (!asked.ok) return { fault: asked.fault };
  const run = await runOr(device, asked.result.run);
  const view = services.fleet.unit(config.unit) ?? device.view;
  return { data: dataOf(view, run, rawTexts(asked.result.raw), asked.result.raw) };
}

/** A meter that was asked for the first time a moment ago has said levels and not yet whether it measures. */
async function runOr(device: Device, known: string): Promise<string> {
  if (known !== 'unknown') return known;
  const asked = await runStateNow(device);
  return asked.ok ? asked.result : known;
}

function dataOf(view: UnitView, run: string, levels: ReturnType<typeof levelTexts>, raw: string) {
  return {
    unit_id: view.config.unit,
    measurement_state: run,
    counter: null,
    ...levels,
    battery_level: null,
    power_source: null,
    sd_remaining_mb: null,
    sd_free_ratio: null,
    raw_payload: raw,
    measurement_start_time: run === 'Start' ? startTime(view) : null,
  };
}
