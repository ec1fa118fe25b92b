import { unitInfoSchema, type UnitOverview, unitStateSchema } from '@slmm/protocol';
import { z } from 'zod';
import { mayDo } from '../../access/policy.ts';
import type { UnitView } from '../../fleet/fleet.ts';
import { liveFrame } from '../../live/live-dialect.ts';
import { ok, type Route, route } from '../route.ts';
import type { ApiServices } from '../services.ts';
import { CoverageToday } from './coverage-today.ts';
import { coverageFiguresSchema, liveFrameSchema } from './frame-schemas.ts';
import { namePage, namePageQuery, nextMark } from './name-page.ts';
import { unitPath } from './parameters.ts';
import { problem } from './problem.ts';
import { NOT_FOUND } from './responses.ts';

const setupSchema = z.object({
  host: z.string(),
  tcp_port: z.int(),
  ftp_port: z.int(),
  tcp_enabled: z.boolean(),
  ftp_enabled: z.boolean(),
  web_enabled: z.boolean(),
  poll_enabled: z.boolean(),
  poll_interval_seconds: z.int(),
  monitor_enabled: z.boolean(),
  acquisition: z.enum(['dod', 'drd']),
});

const unitSchema = z.object({
  unit: z.string(),
  edge: z.string().nullable(),
  edge_online: z.boolean(),
  timezone: z.string(),
  config: setupSchema,
  state: unitStateSchema.nullable(),
  info: unitInfoSchema.nullable(),
  frame: liveFrameSchema.nullable(),
  coverage_today: coverageFiguresSchema.nullable(),
});

/** `/api/v1/units`: what is known of units, without secrets. */
export function unitRoutes(): readonly Route[] {
  const today = new CoverageToday();
  return [
    route({
      method: 'get',
      path: '/api/v1/units',
      surface: 'v1',
      policy: 'read',
      summary: 'All units the caller may see',
      query: z.object(namePageQuery),
      responses: {
        200: { description: 'The units', schema: z.object({ count: z.int(), next: nextMark, units: z.array(unitSchema) }) },
      },
      handle: async ({ services, query, by }) => {
        const views = services.fleet.units().filter((view) => by !== null && mayDo(by, 'read', view.config.unit));
        const { shown, next } = namePage(views, query, (view) => view.config.unit);
        const units = await Promise.all(shown.map((view) => overview(view, services, today)));
        return ok({ count: units.length, next, units });
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/units/{unit}',
      surface: 'v1',
      policy: 'read',
      summary: 'One unit: configuration, edge, state, settings of the meter, what LN1..LN5 mean, coverage of today',
      params: unitPath,
      responses: {
        200: { description: 'The unit', schema: unitSchema },
        404: NOT_FOUND,
      },
      handle: async ({ services, params: { unit } }) => {
        const view = services.fleet.unit(unit);
        if (view === null) return problem(404, `There is no unit ${unit}. Add it with POST /api/nl43/roster.`);
        return ok(await overview(view, services, today));
      },
    }),
  ];
}

async function overview(view: UnitView, services: ApiServices, today: CoverageToday): Promise<UnitOverview> {
  const { config, edgeOnline, state, info, frame } = view;
  return {
    unit: config.unit,
    edge: config.edge,
    edge_online: edgeOnline,
    timezone: config.timezone ?? services.timezone,
    config: {
      host: config.host,
      tcp_port: config.tcpPort,
      ftp_port: config.ftpPort,
      tcp_enabled: config.tcpEnabled,
      ftp_enabled: config.ftpEnabled,
      web_enabled: config.webEnabled,
      poll_enabled: config.pollEnabled,
      poll_interval_seconds: config.pollIntervalSeconds,
      monitor_enabled: config.monitorEnabled,
      acquisition: config.acquisition,
    },
    state,
    info,
    frame: frame === null ? null : liveFrame(frame),
    coverage_today: await today.of(config.unit, services),
  };
}
