import { z } from 'zod';
import { mayDo } from '../../access/policy.ts';
import { ok, type Route, route } from '../route.ts';
import { changedConfigSchema, deviceSchema } from './answers.ts';
import { fault, invalidField } from './faults.ts';
import { detailResponse, okResponse } from './responses.ts';
import { changed, newUnit, shownConfig } from './unit-config.ts';
import { newUnitSchema } from './unit-fields.ts';
import { hasStatus, shortStatus } from './unit-status.ts';

/** The family of `/api/nl43/roster`: all units at once, and new ones. */
export const rosterRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/nl43/roster',
    surface: 'nl43',
    policy: 'read',
    summary: 'All units with their configuration and last known status',
    responses: {
      200: okResponse('The units', { devices: z.array(deviceSchema), total: z.int() }),
    },
    handle: ({ services, by }) => {
      const units = services.fleet.units().filter((view) => by !== null && mayDo(by, 'read', view.config.unit));
      const devices = units.map((view) => ({
        ...shownConfig(view.config),
        poll_enabled: view.config.pollEnabled,
        poll_interval_seconds: view.config.pollIntervalSeconds,
        monitor_enabled: view.config.monitorEnabled,
        status: hasStatus(view) ? shortStatus(view) : null,
      }));
      return ok({ status: 'ok', devices, total: devices.length });
    },
  }),
  route({
    method: 'post',
    path: '/api/nl43/roster',
    surface: 'nl43',
    policy: 'operate',
    unitOf: ({ body }) => body.unit_id,
    summary: 'Adds a unit',
    body: newUnitSchema,
    responses: {
      200: okResponse('The unit was added', { message: z.string(), data: changedConfigSchema }),
      409: detailResponse('There is such a unit already'),
    },
    handle: async ({ services, body }) => {
      const { fleet } = services;
      const { unit_id: unit, ...fields } = body;
      if (fleet.unit(unit) !== null) {
        return fault(409, `Device with unit_id '${unit}' already exists. Use PUT /${unit}/config to update.`);
      }
      const config = changed(newUnit(unit), fields);
      if (config.edge !== null && fleet.edge(config.edge) === null)
        return invalidField('edge_id', `There is no edge '${config.edge}'`);
      await fleet.putUnit(config);
      return ok({
        status: 'ok',
        message: `Device ${unit} created successfully`,
        data: {
          unit_id: unit,
          host: config.host,
          tcp_port: config.tcpPort,
          tcp_enabled: config.tcpEnabled,
          ftp_enabled: config.ftpEnabled,
          poll_enabled: config.pollEnabled,
          poll_interval_seconds: config.pollIntervalSeconds,
        },
      });
    },
  }),
];
