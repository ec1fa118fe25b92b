import { fromInstant } from '@slmm/shared';
import { z } from 'zod';
import { mayDo } from '../../access/policy.ts';
import type { UnitView } from '../../fleet/fleet.ts';
import { type Answer, ok, type Person, type Route, route } from '../route.ts';
import type { ApiServices } from '../services.ts';
import { poolSchema } from './answers.ts';
import { deviceOf, type DeviceResult } from './device/device-call.ts';
import { answerOfFault } from './device/device-faults.ts';
import { fault } from './faults.ts';
import { detailResponse, okResponse } from './responses.ts';
import { unitPathSchema } from './unit-fields.ts';
import { isReachable } from './unit-status.ts';

/** What SLMM could be told about its connections and we cannot: the edge keeps one connection per meter for as long as it works. Shown as SLMM's defaults. */
const POOL = { idle_ttl: 300, max_age: 1800, keepalive_idle: 15, keepalive_interval: 10, keepalive_count: 3 };
const aboutUnit = { 404: detailResponse('There is no such unit') };
/** Time for an edge to give a slot away. */
const RELEASE_MS = 5_000;

/** Whether the edge holds the meter's slot right now, as far as it has said. */
export function holdsSlot(view: UnitView, isStandby: boolean): boolean {
  return !isStandby && view.config.tcpEnabled && view.state?.link === 'ok' && isReachable(view);
}

const visible = ({ fleet }: ApiServices, by: Person | null): readonly UnitView[] =>
  fleet.units().filter((view) => by !== null && mayDo(by, 'read', view.config.unit));

const activeUnits = (services: ApiServices, by: Person | null): readonly UnitView[] =>
  visible(services, by).filter((view) => holdsSlot(view, services.fleet.isStandby));

/** Asks the edge to give the slot away until it is wanted again; nothing to do where nothing is held. */
async function release(
  services: ApiServices,
  view: UnitView,
  by: Person | null,
): Promise<DeviceResult<{ readonly released: boolean }>> {
  if (!holdsSlot(view, services.fleet.isStandby)) return { ok: true, result: { released: false } };
  const done = await deviceOf(services, view, by).ask('slot-yield', { minutes: 0 }, 'plain', RELEASE_MS);
  if (done.ok) services.releasedSlots.add(view.config.unit);
  return done;
}

/** Off is all off. On is polling, and monitoring too for a unit that rests altogether: so it was before it was switched off. */
async function switchPolling(services: ApiServices, unit: string, on: boolean, message: string): Promise<Answer> {
  const view = services.fleet.unit(unit);
  if (view === null) return fault(404, 'NL43 config not found');
  const { pollEnabled, monitorEnabled } = view.config;
  const monitors = on && (monitorEnabled || !pollEnabled);
  await services.fleet.putUnit({ ...view.config, pollEnabled: on, monitorEnabled: monitors });
  return ok({ status: 'ok', unit_id: unit, poll_enabled: on, message });
}

const switchResponse = okResponse('It is switched', { unit_id: z.string(), poll_enabled: z.boolean(), message: z.string() });

