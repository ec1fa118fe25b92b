import { toInstant } from '@slmm/shared';
import { z } from 'zod';
import { calibrationAround, type CalibrationCheck } from '../../../history/annotations.ts';
import { basisText } from '../../../history/levels/basis.ts';
import type { Headroom } from '../../../history/levels/headroom.ts';
import type { Question } from '../../../history/history.ts';
import { answerScheme, type LimitAnswer, type RatingAnswer, type WindowAnswer } from '../../../history/periods/scheme-answer.ts';
import { type DayParts, END_PARTS, generalScheme } from '../../../history/periods/shipped-schemes.ts';
import { isLocalDate, isTimeOfDay, localDateOf } from '../../../history/time/zone.ts';
import { ok, type Route, route } from '../../route.ts';
import { unitPath } from '../parameters.ts';
import { problem } from '../problem.ts';
import { NOT_FOUND } from '../responses.ts';
import { checkOut, checkSchema } from './calibrations.ts';
import { conditions, conditionsSchema, decimals, figures, figuresSchema, levelOut, windowOut, windowSchema } from './figures.ts';
import { number, percents, questionOf, questionQuery } from './question.ts';
import { schemeNamed, schemePath } from './schemes.ts';

const level = z.number().nullable();
const time = z.string().refine(isTimeOfDay, { error: 'expected a time of day like 07:00' }).optional();

const headroomSchema = z.object({ allowed: level, spent: z.number(), remaining_s: z.number() });
const limitSchema = z.object({
  of: z.string(),
  limit: z.number(),
  t: z.int().nullable(),
  mode: z.enum(['clock', 'moving']).nullable(),
  note: z.string().nullable(),
  level,
  exceeded: z.boolean().nullable().describe('From unrounded levels, overload counted; null while nothing was measured'),
  max: windowSchema.nullable().describe('The loudest window of T'),
  headroom: headroomSchema.nullable().describe('While the period runs'),
});
const partSchema = figuresSchema.extend({ penalty: z.number() });
const calibrationSchema = z.object({
  before: checkSchema.nullable(),
  after: checkSchema.nullable(),
  drift: level,
  within_limit: z.boolean().nullable(),
});
const periodSchema = figuresSchema.partial().extend({
  name: z.string(),
  kind: z.enum(['window', 'rating']),
  start: z.string(),
  end: z.string(),
  leq: level.describe('Leq of a window; of a rating the composed level, such as Lden'),
  expected_s: z.number(),
  valid_s: z.number(),
  coverage: z.number(),
  sufficient: z.boolean(),
  limits: z.array(limitSchema),
  parts: z.array(partSchema).optional(),
  calibration: calibrationSchema.describe('The checks around the period, and the drift between them'),
});

/** `/api/v1/units/{unit}/periods`. */
export const periodRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/units/{unit}/periods',
    surface: 'v1',
    policy: 'read',
    summary:
      'Lday, Levening, Lnight, Lden, Ldn of a local date, or the windows and ratings of a scheme; half-open, a night belongs to the date on which it starts',
    params: unitPath,
    query: questionQuery.extend({
      date: z.string().refine(isLocalDate, { error: 'expected a date like 2026-11-23' }).optional(),
      scheme: schemePath.shape.scheme.default('general'),
      day: time,
      evening: time,
      night: time,
      evening_penalty: number(0, 30).optional(),
      night_penalty: number(0, 30).optional(),
      n: percents('5,10,50,90,95'),
    }),
    responses: {
      200: {
        description:
          'The periods of that date. `day`, `evening`, `night` and the penalties change the scheme `general`; weights follow the hours.',
        schema: conditionsSchema.extend({
          date: z.string(),
          scheme: z.string(),
          title: z.string(),
          periods: z.array(periodSchema),
        }),
      },
      404: NOT_FOUND,
    },
    handle: async ({ services, params: { unit }, query }) => {
      const nowMs = services.clock.nowMs();
      const question = questionOf(services, unit, query);
      const date = query.date ?? localDateOf(nowMs, question.zone);
      const parts = dayPartsOf(query);
      if (parts !== null && query.scheme !== 'general')
        return problem(422, 'query scheme: hours and penalties are set for the scheme general only');
      const scheme = parts === null ? await schemeNamed(services, query.scheme) : generalScheme(parts);
      if (scheme === null) return problem(404, `There is no scheme ${query.scheme}. GET /api/v1/schemes lists them.`);
      const [{ windows, ratings, masks }, checks] = await Promise.all([
        answerScheme(services.history, question, scheme, date, nowMs),
        services.annotations.checks(unit),
      ]);
      const periods = [
        ...windows.map((window) => windowPeriod(window, question, query.n, checks)),
        ...ratings.map((rating) => ratingPeriod(rating, question, query.n, checks)),
      ];
      return ok({ ...conditions(question, masks), date, scheme: scheme.id, title: scheme.title, periods });
    },
  }),
];

