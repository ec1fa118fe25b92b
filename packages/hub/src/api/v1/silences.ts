import { randomUUID } from 'node:crypto';
import { idSchema } from '@slmm/protocol';
import { z } from 'zod';
import { mayDo } from '../../access/policy.ts';
import { ok, type Person, type Route, route } from '../route.ts';
import type { ApiServices } from '../services.ts';
import { silenceAnswer, silenceAnswerSchema } from './alert-schemas.ts';
import { namePage, namePageQuery, nextMark } from './name-page.ts';
import { instant } from './parameters.ts';
import { problem } from './problem.ts';
import { NOT_FOUND } from './responses.ts';

const silencePath = z.object({ silence: z.string().regex(/^[a-z0-9-]{1,64}$/) });
const LONGEST_SILENCE_MS = 366 * 86_400_000;

/** `/api/v1/silences`: when nobody is told. */
export const silenceRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/silences',
    surface: 'v1',
    policy: 'read',
    summary: 'Silences and maintenance windows: everything is recorded, nobody is told',
    query: z.object(namePageQuery),
    responses: {
      200: {
        description: 'The silences',
        schema: z.object({ count: z.int(), next: nextMark, silences: z.array(silenceAnswerSchema) }),
      },
    },
    handle: async ({ services, query, by }) => {
      const theirs = (await services.alerts.store.silences()).filter(({ unit }) => isTheirs(by, 'read', unit));
      const { shown, next } = namePage(theirs.map(silenceAnswer), query, ({ from, id }) => `${from} ${id}`);
      return ok({ count: shown.length, next, silences: shown });
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/silences',
    surface: 'v1',
    policy: 'operate',
    summary:
      'Keeps notifications of a unit, a rule or all of them back for a time; who was told of a beginning is still told of its end',
    body: z.object({
      unit: idSchema.nullable().default(null),
      rule: idSchema.nullable().default(null),
      from: instant,
      to: instant,
      reason: z.string().trim().min(1).max(200),
    }),
    unitOf: ({ body }) => body.unit,
    responses: {
      201: { description: 'The silence', schema: silenceAnswerSchema },
    },
    handle: async ({ services, body, by }) => {
      if (body.to <= body.from || body.to - body.from > LONGEST_SILENCE_MS)
        return problem(422, 'A silence ends after it begins, and lasts at most a year.');
      if (body.unit === null && by?.units !== null) return problem(403, 'You may only silence units of yours: name one.');
      const stranger = strangerIn(body, services);
      if (stranger !== null) return problem(422, `There is no ${stranger}: this would silence nothing.`);
      const silence = {
        id: randomUUID(),
        unit: body.unit,
        rule: body.rule,
        fromMs: body.from,
        toMs: body.to,
        reason: body.reason,
        by: by?.name ?? '',
      };
      await services.alerts.store.putSilence(silence);
      await services.alerts.engine.reloadReceivers();
      return { status: 201, body: silenceAnswer(silence) };
    },
  }),
  route({
    method: 'delete',
    path: '/api/v1/silences/{silence}',
    surface: 'v1',
    policy: 'operate',
    summary: 'Ends a silence; what it kept back and is still on is told now',
    params: silencePath,
    responses: { 204: { description: 'It is gone' }, 404: NOT_FOUND },
    handle: async ({ services, params, by }) => {
      const { store } = services.alerts;
      const silence = (await store.silences()).find((one) => one.id === params.silence && isTheirs(by, 'read', one.unit));
      if (silence !== undefined && !isTheirs(by, 'operate', silence.unit))
        return problem(403, 'This silence covers units that are not yours.');
      const was = silence !== undefined && (await store.deleteSilence(params.silence));
      await services.alerts.engine.reloadReceivers();
      return was ? { status: 204, body: null } : problem(404, `There is no silence ${params.silence}.`);
    },
  }),
];

/** What a silence names and nobody knows, as a mistyped id; `null` for nothing. Events of an edge carry its id in the place of the unit. */
function strangerIn(
  { unit, rule }: { readonly unit: string | null; readonly rule: string | null },
  { fleet, alerts }: ApiServices,
): string | null {
  if (unit !== null && fleet.unit(unit) === null && fleet.edge(unit) === null) return `unit or edge ${unit}`;
  return rule !== null && !alerts.engine.rules().some((one) => one.rule.id === rule) ? `rule ${rule}` : null;
}

/** Whether the caller may do this to the unit. What concerns all units is seen by everybody and changed by those who have them all. */
function isTheirs(by: Person | null, action: 'read' | 'operate', unit: string | null): boolean {
  if (by === null) return false;
  return unit === null ? action === 'read' || by.units === null : mayDo(by, action, unit);
}
