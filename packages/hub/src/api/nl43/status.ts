import { z } from 'zod';
import { type StatusNote, statusNoteSchema } from '../../fleet/status-note.ts';
import { ok, type Route, route } from '../route.ts';
import { notedStatusSchema, statusSchema } from './answers.ts';
import { fault } from './faults.ts';
import { lengthAtMost, textField } from './field.ts';
import { detailResponse, okResponse } from './responses.ts';
import { unitPathSchema } from './unit-fields.ts';
import { fullStatus, hasStatus, notedStatus, statusOfNote } from './unit-status.ts';

/** Units without configuration of which a status may be kept; SLMM kept any number, and anybody could fill its disk. */
const MAX_NOTES = 1_000;
const path = '/api/nl43/{unit_id}/status';

const word = () => textField({ maxLength: 1_000 }, lengthAtMost(1_000)).nullish();
const saidSchema = z.object({
  measurement_state: word(),
  lp: word(),
  leq: word(),
  lmax: word(),
  lmin: word(),
  lpeak: word(),
  ln1: word(),
  ln2: word(),
  battery_level: word(),
  power_source: word(),
  sd_remaining_mb: word(),
  sd_free_ratio: word(),
  raw_payload: textField({ maxLength: 10_000 }, lengthAtMost(10_000)).nullish(),
});

/** The family of `/api/nl43/{unit_id}/status`. */
export const statusRoutes: readonly Route[] = [
  route({
    method: 'get',
    path,
    surface: 'nl43',
    policy: 'read',
    summary: 'The newest frame of a unit and how it stands with the meter; ln1_percent and ln2_percent say what LN1 and LN2 are',
    params: unitPathSchema,
    responses: {
      200: okResponse('The status', { data: statusSchema }),
      404: detailResponse('Nothing is known of the unit yet'),
    },
    handle: async ({ services, params: { unit_id: unit } }) => {
      const view = services.fleet.unit(unit);
      const note = await services.statusNotes.note(unit);
      if (view !== null && (hasStatus(view) || note !== null)) return ok({ status: 'ok', data: fullStatus(view, note) });
      return note === null ? fault(404, 'No NL43 status recorded') : ok({ status: 'ok', data: statusOfNote(unit, note) });
    },
  }),
  route({
    method: 'post',
    path,
    surface: 'nl43',
    policy: 'operate',
    summary: 'Notes a status by hand; what the meter says later counts more',
    params: unitPathSchema,
    body: saidSchema,
    responses: {
      200: okResponse('The status', { data: notedStatusSchema }),
      503: detailResponse('There are too many notes of units that are not configured'),
    },
    handle: async ({ services, params: { unit_id: unit }, body }) => {
      const before = await services.statusNotes.note(unit);
      if (before === null && services.fleet.unit(unit) === null && (await services.statusNotes.count()) >= MAX_NOTES)
        return fault(503, 'Too many devices without a configuration have a status; add this one to the roster first');
      const said = Object.fromEntries(Object.entries(body).filter(([, value]) => value != null));
      const note: StatusNote = statusNoteSchema.parse({ ...before, ...said, atMs: services.clock.nowMs() });
      await services.statusNotes.putNote(unit, note);
      return ok({ status: 'ok', data: notedStatus(unit, note) });
    },
  }),
];
