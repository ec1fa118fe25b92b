import { z } from 'zod';
import { ok, type Route, route } from '../route.ts';
import { fault } from './faults.ts';
import { detailResponse, FORBIDDEN, INVALID, okResponse, UNAUTHENTICATED } from './responses.ts';
import { unitPathSchema } from './unit-fields.ts';
import { fullStatus, hasStatus } from './unit-status.ts';

/** The family of `/api/nl43/{unit_id}/status`. */
export const statusRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/nl43/{unit_id}/status',
    surface: 'nl43',
    policy: 'read',
    summary: 'The newest frame of a unit and how it stands with the meter',
    params: unitPathSchema,
    responses: {
      200: okResponse('The status', { data: z.record(z.string(), z.unknown()) }),
      401: UNAUTHENTICATED,
      403: FORBIDDEN,
      404: detailResponse('Nothing is known of the unit yet'),
      422: INVALID,
    },
    handle: ({ services, params }) => {
      const view = services.fleet.unit(params.unit_id);
      if (view === null || !hasStatus(view)) return fault(404, 'No NL43 status recorded');
      return ok({ status: 'ok', data: fullStatus(view) });
    },
  }),
];
