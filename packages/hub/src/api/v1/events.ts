import { z } from 'zod';
import { idSchema } from '@slmm/protocol';
import { mayDo } from '../../access/policy.ts';
import type { NumberedEvent } from '../../alerts/alert-store.ts';
import { ok, type Person, type Route, route } from '../route.ts';
import type { ApiServices } from '../services.ts';
import { eventAnswer, eventAnswerSchema, notificationAnswer, notificationAnswerSchema } from './alert-schemas.ts';
import { pageOf } from './list-mark.ts';
import { instant, listMark, pageLimit } from './parameters.ts';
import { problem } from './problem.ts';
import { NOT_FOUND } from './responses.ts';

const eventPath = z.object({ event: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, { error: 'this is no event id' }) });
const comment = z.string().trim().min(1).max(1000);
const answered = { description: 'The event', schema: eventAnswerSchema };

/** `/api/v1/events`: what happened, and what people said to it. */
export const eventRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/events',
    surface: 'v1',
    policy: 'read',
    summary: 'Events that were on between `from` and `to`, newest onset first',
    query: z.object({
      unit: idSchema.optional(),
      from: instant.optional(),
      to: instant.optional(),
      status: z.enum(['active', 'cleared', 'superseded']).optional(),
      limit: pageLimit(100, 1000),
      next: listMark((key): key is number => Number.isSafeInteger(key)),
    }),
    responses: {
      200: {
        description: 'The events',
        schema: z.object({ count: z.int(), next: z.string().nullable(), events: z.array(eventAnswerSchema) }),
      },
    },
    handle: async ({ services, query, by }) => {
      if (query.unit !== undefined && (by === null || !mayDo(by, 'read', query.unit)))
        return problem(403, `You may not see unit ${query.unit}.`);
      const found = await services.alerts.store.events({
        limit: query.limit + 1,
        ...(query.next === undefined ? {} : { after: { onsetMs: query.next.atMs, number: query.next.key } }),
        ...(query.unit === undefined ? {} : { unit: query.unit }),
        ...(query.unit === undefined && by !== null && by.units !== null ? { units: by.units } : {}),
        ...(query.from === undefined ? {} : { fromMs: query.from }),
        ...(query.to === undefined ? {} : { toMs: query.to }),
        ...(query.status === undefined ? {} : { status: query.status }),
      });
      const { engine } = services.alerts;
      const { shown, next } = pageOf(found, query.limit, ({ number, record }) => ({ atMs: record.onsetMs, key: number }));
      return ok({ count: shown.length, next, events: shown.map((event) => eventAnswer(engine.present(event))) });
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/events/{event}',
    surface: 'v1',
    policy: 'read',
    summary: 'One event with every step of its story and who was told',
    params: eventPath,
    responses: {
      200: { description: 'The event', schema: eventAnswerSchema.extend({ notifications: z.array(notificationAnswerSchema) }) },
      404: NOT_FOUND,
    },
    handle: async ({ services, params, by }) => {
      const found = await visibleEvent(services, params.event, by, 'read');
      if (found === null) return noEvent(params.event);
      const notifications = await services.alerts.store.outbox({ event: params.event, limit: 500 });
      return ok({ ...eventAnswer(services.alerts.engine.present(found)), notifications: notifications.map(notificationAnswer) });
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/events/{event}/ack',
    surface: 'v1',
    policy: 'operate',
    summary: 'Says that somebody has seen it; ends nothing',
    params: eventPath,
    body: z.object({ comment: comment.optional() }),
    bodyOptional: true,
    responses: { 200: answered, 404: NOT_FOUND },
    handle: async ({ services, params, body, by }) => {
      if (by === null || (await visibleEvent(services, params.event, by, 'operate')) === null) return noEvent(params.event);
      const { engine } = services.alerts;
      const acknowledged = await engine.acknowledge(params.event, by.name);
      const after = body.comment === undefined ? acknowledged : await engine.comment(params.event, by.name, body.comment);
      return after === null ? noEvent(params.event) : ok(eventAnswer(after));
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/events/{event}/comments',
    surface: 'v1',
    policy: 'operate',
    summary: 'Adds a remark to the story of an event',
    params: eventPath,
    body: z.object({ text: comment }),
    responses: { 200: answered, 404: NOT_FOUND },
    handle: async ({ services, params, body, by }) => {
      if (by === null || (await visibleEvent(services, params.event, by, 'operate')) === null) return noEvent(params.event);
      const after = await services.alerts.engine.comment(params.event, by.name, body.text);
      return after === null ? noEvent(params.event) : ok(eventAnswer(after));
    },
  }),
];

async function visibleEvent(
  services: ApiServices,
  id: string,
  by: Person | null,
  action: 'read' | 'operate',
): Promise<NumberedEvent | null> {
  const found = await services.alerts.store.event(id);
  return found !== null && by !== null && mayDo(by, action, found.record.unit) ? found : null;
}

const noEvent = (event: string) => problem(404, `There is no event ${event}.`);
