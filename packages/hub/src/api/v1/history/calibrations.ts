import { randomUUID } from 'node:crypto';
import { toInstant } from '@slmm/shared';
import { z } from 'zod';
import { type CalibrationCheck, deviationDb } from '../../../history/annotations.ts';
import { ok, type Route, route } from '../../route.ts';
import { instant, unitPath } from '../parameters.ts';
import { problem } from '../problem.ts';
import { levelOut, maskOut, maskSchema } from './figures.ts';

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
    responses: {
      200: {
        description: 'The checks',
        schema: z.object({
          unit: z.string(),
          count: z.int(),
          checks: z.array(checkSchema.extend({ drift: z.number().nullable() })),
        }),
      },
    },
    handle: async ({ services, params: { unit } }) => {
      const checks = await services.annotations.checks(unit);
      const shown = checks.map((check, index) => ({ ...checkOut(check), drift: driftOf(check, checks.slice(0, index)) }));
      return ok({ unit, count: checks.length, checks: shown });
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
    },
    handle: async ({ services, params: { unit }, body, by }) => {
      const { from, to } = body;
      if (from !== undefined && to !== undefined && from >= to) return problem(422, 'body from: must be before to');
      const author = by?.name ?? '';
      const check: CalibrationCheck = {
        id: randomUUID(),
        unit,
        atMs: body.at,
        kind: body.kind,
        referenceDb: body.reference,
        measuredDb: body.measured,
        author,
        note: body.note ?? null,
      };
      await services.annotations.putCheck(check);
      if (from === undefined || to === undefined) return { status: 201, body: { check: checkOut(check), mask: null } };
      const mask = {
        id: randomUUID(),
        unit,
        startMs: from,
        endMs: to,
        reason: 'calibration check',
        author,
        createdMs: services.clock.nowMs(),
        withdrawnMs: null,
        withdrawnBy: null,
      };
      await services.annotations.putMask(mask);
      return { status: 201, body: { check: checkOut(check), mask: maskOut(mask) } };
    },
  }),
];

function driftOf(check: CalibrationCheck, earlier: readonly CalibrationCheck[]): number | null {
  const before = check.kind === 'after' ? earlier.findLast((one) => one.kind === 'before') : undefined;
  return before === undefined ? null : levelOut(deviationDb(check) - deviationDb(before));
}
