import { gapCauseSchema } from '@slmm/protocol';
import { z } from 'zod';
import { dayBounds, localDateOf } from '../../history/time/zone.ts';
import { ok, type Route, route } from '../route.ts';
import { coverageFiguresSchema } from './frame-schemas.ts';
import { instant, unitPath } from './parameters.ts';
import { problem } from './problem.ts';

const MAX_RANGE_MS = 400 * 86_400_000;

/** `/api/v1/units/{unit}/coverage`: how much of what should be there is there, and what is missing why. */
export const coverageRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/units/{unit}/coverage',
    surface: 'v1',
    policy: 'read',
    summary: 'Frames expected, received live, received late and lost; without a range since local midnight',
    params: unitPath,
    query: z.object({ from: instant.optional(), to: instant.optional() }),
    responses: {
      200: {
        description: 'The figures and every gap',
        schema: coverageFiguresSchema.extend({
          unit: z.string(),
          expected_from: z.string().nullable(),
          gaps: z.array(z.object({ from: z.string(), to: z.string(), frames: z.int(), cause: gapCauseSchema })),
        }),
      },
    },
    handle: async ({ services, params: { unit }, query }) => {
      const toMs = query.to ?? services.clock.nowMs();
      const zone = services.fleet.unit(unit)?.config.timezone ?? services.timezone;
      const fromMs = query.from ?? dayBounds(localDateOf(toMs, zone), zone).startMs;
      if (fromMs > toMs) return problem(422, 'query from: must be before to');
      if (toMs - fromMs > MAX_RANGE_MS) return problem(422, 'query from: a range of at most 400 days is possible');
      return ok(await services.coverage(unit, fromMs, toMs));
    },
  }),
];
