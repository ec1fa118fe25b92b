import { randomUUID } from 'node:crypto';
import { toInstant } from '@slmm/shared';
import { z } from 'zod';
import { type CalibrationCheck, deviationDb } from '../../../history/annotations.ts';
import { ok, type Route, route } from '../../route.ts';
import { namePage, namePageQuery, nextMark } from '../name-page.ts';
import { instant, unitPath } from '../parameters.ts';
import { problem } from '../problem.ts';
import { CONFLICT } from '../responses.ts';
import { levelOut, maskOut, maskSchema } from './figures.ts';
import { addMask } from './masks.ts';

/** Most checks of one unit; two a day for six years are fewer. */
const MAX_CHECKS = 5_000;

export const checkSchema = z.object({
  id: z.string(),
  at: z.string(),
  kind: z.enum(['before', 'after']),
  reference: z.number(),
  measured: z.number(),
  deviation: z.number().describe('Measured less reference'),
  author: z.string(),
  note: z.string().nullable(),
});

export function checkOut(check: CalibrationCheck): z.input<typeof checkSchema> {
  return {
    id: check.id,
    at: toInstant(check.atMs),
    kind: check.kind,
    reference: check.referenceDb,
    measured: check.measuredDb,
    deviation: levelOut(deviationDb(check)) ?? 0,
    author: check.author,
    note: check.note,
  };
}

const wantedLevel = z.number().min(-50).max(250);

/** `/api/v1/units/{unit}/calibrations`: checks with a sound calibrator. They are records, so they can be added and not changed. */
export const calibrationRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/units/{unit}/calibrations',
    surface: 'v1',
    policy: 'read',
    summary: 'Calibration checks, oldest first; each check after a measurement with its drift against the last one before',
    params: unitPath,
    query: z.object(namePageQuery),
    responses: {
      200: {
        description: 'The checks',
        schema: z.object({
          unit: z.string(),
          count: z.int(),
          next: nextMark,
          checks: z.array(checkSchema.extend({ drift: z.number().nullable() })),
        }),
      },
    },
    handle: async ({ services, params: { unit }, query }) => {
      const checks = await services.annotations.checks(unit);
      let before: CalibrationCheck | null = null;
      const all: (ReturnType<typeof checkOut> & { drift: number | null })[] = [];
      for (const check of checks) {
        all.push({ ...checkOut(check), drift: driftOf(check, before) });
        if (check.kind === 'before') before = check;
      }
      const { shown, next } = namePage(all, query, ({ at, id }) => `${at} ${id}`);
      return ok({ unit, count: shown.length, next, checks: shown });
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/units/{unit}/calibrations',
    surface: 'v1',
    policy: 'operate',
    summary: 'Records a check; `from` and `to`, the time the calibrator was on the microphone, are masked too',
    params: unitPath,
    body: z
      .object({
        at: instant,
        kind: z.enum(['before', 'after']),
        reference: wantedLevel,
        measured: wantedLevel,
        note: z.string().max(500).optional(),
        from: instant.optional(),
        to: instant.optional(),
      })
      .refine(({ from, to }) => (from === undefined) === (to === undefined), { error: 'from and to come together' }),
    responses: {
      201: {
        description: 'The check, and the mask that was made',
        schema: z.object({ check: checkSchema, mask: maskSchema.nullable() }),
      },
      409: CONFLICT,
    },
    handle: async ({ services, params: { unit }, body, by }) => {
      const known = await services.annotations.checks(unit);
      if (known.length >= MAX_CHECKS) return problem(409, `Unit ${unit} has ${MAX_CHECKS} calibration checks already.`);
      const { from, to } = body;
      const reason = 'calibration check';
      const mask = from === undefined || to === undefined ? null : await addMask(services, unit, { from, to, reason }, by);
      if (mask !== null && !('id' in mask)) return mask;
      const check: CalibrationCheck = {
        id: randomUUID(),
        unit,
        atMs: body.at,
        kind: body.kind,
        referenceDb: body.reference,
        measuredDb: body.measured,
        author: by?.name ?? '',
        note: body.note ?? null,
      };
      await services.annotations.putCheck(check);
      return { status: 201, body: { check: checkOut(check), mask: mask === null ? null : maskOut(mask) } };
    },
  }),
];

/** Of a check after a measurement against `before`, the last one before one; `null` of any other. */
function driftOf(check: CalibrationCheck, before: CalibrationCheck | null): number | null {
  return before === null || check.kind === 'before' ? null : levelOut(deviationDb(check) - deviationDb(before));
}
