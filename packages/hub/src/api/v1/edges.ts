import {
  appliedConfigSchema,
  type EdgeHealth,
  edgeHealthSchema,
  edgeInfoSchema,
  type EdgeOverview,
  edgeStateSchema,
  idSchema,
  OPERATIONS,
} from '@slmm/protocol';
import { fromInstant, toInstant } from '@slmm/shared';
import { z } from 'zod';
import type { EdgeView } from '../../fleet/fleet.ts';
import { ok, type Person, type Route, route } from '../route.ts';
import type { ApiServices, BrokerPlace } from '../services.ts';
import { namePage, namePageQuery, nextMark } from './name-page.ts';
import { edgePath } from './parameters.ts';
import { problem } from './problem.ts';
import { CONFLICT, NOT_FOUND, problemResponse } from './responses.ts';

const edgeSchema = z.object({
  edge: z.string(),
  created_at: z.string(),
  revision: z.int(),
  applied_revision: z.int().nullable(),
  applied: appliedConfigSchema.nullable(),
  online: z.boolean(),
  state: edgeStateSchema.nullable(),
  info: edgeInfoSchema.nullable(),
  health: edgeHealthSchema.nullable(),
  lag_s: z.number().nullable(),
  last_seen: z.string().nullable(),
});

/** `/api/v1/edges`: the agents beside the meters. */
export const edgeRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/edges',
    surface: 'v1',
    policy: 'read',
    summary: 'Edges: state, journal, lag, clock offset, configuration applied',
    query: z.object(namePageQuery),
    responses: {
      200: { description: 'The edges', schema: z.object({ count: z.int(), next: nextMark, edges: z.array(edgeSchema) }) },
    },
    handle: ({ services, query, by }) => {
      const { shown, next } = namePage(visibleEdges(services, by), query, (view) => view.config.edge);
      const edges = shown.map((view) => overview(view, by));
      return ok({ count: edges.length, next, edges });
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/edges',
    surface: 'v1',
    policy: 'administer',
    summary: 'Enrols an edge and shows its secret once; `renew` gives an enrolled one a new secret and shuts the old one out',
    body: z.object({ edge: idSchema, renew: z.boolean().default(false) }),
    responses: {
      201: {
        description: 'The secret: keep it, it is not shown again',
        schema: z.object({
          edge: z.string(),
          secret: z.string(),
          broker: z
            .object({ port: z.int().nullable(), tls: z.boolean().nullable(), url: z.string().nullable() })
            .describe(
              'Where it signs in: the port of the hub’s own broker (`tls`: it speaks mqtts), or the URL of an external one, which knows no secret of the hub',
            ),
        }),
      },
      409: CONFLICT,
    },
    handle: async ({ services, body: { edge, renew } }) => {
      if (!renew && services.fleet.edge(edge) !== null) {
        return problem(
          409,
          `Edge ${edge} is enrolled already. Send "renew": true for a new secret; the agent must then be given it.`,
        );
      }
      const { secret } = await services.fleet.enrolEdge(edge);
      return { status: 201, body: { edge, secret, broker: placeOf(services.broker()) } };
    },
  }),
  route({
    method: 'delete',
    path: '/api/v1/edges/{edge}',
    surface: 'v1',
    policy: 'administer',
    summary: 'Revokes an edge: its connection ends and its secret is worth nothing',
    params: edgePath,
    responses: { 204: { description: 'It is revoked' }, 404: NOT_FOUND },
    handle: async ({ services, params: { edge } }) => {
      const was = await services.fleet.deleteEdge(edge);
      return was ? { status: 204, body: null } : problem(404, `There is no edge ${edge}.`);
    },
  }),
  restRoute('standby', 'Lets all meters of an edge rest until resume, also over restarts of edge and hub'),
  restRoute('resume', 'Takes all meters of an edge back'),
];

/** How long an edge may take to give all its slots away. */
const REST_MS = 20_000;

function restRoute(op: 'standby' | 'resume', summary: string): Route {
  return route({
    method: 'post',
    path: `/api/v1/edges/{edge}/${op}`,
    surface: 'v1',
    policy: 'operate',
    summary,
    params: edgePath,
    responses: {
      200: { description: 'It is so', schema: z.object({ edge: z.string(), standby: z.boolean(), units: z.int() }) },
      403: problemResponse('The token is for some units only'),
      404: NOT_FOUND,
      503: problemResponse('The edge cannot be asked, or did not answer'),
    },
    handle: async ({ services, params: { edge }, by }) => {
      if (by !== null && by.units !== null)
        return problem(403, 'This concerns all units of the edge, and your token is for some.');
      if (services.fleet.edge(edge) === null) return problem(404, `There is no edge ${edge}.`);
      const reply = await services.fleet.orderEdge(edge, op, by?.name ?? 'somebody', REST_MS);
      if ('progress' in reply || !reply.ok) return problem(503, 'progress' in reply ? 'It is under way.' : reply.error.message);
      const rest = OPERATIONS[op].result.safeParse(reply.result);
      return rest.success
        ? ok({ edge, ...rest.data })
        : problem(503, `Edge ${edge} answered in a shape that this hub does not know.`);
    },
  });
}

function placeOf(broker: BrokerPlace): {
  readonly port: number | null;
  readonly tls: boolean | null;
  readonly url: string | null;
} {
  if (broker.kind === 'own') return { port: broker.port, tls: broker.isTls, url: null };
  return { port: null, tls: null, url: broker.url };
}

/** Who may see some units only sees the edges of those. */
function visibleEdges({ fleet }: ApiServices, by: Person | null): readonly EdgeView[] {
  if (by === null) return [];
  if (by.units === null) return fleet.edges();
  const own = new Set(by.units.map((unit) => fleet.unit(unit)?.config.edge));
  return fleet.edges().filter((view) => own.has(view.config.edge));
}

/** How old the oldest frame is that the hub has not got, as the edge said last. */
function lagS({ at, oldest_unsent: oldest }: EdgeHealth): number {
  const [toldMs, oldestMs] = [fromInstant(at), oldest === null ? null : fromInstant(oldest)];
  return toldMs === null || oldestMs === null ? 0 : Math.max(0, toldMs - oldestMs) / 1000;
}

/** `applied`, `info` and `health` name every unit of the edge, so they are for those who may see all. */
function overview({ config, state, info, health, applied, lastSeenMs }: EdgeView, by: Person | null): EdgeOverview {
  const seesAll = by !== null && by.units === null;
  return {
    edge: config.edge,
    created_at: toInstant(config.createdMs),
    revision: config.revision,
    applied_revision: applied?.revision ?? null,
    applied: seesAll ? applied : null,
    online: state?.state === 'online',
    state,
    info: seesAll ? info : null,
    health: seesAll ? health : null,
    lag_s: health === null ? null : lagS(health),
    last_seen: lastSeenMs === null ? null : toInstant(lastSeenMs),
  };
}