/** Slots: who holds them, giving them away, and standby of the whole. */
export const connectionRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/nl43/_connections/status',
    surface: 'nl43',
    policy: 'read',
    summary: 'The connections to meters that edges hold',
    responses: { 200: okResponse('The connections', { pool: poolSchema }) },
    handle: ({ services, by }) => {
      const nowMs = services.clock.nowMs();
      const seconds = (at: string | null | undefined): number => {
        const atMs = at == null ? null : fromInstant(at);
        return atMs === null ? 0 : Math.round(Math.max(0, nowMs - atMs) / 100) / 10;
      };
      const connections = activeUnits(services, by).map(({ config: { host, tcpPort: port }, state, frame }) => [
        `${host}:${port}`,
        { host, port, age_seconds: seconds(state?.since), idle_seconds: seconds(frame?.at ?? state?.last_ok), alive: true },
      ]);
      return ok({
        status: 'ok',
        pool: {
          enabled: true,
          active_connections: connections.length,
          ...POOL,
          connections: Object.fromEntries(connections) as Record<string, unknown>,
        },
      });
    },
  }),
  route({
    method: 'post',
    path: '/api/nl43/_connections/flush',
    surface: 'nl43',
    policy: 'operate',
    summary: 'Gives all slots away until they are wanted again',
    responses: { 200: okResponse('They are free', { message: z.string() }) },
    handle: async ({ services, by }) => {
      const own = activeUnits(services, by).filter((view) => by !== null && mayDo(by, 'operate', view.config.unit));
      await Promise.all(own.map((view) => release(services, view, by)));
      return ok({ status: 'ok', message: 'All cached connections closed' });
    },
  }),
  route({
    method: 'post',
    path: '/api/nl43/{unit_id}/disconnect',
    surface: 'nl43',
    policy: 'operate',
    summary: "Gives the meter's slot away until it is wanted again",
    params: unitPathSchema,
    responses: {
      200: okResponse('What became of it', {
        unit_id: z.string(),
        device_key: z.string(),
        disconnected: z.boolean(),
        message: z.string(),
      }),
      ...aboutUnit,
      501: detailResponse('The edge cannot do this yet'),
      502: detailResponse('The edge could not do it'),
      503: detailResponse('The edge is away, or busy'),
      504: detailResponse('The edge did not answer in time'),
    },
    handle: async ({ services, params: { unit_id: unit }, by }) => {
      const view = services.fleet.unit(unit);
      if (view === null) return fault(404, 'NL43 config not found');
      const done = await release(services, view, by);
      if (!done.ok) return answerOfFault(done.fault);
      const disconnected = done.result.released;
      return ok({
        status: 'ok',
        unit_id: unit,
        device_key: `${view.config.host}:${view.config.tcpPort}`,
        disconnected,
        message: disconnected ? 'Connection closed' : 'No cached connection to close',
      });
    },
  }),
  route({
    method: 'post',
    path: '/api/nl43/{unit_id}/deactivate',
    surface: 'nl43',
    policy: 'operate',
    summary: 'Lets the unit rest: no polling, no monitoring, the slot given away',
    params: unitPathSchema,
    responses: { 200: switchResponse, ...aboutUnit },
    handle: async ({ services, params: { unit_id: unit }, by }) => {
      const view = services.fleet.unit(unit);
      const answer = await switchPolling(services, unit, false, 'Polling disabled and connection closed for this unit');
      if (view !== null) await release(services, view, by);
      return answer;
    },
  }),
  route({
    method: 'post',
    path: '/api/nl43/{unit_id}/activate',
    surface: 'nl43',
    policy: 'operate',
    summary: 'Polls the unit again, and monitors it if it rested altogether',
    params: unitPathSchema,
    responses: { 200: switchResponse, ...aboutUnit },
    handle: ({ services, params: { unit_id: unit } }) => switchPolling(services, unit, true, 'Polling enabled for this unit'),
  }),
  route({
    method: 'get',
    path: '/api/nl43/_system/status',
    surface: 'nl43',
    policy: 'read',
    summary: 'Whether meters are polled, or left alone',
    responses: {
      200: okResponse('The mode', {
        mode: z.enum(['active', 'standby']),
        polling_active: z.boolean(),
        active_connections: z.int(),
      }),
    },
    handle: ({ services, by }) => {
      const { isStandby } = services.fleet;
      return ok({
        status: 'ok',
        mode: isStandby ? 'standby' : 'active',
        polling_active: !isStandby,
        active_connections: activeUnits(services, by).length,
      });
    },
  }),
  systemRoute(
    'standby',
    'standby',
    'Leaves all meters alone until resume',
    'Polling stopped and all device connections released',
  ),
  systemRoute('resume', 'active', 'Takes all meters back', 'Polling resumed'),
];

function systemRoute(name: 'standby' | 'resume', mode: 'standby' | 'active', summary: string, message: string): Route {
  return route({
    method: 'post',
    path: `/api/nl43/_system/${name}`,
    surface: 'nl43',
    policy: 'operate',
    summary,
    responses: { 200: okResponse('The mode', { mode: z.literal(mode), message: z.string() }) },
    handle: async ({ services, by }) => {
      if (by !== null && by.units !== null) return fault(403, 'This concerns all units, and your token is for some');
      await services.fleet.setStandby(mode === 'standby');
      return ok({ status: 'ok', mode, message });
    },
  });
}
