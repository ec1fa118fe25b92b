/** One question or order to a unit's meter, through its edge. */
import {
  type Command,
  type OperationArgs,
  type OperationName,
  type OperationResultOf,
  OPERATIONS,
  type Reply,
} from '@slmm/protocol';
import type { UnitView } from '../../../fleet/fleet.ts';
import type { Answer, Person } from '../../route.ts';
import type { ApiServices } from '../../services.ts';
import { fault } from '../faults.ts';
import { answerOfFault, awayFault, type DeviceFault, deviceFault, type FaultStyle, TCP_DISABLED } from './device-faults.ts';

/** A single command: the meter's pace, a poll before it, a retry, and the link. */
export const COMMAND_MS = 15_000;
/** An order that is confirmed by questions. */
export const CONFIRMED_MS = 30_000;
/** A listing of the card; a meter whose 10 Hz stream began a moment ago is given a minute before FTP. */
export const LISTING_MS = 100_000;
/** A cycle with its waits and, where wanted, a folder that is fetched. */
export const CYCLE_MS = 300_000;
export const FILE_MS = 600_000;

export type DeviceResult<T> = { readonly ok: true; readonly result: T } | { readonly ok: false; readonly fault: DeviceFault };

/** A unit that can be asked, for one caller. */
export interface Device {
  readonly view: UnitView;
  /** `unit` is told as `by` in the edge's log. Never rejects. */
  ask<O extends OperationName>(
    op: O,
    args: OperationArgs<O>,
    style: FaultStyle,
    waitMs?: number,
  ): Promise<DeviceResult<OperationResultOf<O>>>;
}

interface Asked {
  readonly services: ApiServices;
  readonly params: { readonly unit_id: string };
  readonly by: Person | null;
}

/** What a device route does: checks in SLMM's order (configured, enabled, reachable), then `run`. An absent edge is answered at once. */
export async function withDevice(
  { services, params: { unit_id: unit }, by }: Asked,
  run: (device: Device) => Promise<Answer>,
  needs: 'tcp' | 'ftp' | 'nothing' = 'tcp',
): Promise<Answer> {
  const view = services.fleet.unit(unit);
  if (view === null) return fault(404, 'NL43 config not found');
  if (needs === 'tcp' && !view.config.tcpEnabled) return fault(403, TCP_DISABLED);
  if (needs === 'ftp' && !view.config.ftpEnabled) return fault(403, 'FTP is disabled for this device');
  const away = awayFault(view);
  if (away !== null) return answerOfFault(away);
  if (services.fleet.isStandby) return fault(503, 'SLMM is in standby: POST /api/nl43/_system/resume first');
  return run(deviceOf(services, view, by));
}

/** The way to ask a unit's meter. */
export function deviceOf(services: ApiServices, view: UnitView, by: Person | null): Device {
  const { unit } = view.config;
  return {
    view,
    ask: async (op, args, style, waitMs = COMMAND_MS) => {
      const order = (name: string, with_: Command['args']): Promise<Reply> =>
        services.fleet.command(unit, name, with_, by?.name ?? 'somebody', waitMs);
      let reply = await order(op, args);
      if (isHeldBack(reply) && services.releasedSlots.has(unit)) {
        await order('activate', {});
        reply = await order(op, args);
      }
      if (op !== 'slot-yield' && 'ok' in reply && reply.ok) services.releasedSlots.delete(unit);
      const now = services.fleet.unit(unit) ?? view;
      if (!('ok' in reply)) throw new Error('a command ended with a report of progress');
      if (!reply.ok) return { ok: false, fault: deviceFault(now, reply.error, style) };
      const result = OPERATIONS[op].result.safeParse(reply.result);
      if (result.success) return { ok: true, result: result.data as OperationResultOf<typeof op> };
      services.log.warn({ unit, op, edge: view.config.edge }, 'an edge answered a command in a shape that the hub does not know');
      return {
        ok: false,
        fault: { kind: 'failed', status: 502, detail: 'The edge answered in a shape that the hub does not know' },
      };
    },
  };
}

/** The edge has the slot away and asks nothing. */
const isHeldBack = (reply: Reply): boolean => 'ok' in reply && !reply.ok && reply.error.code === 'disabled';

/** Asks and answers; a failure is answered as SLMM did. */
export async function answered<T>(result: Promise<DeviceResult<T>>, ok: (value: T) => Answer | Promise<Answer>): Promise<Answer> {
  const done = await result;
  return done.ok ? ok(done.result) : answerOfFault(done.fault);
}
