import type { ReadingsPage, StoredFrame } from '@slmm/protocol';
import { z } from 'zod';
import type { Reading } from '../../history/reading-store.ts';
import { liveFrame } from '../../live/live-dialect.ts';
import { type Answer, ok, type Route, route } from '../route.ts';
import { storedFrameSchema } from './frame-schemas.ts';
import { readPageMark, writePageMark } from './page-mark.ts';
import { instant, pageLimit, unitPath } from './parameters.ts';
import { problem } from './problem.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** `/api/v1/units/{unit}/readings`. A unit that was removed keeps its history, so an unknown unit is an empty list and no error. */
export const readingRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/units/{unit}/readings',
    surface: 'v1',
    policy: 'read',
    summary: 'Stored frames, oldest first; without a range those of the last hour',
    params: unitPath,
    query: z.object({
      from: instant.optional(),
      to: instant.optional(),
      limit: pageLimit(1_000, 10_000),
      next: z.string().max(1_000).optional(),
    }),
    responses: {
      200: {
        description: 'A page of frames',
        schema: z.object({ unit: z.string(), count: z.int(), next: z.string().nullable(), readings: z.array(storedFrameSchema) }),
      },
    },
    handle: async ({ services, params: { unit }, query }): Promise<Answer> => {
      const mark = query.next === undefined ? undefined : readPageMark(query.next);
      if (mark === null || (mark !== undefined && mark.unit !== unit)) {
        return problem(422, 'query next: take it from the answer before, for the same unit');
      }
      const toMs = mark?.toMs ?? query.to ?? services.clock.nowMs() + MINUTE_MS;
      const fromMs = mark?.fromMs ?? query.from ?? toMs - HOUR_MS;
      if (fromMs >= toMs) return problem(422, 'query from: must be before to');
      const { limit } = query;
      const page = await services.readings.readings({
        unit,
        fromMs,
        toMs,
        limit,
        ...(mark === undefined ? {} : { after: mark.after }),
      });
      const next = page.next === null ? null : writePageMark({ unit, fromMs, toMs, after: page.next });
      return ok({ unit, count: page.readings.length, next, readings: page.readings.map(storedFrame) } satisfies ReadingsPage);
    },
  }),
];

function storedFrame({ frame, late, imported }: Reading): StoredFrame {
  const shown = liveFrame(frame);
  if (imported !== true) return { ...shown, src: frame.src, late };
  return { ...shown, interval: shown.interval === null ? null : { ...shown.interval, basis: 'import' }, src: 'import', late };
}
