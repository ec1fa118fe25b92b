import { z } from 'zod';
import { ok, type Route, route } from '../../route.ts';
import { booleanField, lengthAtMost, textField } from '../field.ts';
import { unitPathSchema } from '../unit-fields.ts';
import { answered, CYCLE_MS, type Device, FILE_MS, withDevice } from './device-call.ts';
import { answerOfFault, type DeviceFault } from './device-faults.ts';
import { ftpFailure, newestFolder } from './files.ts';
import { deviceResponses } from './responses.ts';

const text = z.string();
const startSchema = z.object({ sync_clock: booleanField().prefault(true) });
const stopSchema = z.object({
  download: booleanField().prefault(true),
  /** Taken and not followed: a caller does not choose files on the server. */
  download_path: textField({ deprecated: true }, lengthAtMost(512)).nullish(),
});
/** Whole measurements of scheduled automation. */
export const cycleRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/api/nl43/{unit_id}/start-cycle',
    surface: 'nl43',
    policy: 'operate',
    summary: 'Clock, next free store name, start; never overwrites data on the card',
    params: unitPathSchema,
    body: startSchema,
    bodyOptional: true,
    responses: deviceResponses({
      unit_id: text,
      clock_synced: z.boolean(),
      server_time: text.nullable(),
      old_index: z.int(),
      new_index: z.int(),
      attempts_made: z.int(),
      started: z.boolean(),
    }),
    handle: (call) =>
      withDevice(call, (device) =>
        answered(device.ask('cycle-start', { sync_clock: call.body.sync_clock }, 'plain', CYCLE_MS), (done) =>
          ok({
            status: 'ok',
            unit_id: call.params.unit_id,
            clock_synced: done.clock_synced,
            server_time: done.clock,
            old_index: done.old_index,
            new_index: done.new_index,
            // SLMM counted the names from the one after the old.
            attempts_made: done.new_index > done.old_index ? done.new_index - done.old_index : done.attempts,
            started: done.started,
          }),
        ),
      ),
  }),
  route({
    method: 'post',
    path: '/api/nl43/{unit_id}/stop-cycle',
    surface: 'nl43',
    policy: 'operate',
    summary: 'Stop, FTP on, and the measured folder fetched where wanted; download_path is not followed',
    params: unitPathSchema,
    body: stopSchema,
    bodyOptional: true,
    responses: deviceResponses({
      unit_id: text,
      stopped: z.boolean(),
      ftp_enabled: z.boolean(),
      download_attempted: z.boolean(),
      download_success: z.boolean(),
      downloaded_folder: text.nullable(),
      local_path: text.nullable(),
      download_error: text.optional(),
    }),
    handle: (call) =>
      withDevice(call, async (device) => {
        // The files are asked for on their own: that they cannot be had makes no failure of a stop that went well.
        const stop = await device.ask('cycle-stop', { download: false }, 'plain', CYCLE_MS);
        if (!stop.ok) return answerOfFault(stop.fault);
        const { unit_id } = call.params;
        const { download } = call.body;
        const fetched = download ? await fetchMeasured(device, stop.result.store_name ?? null) : NOT_FETCHED;
        return ok({
          status: 'ok',
          unit_id,
          stopped: stop.result.stopped,
          ftp_enabled: stop.result.ftp_on,
          download_attempted: download,
          download_success: fetched.file !== null,
          downloaded_folder: fetched.folder,
          local_path: fetched.file === null ? null : `${unit_id}/${fetched.file}`,
          ...(fetched.error === null ? {} : { download_error: fetched.error }),
        });
      }),
  }),
];

interface Fetched {
  readonly folder: string | null;
  readonly file: string | null;
  readonly error: string | null;
}

const NOT_FETCHED: Fetched = { folder: null, file: null, error: null };

/** Brings the folder that was measured to the hub: the newest of its store name, or the newest of all where that is not known or has none. */
async function fetchMeasured(device: Device, storeName: string | null): Promise<Fetched> {
  const failed = (fault: DeviceFault, folder: string | null): Fetched => ({
    ...NOT_FETCHED,
    folder,
    error: ftpFailure(fault, 'FTP folder download failed'),
  });
  const newest = await newestFolder(
    device,
    ({ name }) => /^(?:Auto|Manual)_\d{4}$/.test(name),
    ({ name }) => storeName !== null && name.endsWith(`_${storeName}`),
  );
  if (!('folder' in newest)) return failed(newest, null);
  if (newest.folder === null) return { ...NOT_FETCHED, error: 'There is no measurement on the card' };
  const { name, path } = newest.folder;
  const done = await device.ask('folder-get', { path }, 'plain', FILE_MS);
  return done.ok ? { folder: name, file: `${name}.zip`, error: null } : failed(done.fault, name);
}
