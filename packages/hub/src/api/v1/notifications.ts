import { idSchema } from '@slmm/protocol';
import { z } from 'zod';
import { mayDo } from '../../access/policy.ts';
import { ok, type Route, route } from '../route.ts';
import { notificationAnswer, notificationAnswerSchema } from './alert-schemas.ts';
import { pageOf } from './list-mark.ts';
import { listMark, pageLimit } from './parameters.ts';
import { problem } from './problem.ts';
import { NOT_FOUND } from './responses.ts';

const notificationPath = z.object({ notification: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });

/** `/api/v1/notifications`: what was told to whom, and what became of it. */
export const notificationRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/notifications',
    surface: 'v1',
    policy: 'operate',
    summary: 'The delivery log: what was told to whom, how often it was tried, and what came of it',
    query: z.object({
      receiver: idSchema.optional(),
      limit: pageLimit(100, 1000),
      next: listMark((key): key is string => typeof key === 'string'),
    }),
    responses: {
      200: {
        description: 'Newest first',
        schema: z.object({ count: z.int(), next: z.string().nullable(), notifications: z.array(notificationAnswerSchema) }),
      },
    },
    handle: async ({ services, query, by }) => {
      const entries = await services.alerts.store.outbox({
        limit: query.limit + 1,
        ...(query.next === undefined ? {} : { after: { createdMs: query.next.atMs, id: query.next.key } }),
        ...(query.receiver === undefined ? {} : { receiver: query.receiver }),
        ...(by === null || by.units === null ? {} : { units: by.units }),
      });
      const { shown, next } = pageOf(entries, query.limit, ({ createdMs, id }) => ({ atMs: createdMs, key: id }));
      return ok({ count: shown.length, next, notifications: shown.map(notificationAnswer) });
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/notifications/{notification}/replay',
    surface: 'v1',
    policy: 'operate',
    summary: 'Sends a notification again, and what travelled in the same message, under its former id',
    params: notificationPath,
    responses: {
      202: { description: 'It is due now', schema: notificationAnswerSchema },
      404: NOT_FOUND,
    },
    handle: async ({ services, params, by }) => {
      const { store, outbox } = services.alerts;
      const entry = await store.outboxEntry(params.notification);
      const again = entry === null || by === null || !mayDo(by, 'operate', entry.unit) ? null : await outbox.replay(entry.id);
      return again === null
        ? problem(404, `There is no notification ${params.notification}.`)
        : { status: 202, body: notificationAnswer(again) };
    },
  }),
];
