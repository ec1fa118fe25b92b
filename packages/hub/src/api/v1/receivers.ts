import { idSchema } from '@slmm/protocol';
import { z } from 'zod';
import { type Receiver, receiverSchema } from '../../notify/receiver.ts';
import { ok, type Route, route } from '../route.ts';
import type { ApiServices } from '../services.ts';
import { MASKED_SECRET, receiverAnswer } from './alert-schemas.ts';
import { problem } from './problem.ts';
import { NOT_FOUND } from './responses.ts';

const receiverPath = z.object({ receiver: idSchema });
const documented = z.record(z.string(), z.unknown());

/** `/api/v1/receivers`: who is told, and how. */
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
];

const answerOf = ({ alerts: { outbox } }: ApiServices, receiver: Receiver) =>
  receiverAnswer(receiver, (kind) => outbox.carries(kind));

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
