import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Mask } from '../../../history/annotations.ts';
import { type Answer, ok, type Person, type Route, route } from '../../route.ts';
import type { ApiServices } from '../../services.ts';
import { namePage, namePageQuery, nextMark } from '../name-page.ts';
import { instant, unitPath } from '../parameters.ts';
import { problem } from '../problem.ts';
import { CONFLICT, NOT_FOUND } from '../responses.ts';
import { maskOut, maskSchema } from './figures.ts';
import { rangeQuery } from './question.ts';

/** Most masks of one unit; a mask a day for five years is fewer. */
const MAX_MASKS = 5_000;

/** `/api/v1/units/{unit}/masks`: time that is left out of the statistics. Readings are never deleted, and a withdrawn mask stays on record. */
export const maskRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/units/{unit}/masks',
    surface: 'v1',
    policy: 'read',
    summary: 'Masks that touch a range (all of them without one), withdrawn ones too, oldest first',
    params: unitPath,
    query: rangeQuery.extend(namePageQuery),
    responses: {
      200: {
        description: 'The masks',
        schema: z.object({ unit: z.string(), count: z.int(), next: nextMark, masks: z.array(maskSchema) }),
      },
    },
    handle: async ({ services, params: { unit }, query }) => {
      const all = await services.annotations.masks(unit, query.from ?? 0, query.to ?? Number.MAX_SAFE_INTEGER);
      const { shown: masks, next } = namePage(all.map(maskOut), query, ({ from, id }) => `${from} ${id}`);
      return ok({ unit, count: masks.length, next, masks });
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/units/{unit}/masks',
    surface: 'v1',
    policy: 'operate',
    summary: 'Leaves `[from, to)` out of the statistics, with a reason',
    params: unitPath,
    body: z.object({ from: instant, to: instant, reason: z.string().trim().min(1).max(500) }),
    responses: {
      201: { description: 'The mask', schema: maskSchema },
      409: CONFLICT,
    },
    handle: async ({ services, params: { unit }, body, by }) => {
      const mask = await addMask(services, unit, body, by);
      return 'id' in mask ? { status: 201, body: maskOut(mask) } : mask;
    },
  }),
  route({
    method: 'delete',
    path: '/api/v1/units/{unit}/masks/{mask}',
    surface: 'v1',
    policy: 'operate',
    summary: 'Withdraws a mask: the time counts again, the mask stays on record',
    params: unitPath.extend({ mask: z.string().min(1).max(64) }),
    responses: { 204: { description: 'It is withdrawn' }, 404: NOT_FOUND },
    handle: async ({ services, params: { unit, mask }, by }) => {
      const withdrawn = await services.annotations.withdrawMask(unit, mask, by?.name ?? '', services.clock.nowMs());
      return withdrawn ? { status: 204, body: null } : problem(404, `Unit ${unit} has no mask ${mask} in force.`);
    },
  }),
];

/** Puts the mask on record, or answers why not. */
export async function addMask(
  { annotations, clock }: ApiServices,
  unit: string,
  { from, to, reason }: { readonly from: number; readonly to: number; readonly reason: string },
  by: Person | null,
): Promise<Mask | Answer> {
  if (from >= to) return problem(422, 'body from: must be before to');
  const known = await annotations.masks(unit, 0, Number.MAX_SAFE_INTEGER);
  if (known.length >= MAX_MASKS) return problem(409, `Unit ${unit} has ${MAX_MASKS} masks already.`);
  const mask: Mask = {
    id: randomUUID(),
    unit,
    startMs: from,
    endMs: to,
    reason,
    author: by?.name ?? '',
    createdMs: clock.nowMs(),
    withdrawnMs: null,
    withdrawnBy: null,
  };
  await annotations.putMask(mask);
  return mask;
}
