import { z } from 'zod';
import { mayDo } from '../../access/policy.ts';
import { ok, type Route, route } from '../route.ts';
import { polledSchema } from './answers.ts';
import { fault } from './faults.ts';
import { atMost, booleanField, type FieldRule, integerField } from './field.ts';
import { detailResponse, okResponse } from './responses.ts';
import { unitPathSchema } from './unit-fields.ts';
import { hasStatus, isReachable, pollFigures } from './unit-status.ts';

const NO_CONFIG = 'Device configuration not found';
const atLeast30: FieldRule<number> = (value) =>
  value >= 30
    ? null
    : {
        message: 'ensure this value is greater than or equal to 30',
        type: 'value_error.number.not_ge',
        ctx: { limit_value: 30 },
      };

const pollingResponse = okResponse('The polling', {
  data: z.object({ unit_id: z.string(), poll_interval_seconds: z.number(), poll_enabled: z.boolean() }),
});
const monitorStatus = z.object({
  running: z.boolean(),
  subscribers: z.int(),
  keepalive: z.boolean(),
  reachable: z.boolean(),
  mode: z.enum(['idle', 'watched', 'backoff']),
});

/** Monitoring without a break, and polling at a pace. */
export const monitorRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/api/nl43/{unit_id}/monitor/start',
    surface: 'nl43',
    policy: 'operate',
    summary: 'Reads the meter as fast as it allows from now on',
    params: unitPathSchema,
    responses: {
      200: okResponse('It is monitored', { unit_id: z.string(), monitor_enabled: z.literal(true), running: z.boolean() }),
      404: detailResponse('There is no such unit'),
    },
    handle: async ({ services, params: { unit_id: unit } }) => {
      const view = services.fleet.unit(unit);
      if (view === null) return fault(404, 'NL43 config not found');
      if (!view.config.monitorEnabled) await services.fleet.putUnit({ ...view.config, monitorEnabled: true });
      return ok({ status: 'ok', unit_id: unit, monitor_enabled: true, running: view.config.tcpEnabled });
    },
  }),
  route({
    method: 'post',
    path: '/api/nl43/{unit_id}/monitor/stop',
    surface: 'nl43',
    policy: 'operate',
    summary: 'Reads the meter at its polling interval only',
    params: unitPathSchema,
    responses: {
      200: okResponse('It is not monitored', { unit_id: z.string(), monitor_enabled: z.literal(false) }),
    },
    handle: async ({ services, params: { unit_id: unit } }) => {
      const view = services.fleet.unit(unit);
      if (view?.config.monitorEnabled === true) await services.fleet.putUnit({ ...view.config, monitorEnabled: false });
      return ok({ status: 'ok', unit_id: unit, monitor_enabled: false });
    },
  }),
  route({
    method: 'get',
    path: '/api/nl43/_monitor/status',
    surface: 'nl43',
    policy: 'read',
    summary: 'Which units are read without a break, and how many watch them',
    responses: { 200: okResponse('By unit', { monitors: z.record(z.string(), monitorStatus) }) },
    handle: ({ services, by }) => {
      const { fleet } = services;
      const monitors = fleet.units().flatMap((view): (readonly [string, z.input<typeof monitorStatus>])[] => {
        const { unit, monitorEnabled: keepalive, tcpEnabled } = view.config;
        const subscribers = services.viewersOf(unit);
        if ((!keepalive && subscribers === 0) || by === null || !mayDo(by, 'read', unit)) return [];
        const running = tcpEnabled && view.edgeOnline && !fleet.isStandby;
        const reachable = isReachable(view);
        const isFailing = !reachable || (view.state?.failures ?? 0) > 0;
        const mode = isFailing ? 'backoff' : subscribers > 0 ? 'watched' : 'idle';
        return [[unit, { running, subscribers, keepalive, reachable, mode }]];
      });
      return ok({ status: 'ok', monitors: Object.fromEntries(monitors) });
    },
  }),
  route({
    method: 'get',
    path: '/api/nl43/_polling/status',
    surface: 'nl43',
    policy: 'read',
    summary: 'The units that are polled, and how that goes',
    responses: {
      200: okResponse('The polling', {
        data: z.object({
          poller_running: z.boolean(),
          total_devices: z.int(),
          devices: z.array(polledSchema),
        }),
      }),
    },
    handle: ({ services: { fleet }, by }) => {
      const polled = fleet
        .units()
        .filter(({ config }) => config.tcpEnabled && config.pollEnabled && by !== null && mayDo(by, 'read', config.unit));
      const devices = polled.map((view) => ({
        unit_id: view.config.unit,
        poll_interval_seconds: view.config.pollIntervalSeconds,
        poll_enabled: view.config.pollEnabled,
        ...(hasStatus(view) ? pollFigures(view) : NEVER_POLLED),
      }));
      return ok({ status: 'ok', data: { poller_running: !fleet.isStandby, total_devices: devices.length, devices } });
    },
  }),
  route({
    method: 'get',
    path: '/api/nl43/{unit_id}/polling/config',
    surface: 'nl43',
    policy: 'read',
    summary: "A unit's polling",
    params: unitPathSchema,
    responses: { 200: pollingResponse, 404: detailResponse('There is no such unit') },
    handle: ({ services, params: { unit_id: unit } }) => {
      const view = services.fleet.unit(unit);
      return view === null ? fault(404, NO_CONFIG) : ok({ status: 'ok', data: pollingOf(view.config) });
    },
  }),
  route({
    method: 'put',
    path: '/api/nl43/{unit_id}/polling/config',
    surface: 'nl43',
    policy: 'operate',
    summary: "Changes a unit's polling",
    params: unitPathSchema,
    body: z.object({
      poll_interval_seconds: integerField({ minimum: 30, maximum: 21_600 }, atLeast30, atMost(21_600)).nullish(),
      poll_enabled: booleanField().nullish(),
    }),
    responses: { 200: pollingResponse, 404: detailResponse('There is no such unit') },
    handle: async ({ services, params: { unit_id: unit }, body }) => {
      const view = services.fleet.unit(unit);
      if (view === null) return fault(404, NO_CONFIG);
      const config = {
        ...view.config,
        pollIntervalSeconds: body.poll_interval_seconds ?? view.config.pollIntervalSeconds,
        pollEnabled: body.poll_enabled ?? view.config.pollEnabled,
      };
      await services.fleet.putUnit(config);
      return ok({ status: 'ok', data: pollingOf(config) });
    },
  }),
];

const NEVER_POLLED = {
  is_reachable: null,
  consecutive_failures: 0,
  last_poll_attempt: null,
  last_success: null,
  last_error: null,
};

function pollingOf(config: { readonly unit: string; readonly pollIntervalSeconds: number; readonly pollEnabled: boolean }) {
  return { unit_id: config.unit, poll_interval_seconds: config.pollIntervalSeconds, poll_enabled: config.pollEnabled };
}
