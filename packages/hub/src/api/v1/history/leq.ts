import { z } from 'zod';
import { cellCount, type LeqQuestion, movingCount } from '../../../history/history.ts';
import { headroomOf } from '../../../history/levels/headroom.ts';
import { type Answer, ok, type Route, route } from '../../route.ts';
import { instant, unitPath } from '../parameters.ts';
import { problem } from '../problem.ts';
import { conditions, conditionsSchema, decimals, figures, figuresSchema, levelOut, windowOut, windowSchema } from './figures.ts';
import { number, questionOf, questionQuery, rangeOf, rangeQuery } from './question.ts';

/** Most windows that are listed in one answer. */
const MAX_VALUES = 100_000;
/** Most cells a moving question may be made of: 37 days of seconds, which is longer than readings are kept at full rate. */
const MAX_CELLS = 3_200_000;
const DAY_S = 86_400;
const MAX_T_S = 400 * DAY_S;

/** Whole seconds. */
const seconds = (most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, { error: `expected whole seconds from 1 to ${most}` })
    .transform(Number)
    .refine((value) => value >= 1 && value <= most, { error: `expected whole seconds from 1 to ${most}` })
    .meta({ type: 'integer', minimum: 1, maximum: most });

/** `/api/v1/units/{unit}/leq` and `/headroom`. */
export const leqRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/units/{unit}/leq',
    surface: 'v1',
    policy: 'read',
    summary:
      'LAeq,T, clock-aligned (from local midnight) or moving; windows that lie in the range as a whole, and the loudest of those with enough coverage',
    params: unitPath,
    query: questionQuery.extend(rangeQuery.shape).extend({
      t: seconds(MAX_T_S).default(900),
      mode: z.enum(['clock', 'moving']).default('clock'),
      step: seconds(DAY_S).default(1),
      values: z.enum(['all', 'none']).default('all'),
    }),
    responses: {
      200: {
        description: 'The windows; `values=none` leaves only the loudest',
        schema: conditionsSchema.extend({
          t: z.int(),
          mode: z.enum(['clock', 'moving']),
          step: z.int().nullable(),
          basis: z.string().nullable().describe('Of all that was measured in the range'),
          count: z.int(),
          values: z.array(windowSchema),
          max: windowSchema.nullable(),
        }),
      },
    },
    handle: async ({ services, params: { unit }, query }) => {
      const range = rangeOf(services, query);
      if ('refused' in range) return range.refused;
      const { t, mode, step } = query;
      const question: LeqQuestion = {
        ...questionOf(services, unit, query),
        ...range,
        windowMs: t * 1000,
        stepMs: step * 1000,
        mode,
        isListed: query.values === 'all',
      };
      const refused = tooMuch(question);
      if (refused !== null) return refused;
      const { windows, count, loudest, masks } = await services.history.leq(question);
      const { answer } = await services.history.whole(question, range);
      return ok({
        ...conditions(question, masks),
        t,
        mode,
        step: mode === 'moving' ? step : null,
        basis: answer.statistics.basis,
        count,
        values: windows.map((window) => windowOut(window, question)),
        max: loudest === null ? null : windowOut(loudest, question),
      });
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/units/{unit}/headroom',
    surface: 'v1',
    policy: 'read',
    summary: 'How loud the rest of a period may be, on average, so that its Leq stays at a limit',
    params: unitPath,
    query: questionQuery.extend({ from: instant, to: instant, limit: number(-50, 250) }),
    responses: {
      200: {
        description:
          'What may still be made. `allowed` is null when the limit is spent or the period over; `spent` is the share of the energy budget.',
        schema: conditionsSchema.extend({
          limit: z.number(),
          so_far: figuresSchema,
          allowed: z.number().nullable(),
          spent: z.number(),
          remaining_s: z.number(),
        }),
      },
    },
    handle: async ({ services, params: { unit }, query }) => {
      const range = rangeOf(services, query);
      if ('refused' in range) return range.refused;
      const { startMs, endMs } = range;
      const elapsedMs = Math.min(Math.max(services.clock.nowMs() - startMs, 1), endMs - startMs);
      const question = questionOf(services, unit, query);
      const { answer, masks } = await services.history.whole(question, { startMs, endMs: startMs + elapsedMs });
      const { allowedDb, spent, remainingMs } = headroomOf(query.limit, endMs - startMs, elapsedMs, answer.statistics.leqDb);
      return ok({
        ...conditions(question, masks),
        limit: query.limit,
        so_far: figures(answer, question, []),
        allowed: levelOut(allowedDb),
        spent: decimals(spent),
        remaining_s: remainingMs / 1000,
      });
    },
  }),
];

function tooMuch(question: LeqQuestion): Answer | null {
  const { startMs, endMs, windowMs, mode, isListed } = question;
  if (mode === 'clock') {
    if (windowMs > DAY_S * 1000 && windowMs % (DAY_S * 1000) !== 0)
      return problem(422, 'query t: clock-aligned windows longer than a day are whole days, so a multiple of 86400');
    return (endMs - startMs) / windowMs > MAX_VALUES
      ? problem(422, `query t: more than ${MAX_VALUES} windows; ask for a shorter range`)
      : null;
  }
  if (isListed && movingCount(question) > MAX_VALUES)
    return problem(422, `query step: more than ${MAX_VALUES} windows; take a longer step, a shorter range, or values=none`);
  if (cellCount(question) > MAX_CELLS)
    return problem(422, 'query step: too fine for this range; take a longer step that divides t');
  return null;
}