interface DayPartsQuery {
  readonly day?: string | undefined;
  readonly evening?: string | undefined;
  readonly night?: string | undefined;
  readonly evening_penalty?: number | undefined;
  readonly night_penalty?: number | undefined;
}

/** `null` where nothing but the usual was asked for. */
function dayPartsOf(query: DayPartsQuery): DayParts | null {
  const { day, evening, night, evening_penalty: eveningPenaltyDb, night_penalty: nightPenaltyDb } = query;
  if ([day, evening, night, eveningPenaltyDb, nightPenaltyDb].every((one) => one === undefined)) return null;
  return {
    day: day ?? END_PARTS.day,
    evening: evening ?? END_PARTS.evening,
    night: night ?? END_PARTS.night,
    eveningPenaltyDb: eveningPenaltyDb ?? END_PARTS.eveningPenaltyDb,
    nightPenaltyDb: nightPenaltyDb ?? END_PARTS.nightPenaltyDb,
  };
}

function windowPeriod(
  window: WindowAnswer,
  question: Question,
  n: readonly number[],
  checks: readonly CalibrationCheck[],
): z.input<typeof periodSchema> {
  return {
    name: window.name,
    kind: 'window',
    ...figures(window, question, n),
    limits: window.limits.map((limit) => limitOut(limit, question)),
    calibration: calibrationOut(window, checks),
  };
}

function ratingPeriod(
  rating: RatingAnswer,
  question: Question,
  n: readonly number[],
  checks: readonly CalibrationCheck[],
): z.input<typeof periodSchema> {
  const expectedMs = rating.parts.reduce((sum, part) => sum + part.statistics.expectedMs, 0);
  const validMs = rating.parts.reduce((sum, part) => sum + part.statistics.validMs, 0);
  return {
    name: rating.name,
    kind: 'rating',
    start: toInstant(rating.startMs),
    end: toInstant(rating.endMs),
    leq: levelOut(rating.levelDb),
    expected_s: expectedMs / 1000,
    valid_s: validMs / 1000,
    coverage: expectedMs > 0 ? decimals(Math.min(1, validMs / expectedMs)) : 0,
    basis: basisText(rating.parts.reduce((bases, part) => bases | (part.rollup?.bases ?? 0), 0)),
    // A composed level is worth what its weakest part is worth.
    sufficient: rating.parts.every((part) => part.statistics.sufficient),
    limits: rating.limits.map(({ limitDb, note, exceeded }) => ({
      of: 'leq',
      limit: limitDb,
      t: null,
      mode: null,
      note,
      level: levelOut(rating.levelDb),
      exceeded,
      max: null,
      headroom: null,
    })),
    parts: rating.parts.map((part) => ({ ...figures(part, question, n), penalty: part.penaltyDb })),
    calibration: calibrationOut(rating, checks),
  };
}

function limitOut({ limit, levelDb, exceeded, loudest, headroom }: LimitAnswer, question: Question): z.input<typeof limitSchema> {
  return {
    of: limit.of,
    limit: limit.limit_db,
    t: limit.t ?? null,
    mode: limit.t === undefined ? null : (limit.mode ?? 'clock'),
    note: limit.note ?? null,
    level: levelOut(levelDb),
    exceeded,
    max: loudest === null ? null : windowOut(loudest, question),
    headroom: headroom === null ? null : headroomOut(headroom),
  };
}

function headroomOut({ allowedDb, spent, remainingMs }: Headroom): z.input<typeof headroomSchema> {
  return { allowed: levelOut(allowedDb), spent: decimals(spent), remaining_s: remainingMs / 1000 };
}

function calibrationOut(
  span: { readonly startMs: number; readonly endMs: number },
  checks: readonly CalibrationCheck[],
): z.input<typeof calibrationSchema> {
  const { before, after, driftDb, withinLimit } = calibrationAround(span, checks);
  return {
    before: before === null ? null : checkOut(before),
    after: after === null ? null : checkOut(after),
    drift: levelOut(driftDb),
    within_limit: withinLimit,
  };
}
