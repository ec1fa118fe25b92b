import { idSchema } from '@slmm/protocol';
import { z } from 'zod';
import { channelSchemaOf, MAX_CHANNELS, type Receiver, receiverSchema, webhookSecretSchema } from '../../notify/receiver.ts';
import { ok, type Route, route } from '../route.ts';
import type { ApiServices } from '../services.ts';
import { MASKED_SECRET, receiverAnswer, receiverAnswerSchema } from './alert-schemas.ts';
import { namePage, namePageQuery, nextMark } from './name-page.ts';
import { problem } from './problem.ts';
import { NOT_FOUND } from './responses.ts';

const receiverPath = z.object({ receiver: idSchema });
const bodySchema = receiverSchema.omit({ id: true }).extend({
  channels: z
    .array(channelSchemaOf(z.union([z.literal(MASKED_SECRET), webhookSecretSchema])))
    .min(1)
    .max(MAX_CHANNELS),
});
/** What those see of a receiver who may choose it and not change it. */
const nameSchema = z.object({ id: z.string(), name: z.string(), enabled: z.boolean() });

/** `/api/v1/receivers`: who is told, and how. */
export const receiverRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/receivers',
    surface: 'v1',
    policy: 'operate',
    summary: 'People and programs that are told, without their secrets',
    query: z.object(namePageQuery),
    responses: {
      200: {
        description: 'The receivers; no more than their names to a token that is limited to units',
        schema: z.object({ count: z.int(), next: nextMark, receivers: z.array(z.union([receiverAnswerSchema, nameSchema])) }),
      },
    },
    handle: async ({ services, query, by }) => {
      const { shown: receivers, next } = namePage(await services.alerts.store.receivers(), query, ({ id }) => id);
      // Who has some units only may choose receivers for their rules, and learns no addresses.
      const shown = receivers.map((one) =>
        by?.units === null ? answerOf(services, one) : { id: one.id, name: one.name, enabled: one.enabled },
      );
      return ok({ count: receivers.length, next, receivers: shown });
    },
  }),
  route({
    method: 'put',
    path: '/api/v1/receivers/{receiver}',
    surface: 'v1',
    policy: 'administer',
    summary: `Adds or changes a receiver; a secret sent as "${MASKED_SECRET}" stays as it was`,
    params: receiverPath,
    body: bodySchema,
    responses: { 200: { description: 'The receiver', schema: receiverAnswerSchema } },
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
function withFormerSecrets(body: z.output<typeof bodySchema>, before: Receiver | null): z.output<typeof bodySchema> {
  const channels = body.channels.map((channel, place) => {
    if (channel.kind !== 'webhook') return channel;
    const former = before?.channels[place];
    const known = former?.kind === 'webhook' ? former.secrets : [];
    const secrets = channel.secrets.map((secret, index) => (secret === MASKED_SECRET ? (known[index] ?? secret) : secret));
    return { ...channel, secrets };
  });
  return { ...body, channels };
}
