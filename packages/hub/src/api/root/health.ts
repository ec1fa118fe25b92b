import { z } from 'zod';
import { ok, type Route, route } from '../route.ts';

/** What says whether the hub lives and works, at the root; the two public ones say no more than that. */
export const healthRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/health',
    surface: 'nl43',
    policy: 'public',
    summary: 'The process lives',
    responses: { 200: { description: 'It does', schema: z.object({ status: z.literal('ok'), service: z.string() }) } },
    handle: () => ok({ status: 'ok', service: 'slmm-nl43-addon' }),
  }),
  route({
    method: 'get',
    path: '/ready',
    surface: 'v1',
    policy: 'public',
    summary: 'The hub can do its work: broker and database answer',
    responses: {
      200: { description: 'It can', schema: z.object({ status: z.literal('ready') }) },
      503: {
        description: 'It cannot; a caller with a token is told why',
        schema: z.object({ status: z.literal('not ready'), reasons: z.array(z.string()).optional() }),
      },
    },
    handle: async ({ services, by }) => {
      const reasons = await services.readiness();
      if (reasons.length === 0) return ok({ status: 'ready' });
      return { status: 503, body: { status: 'not ready', ...(by === null ? {} : { reasons }) } };
    },
  }),
  route({
    method: 'get',
    path: '/metrics',
    surface: 'v1',
    policy: 'read',
    summary: 'What the hub counts, in the text format of Prometheus',
    responses: { 200: { description: 'The metrics', contentType: 'text/plain' } },
    handle: async ({ services }) => {
      const { registry } = services.metrics;
      return { status: 200, contentType: registry.contentType, text: await registry.metrics() };
    },
  }),
];
