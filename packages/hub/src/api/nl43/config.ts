import { z } from 'zod';
import { ok, type Route, route } from '../route.ts';
import { changedConfigSchema, shownConfigSchema } from './answers.ts';
import { fault, invalidField } from './faults.ts';
import { detailResponse, okResponse } from './responses.ts';
import { changed, newUnit, shownConfig } from './unit-config.ts';
import { unitChangeSchema, unitPathSchema } from './unit-fields.ts';

const NOT_FOUND = 'NL43 config not found';
const path = '/api/nl43/{unit_id}/config';
const responses = { 404: detailResponse('There is no such unit') };

/** The family of `/api/nl43/{unit_id}/config`. */
export const configRoutes: readonly Route[] = [
  route({
    method: 'get',
    path,
    surface: 'nl43',
    policy: 'read',
    summary: "A unit's configuration; the FTP password is masked",
    params: unitPathSchema,
    responses: { 200: okResponse('The configuration', { data: shownConfigSchema }), ...responses },
    handle: ({ services, params }) => {
      const view = services.fleet.unit(params.unit_id);
      return view === null ? fault(404, NOT_FOUND) : ok({ status: 'ok', data: shownConfig(view.config) });
    },
  }),
  route({
    method: 'put',
    path,
    surface: 'nl43',
    policy: 'operate',
    summary: 'Changes what the body names, or adds the unit',
    params: unitPathSchema,
    body: unitChangeSchema,
    responses: {
      200: okResponse('The configuration', { data: changedConfigSchema }),
    },
    handle: async ({ services, params, body }) => {
      const { fleet } = services;
      const config = changed(fleet.unit(params.unit_id)?.config ?? newUnit(params.unit_id), body);
      if (config.edge !== null && fleet.edge(config.edge) === null)
        return invalidField('edge_id', `There is no edge '${config.edge}'`);
      await fleet.putUnit(config);
      return ok({
        status: 'ok',
        data: {
          unit_id: config.unit,
          host: config.host,
          tcp_port: config.tcpPort,
          tcp_enabled: config.tcpEnabled,
          ftp_enabled: config.ftpEnabled,
          web_enabled: config.webEnabled,
          poll_enabled: config.pollEnabled,
          poll_interval_seconds: config.pollIntervalSeconds,
        },
      });
    },
  }),
  route({
    method: 'delete',
    path,
    surface: 'nl43',
    policy: 'operate',
    summary: 'Removes a unit; what it measured stays in the history',
    params: unitPathSchema,
    responses: { 200: okResponse('The unit was removed', { message: z.string() }), ...responses },
    handle: async ({ services, params }) => {
      const was = await services.fleet.deleteUnit(params.unit_id);
      if (was) await services.statusNotes.deleteNote(params.unit_id);
      return was ? ok({ status: 'ok', message: `Deleted device ${params.unit_id}` }) : fault(404, NOT_FOUND);
    },
  }),
];
