import { randomUUID } from 'node:crypto';
import { idSchema } from '@slmm/protocol';
import { z } from 'zod';
import { mayDo } from '../../access/policy.ts';
import { type Receiver, receiverSchema } from '../../notify/receiver.ts';
import { ok, type Person, type Route, route } from '../route.ts';
import type { ApiServices } from '../services.ts';
import {
  MASKED_SECRET,
  notificationAnswer,
  notificationAnswerSchema,
  receiverAnswer,
  silenceAnswer,
  silenceAnswerSchema,
} from './alert-schemas.ts';
import { pageOf } from './list-mark.ts';
import { instant, listMark, pageLimit } from './parameters.ts';
import { problem } from './problem.ts';
import { NOT_FOUND } from './responses.ts';

const receiverPath = z.object({ receiver: idSchema });
const silencePath = z.object({ silence: z.string().regex(/^[a-z0-9-]{1,64}$/) });
const notificationPath = z.object({ notification: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });
const LONGEST_SILENCE_MS = 366 * 86_400_000;
const documented = z.record(z.string(), z.unknown());

/** `/api/v1/receivers`, `/silences`, `/notifications`: who is told, when not, and what became of it. */
export const receiverRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/receivers',
    surface: 'v1',
    policy: 'operate',
    summary: 'People and programs that are told, without their secrets',
    responses: {
      200: { description: 'The receivers', schema: z.object({ count: z.int(), receivers: z.array(documented) }) },
    },
    handle: async ({ services, by }) => {
      const receivers = await services.alerts.store.receivers();
      // Who has some units only may choose receivers for their rules, and learns no addresses.
      const shown = receivers.map((one) =>
        by?.units === null ? answerOf(services, one) : { id: one.id, name: one.name, enabled: one.enabled },
      );
      return ok({ count: receivers.length, receivers: shown });
    },
  }),
  route({
    method: 'put',
    path: '/api/v1/receivers/{receiver}',
    surface: 'v1',
    policy: 'administer',
    summary: `Adds or changes a receiver; a secret sent as "${MASKED_SECRET}" stays as it was`,
    params: receiverPath,
    body: documented,
    responses: { 200: { description: 'The receiver', schema: documented } },
    handle: async ({ services, params, body }) => {
      const { store, engine, webhookProblem } = services.alerts;
      const before = (await store.receivers()).find((one) => one.id === params.receiver) ?? null;
      const read = receiverSchema.safeParse({ ...withFormerSecrets(body, before), id: params.receiver });
      if (!read.success) {
        const issue = read.error.issues[0];
        return problem(422, `${issue?.path.join('.') ?? 'body'}: ${issue?.message ?? 'not valid'}`);
      }
      for (const channel of read.data.channels) {
        const refusal = channel.kind === 'webhook' ? webhookProblem(channel.url) : null;
        if (refusal !== null) return problem(422, `The webhook's address cannot be used: ${refusal}.`);
      }
      await store.putReceiver(read.data);
      await engine.reloadReceivers();
      return ok(answerOf(services, read.data));
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/receivers/{receiver}/test',
    surface: 'v1',
    policy: 'administer',
    summary: 'Sends a test message over every channel of a receiver, now and once, and says what became of it',
    params: receiverPath,
    responses: {
      200: {
        description: 'What became of it, in the order of the channels',
        schema: z.object({ channels: z.array(z.object({ kind: z.string(), delivered: z.boolean(), detail: z.string() })) }),
      },
      404: NOT_FOUND,
    },
    handle: async ({ services, params }) => {
      const { store, outbox } = services.alerts;
      const receiver = (await store.receivers()).find((one) => one.id === params.receiver);
      if (receiver === undefined) return problem(404, `There is no receiver ${params.receiver}.`);
      const deliveries = await outbox.test(receiver);
      const channels = deliveries.map(({ kind, detail }, place) => ({
        kind: receiver.channels[place]?.kind ?? '',
        delivered: kind === 'delivered',
        detail,
      }));
      return ok({ channels });
    },
  }),
  route({
    method: 'delete',
    path: '/api/v1/receivers/{receiver}',
    surface: 'v1',
    policy: 'administer',
    summary: 'Deletes a receiver; what waits for it is dropped',
    params: receiverPath,
    responses: { 204: { description: 'It is gone' }, 404: NOT_FOUND },
    handle: async ({ services, params }) => {
      const was = await services.alerts.store.deleteReceiver(params.receiver);
      await services.alerts.engine.reloadReceivers();
      return was ? { status: 204, body: null } : problem(404, `There is no receiver ${params.receiver}.`);
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/silences',
    surface: 'v1',
    policy: 'read',
    summary: 'Silences and maintenance windows: everything is recorded, nobody is told',
    responses: {
      200: { description: 'The silences', schema: z.object({ count: z.int(), silences: z.array(silenceAnswerSchema) }) },
    },
    handle: async ({ services, by }) => {
      const silences = (await services.alerts.store.silences()).filter(({ unit }) => isTheirs(by, 'read', unit));
      return ok({ count: silences.length, silences: silences.map(silenceAnswer) });
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
      const again = entry === null || !isTheirs(by, 'operate', entry.unit) ? null : await outbox.replay(entry.id);
      return again === null
        ? problem(404, `There is no notification ${params.notification}.`)
        : { status: 202, body: notificationAnswer(again) };
    },
  }),
];

const answerOf = ({ alerts: { outbox } }: ApiServices, receiver: Receiver) =>
  receiverAnswer(receiver, (kind) => outbox.carries(kind));

/** Whether the caller may do this to the unit. What concerns all units is seen by everybody and changed by those who have them all. */
function isTheirs(by: Person | null, action: 'read' | 'operate', unit: string | null): boolean {
  if (by === null) return false;
  return unit === null ? action === 'read' || by.units === null : mayDo(by, action, unit);
}

/** Masked secrets stand for those that the receiver has, channel by channel. */
function withFormerSecrets(body: Readonly<Record<string, unknown>>, before: Receiver | null): Readonly<Record<string, unknown>> {
  if (!Array.isArray(body['channels'])) return body;
  const channels: unknown[] = body['channels'].map((channel: unknown, place) => {
    if (typeof channel !== 'object' || channel === null || !('secrets' in channel) || !Array.isArray(channel.secrets))
      return channel;
    const former = before?.channels[place];
    const known = former?.kind === 'webhook' ? former.secrets : [];
    return {
      ...channel,
      secrets: channel.secrets.map((secret: unknown, index) => (secret === MASKED_SECRET ? (known[index] ?? secret) : secret)),
    };
  });
  return { ...body, channels };
}
