import { z } from 'zod';
import { bucketCount, RESOLUTION_NAMES, resolutionFor, type ResolutionName } from '../../../history/levels/resolution.ts';
import { type History, type Question } from '../../../history/history.ts';
import type { Span } from '../../../history/time/spans.ts';
import { type Answer, ok, type Route, route } from '../../route.ts';
import { unitPath } from '../parameters.ts';
import { problem } from '../problem.ts';
import { bucketPages } from './bucket-pages.ts';
import { conditions, conditionsSchema, figures, figuresSchema } from './figures.ts';
import { number, percents, questionOf, questionQuery, rangeOf, rangeQuery } from './question.ts';

/** Most buckets in one answer: a day of seconds and some. */
export const MAX_BUCKETS = 90_000;
const USUAL_POINTS = 2_000;
/** Buckets that are made and written in one go. */
const MAX_AT_ONCE = 2_500;

/** `/api/v1/units/{unit}/levels` and `/percentiles`: figures per bucket, and over a whole range. */
export const levelRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/units/{unit}/levels',
    surface: 'v1',
    policy: 'read',
    summary:
      'Leq, maxima, minima and LN per bucket; every bucket that has a part in the range, whole and also when empty. `auto` takes a stored level, or with `points` the finest width that makes no more of them',
    params: unitPath,
    query: questionQuery.extend(rangeQuery.shape).extend({
      resolution: z.enum(['auto', ...RESOLUTION_NAMES]).default('auto'),
      points: number(1, MAX_BUCKETS).optional(),
      n: percents('5,10,50,90,95'),
    }),
    responses: {
      200: {
        description: 'Buckets, oldest first',
        schema: conditionsSchema.extend({ resolution: z.string(), buckets: z.array(figuresSchema) }),
      },
    },
    handle: async ({ services, params: { unit }, query }) => {
      const range = rangeOf(services, query);
      if ('refused' in range) return range.refused;
      const { startMs, endMs } = range;
      const question = questionOf(services, unit, query);
      const { points = USUAL_POINTS } = query;
      const isAsked = query.points !== undefined;
      const resolution = query.resolution === 'auto' ? resolutionFor(startMs, endMs, points, isAsked) : query.resolution;
      const count = bucketCount(startMs, endMs, resolution);
      if (count > MAX_BUCKETS)
        return problem(422, `query resolution: more than ${MAX_BUCKETS} buckets; take a coarser one, or auto`);
      if (count > MAX_AT_ONCE) return streamed(services.history, question, range, resolution, query.n);
      const { buckets, masks } = await services.history.levels(question, startMs, endMs, resolution);
      return ok({
        ...conditions(question, masks),
        resolution,
        buckets: buckets.map((bucket) => figures(bucket, question, query.n)),
      });
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/units/{unit}/percentiles',
    surface: 'v1',
    policy: 'read',
    summary: 'LN and all other figures of a whole range, as one',
    params: unitPath,
    query: questionQuery.extend(rangeQuery.shape).extend({ n: percents('5,10,50,90,95') }),
    responses: {
      200: {
        description: 'One set of figures. `sample_s`: mean length of the readings whose Leq is counted; LN depends on it.',
        schema: conditionsSchema.extend(figuresSchema.shape).extend({ sample_s: z.number().nullable() }),
      },
    },
    handle: async ({ services, params: { unit }, query }) => {
      const range = rangeOf(services, query);
      if ('refused' in range) return range.refused;
      const question = questionOf(services, unit, query);
      const { answer, masks } = await services.history.whole(question, range);
      const found = figures(answer, question, query.n);
      const sample_s = found.count > 0 ? Math.round(((found.valid_s + found.over_s) / found.count) * 1000) / 1000 : null;
      return ok({ ...conditions(question, masks), ...found, sample_s });
    },
  }),
];

/** The same answer in parts, so that a day of seconds holds nobody else up. */
async function streamed(
  history: History,
  question: Question,
  { startMs, endMs }: Span,
  resolution: ResolutionName,
  n: readonly number[],
): Promise<Answer> {
  const { masks } = await history.whole(question, { startMs, endMs });
  const head = JSON.stringify({ ...conditions(question, masks), resolution });
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(`${head.slice(0, -1)},"buckets":[`);
    let isFirst = true;
    for await (const buckets of bucketPages(history, question, { startMs, endMs }, resolution, MAX_AT_ONCE)) {
      const text = buckets.map((bucket) => JSON.stringify(figures(bucket, question, n))).join(',');
      yield Buffer.from(isFirst ? text : `,${text}`);
      isFirst = false;
    }
    yield Buffer.from(']}');
  }
  return { status: 200, contentType: 'application/json', bytes: bytes() };
}
