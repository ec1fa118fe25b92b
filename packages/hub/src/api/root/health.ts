import { z } from 'zod';
import { mayDo } from '../../access/policy.ts';
import { holdsSlot } from '../nl43/connections.ts';
import { ok, type Route, route } from '../route.ts';

/** What says whether the hub lives and works, at the root; the two public ones say no more than that. */
export const healthRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/health',
    surface: 'nl43',
    policy: 'public',
    summary: 'The process is alive',
    responses: { 200: { description: 'It does', schema: z.object({ status: z.literal('ok'), service: z.string() }) } },
    handle: () => ok({ status: 'ok', service: 'slmm-nl43-addon' }),
  }),
  route({
    method: 'get',
    path: '/health/devices',
    surface: 'nl43',
    policy: 'read',
    summary: 'Whether each meter can be reached, as its edge knows it; nobody is asked for this',
    responses: {
      200: {
        description: 'The devices that are enabled',
        schema: z.object({
          status: z.enum(['ok', 'degraded']),
          devices: z.array(
            z.object({
              unit_id: z.string(),
              host: z.string(),
              port: z.int(),
              reachable: z.boolean(),
              error: z.string().nullable(),
              source: z.string().optional(),
            }),
          ),
          total_devices: z.int(),
          reachable_devices: z.int(),
        }),
      },
    },
    handle: ({ services, by }) => {
      const { fleet } = services;
      const devices = fleet
        .units()
        .filter(({ config }) => config.tcpEnabled && by !== null && mayDo(by, 'read', config.unit))
        .map((view) => {
          const { unit, host, tcpPort: port } = view.config;
          const about = { unit_id: unit, host, port };
          const reachable = holdsSlot(view, fleet.isStandby);
          return reachable
            ? { ...about, reachable, error: null, source: 'pool' }
            : { ...about, reachable, error: view.state?.link === 'timeout' ? 'TimeoutError' : 'ConnectionError' };
        });
      const reached = devices.filter((device) => device.reachable).length;
      return ok({
        status: reached === devices.length ? 'ok' : 'degraded',
        devices,
        total_devices: devices.length,
        reachable_devices: reached,
      });
    },
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
