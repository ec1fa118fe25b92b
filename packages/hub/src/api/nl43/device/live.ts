import type { Frame } from '@slmm/protocol';
import { fromInstant } from '@slmm/shared';
import { z } from 'zod';
import type { UnitView } from '../../../fleet/fleet.ts';
import { ok, type Route, route } from '../../route.ts';
import type { ApiServices } from '../../services.ts';
import { levelTexts, rawPayload, rawTexts } from '../levels.ts';
import { unitPathSchema } from '../unit-fields.ts';
import { runOf, startTime } from '../unit-status.ts';
import { type Device, withDevice } from './device-call.ts';
import { answerOfFault, type DeviceFault } from './device-faults.ts';
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
    responses: deviceResponses({ data: z.record(z.string(), z.unknown()) }),
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
  if (frame !== null && services.clock.nowMs() - (fromInstant(frame.at) ?? 0) <= FRESH_MS)
    return { data: ofFrame(device.view, frame) };
  const asked = await device.ask('frame-get', {}, 'reading');
  if (!asked.ok) return { fault: asked.fault };
  const view = services.fleet.unit(config.unit) ?? device.view;
  return { data: dataOf(view, asked.result.run, rawTexts(asked.result.raw), asked.result.raw) };
}

function ofFrame(view: UnitView, frame: Frame) {
  return dataOf(view, frame.run === 'unknown' ? runOf(view) : frame.run, levelTexts(frame), rawPayload(frame));
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
