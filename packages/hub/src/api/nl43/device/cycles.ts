import { z } from 'zod';
import { ok, type Route, route } from '../../route.ts';
import { booleanField, lengthAtMost, textField } from '../field.ts';
import { unitPathSchema } from '../unit-fields.ts';
import { answered, CYCLE_MS, withDevice } from './device-call.ts';
import { deviceResponses } from './responses.ts';

const text = z.string();
const startSchema = z.object({ sync_clock: booleanField({ default: true }).default(true) });
const stopSchema = z.object({
  download: booleanField({ default: true }).default(true),
  /** Taken and not followed: a caller does not choose files on the server. */
  download_path: textField({ deprecated: true }, lengthAtMost(512)).nullish(),
});
/** SLMM took a body of `null` for none. */
const orDefault = <S extends z.ZodType>(schema: S) => z.preprocess((body) => body ?? {}, schema);

/** Whole measurements of scheduled automation. */
export const cycleRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/api/nl43/{unit_id}/start-cycle',
    surface: 'nl43',
    policy: 'operate',
    summary: 'Clock, next free store name, start; never overwrites data on the card',
    params: unitPathSchema,
    body: orDefault(startSchema),
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
    body: orDefault(stopSchema),
    bodyOptional: true,
    responses: deviceResponses({
      unit_id: text,
      stopped: z.boolean(),
      ftp_enabled: z.boolean(),
      download_attempted: z.boolean(),
      download_success: z.boolean(),
      downloaded_folder: text.nullable(),
      local_path: text.nullable(),
    }),
    handle: (call) =>
      withDevice(call, (device) =>
        answered(
          device.ask('cycle-stop', { download: call.body.download }, 'plain', CYCLE_MS),
          ({ stopped, ftp_on, folder, file }) =>
            ok({
              status: 'ok',
              unit_id: call.params.unit_id,
              stopped,
              ftp_enabled: ftp_on,
              download_attempted: call.body.download,
              download_success: file !== null,
              downloaded_folder: folder,
              local_path: file === null ? null : `${call.params.unit_id}/${file.name}`,
            }),
        ),
      ),
  }),
];
