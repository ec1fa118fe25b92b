import type { Frame, LiveFrame, LiveMessage } from '@slmm/protocol';
import { toInstant } from '@slmm/shared';
import type { Dialect, UnitCondition } from './dialect.ts';

/** A frame in the words of `/api/v1`. */
export function liveFrame(frame: Frame): LiveFrame {
  const { at, epoch, seq, run, lp, leq, le, lmax, lmin, lpeak, ln, over, under, interval } = frame;
  return { at, epoch, seq, run, lp, leq, le, lmax, lmin, lpeak, ln, over, under, interval };
}

/** What `/api/v1/live` says of a unit's link. */
function unitMessage({ unit, view, reachable }: UnitCondition): LiveMessage {
  if (view === null) {
    const reason = `There is no unit ${unit}.`;
    return { type: 'unit', unit, link: 'disabled', reachable: false, run: 'unknown', since: null, reason, edge_online: false };
  }
  return {
    type: 'unit',
    unit,
    link: view.state?.link ?? 'timeout',
    reachable,
    run: view.state?.run ?? view.frame?.run ?? 'unknown',
    since: view.state?.since ?? null,
    reason: reasonOf(view.config.edge, view.edgeOnline, view.state?.reason ?? null),
    edge_online: view.edgeOnline,
  };
}

function reasonOf(edge: string | null, edgeOnline: boolean, reason: string | null): string | null {
  if (edge === null) return 'No edge is responsible for this unit: enrol one.';
  return edgeOnline ? reason : `Edge ${edge} is not connected to the hub.`;
}

/** `GET /api/v1/live` (protocol/live). */
export const liveDialect: Dialect = {
  frame: (frame, _view, missed) =>
    ({ type: 'frame', unit: frame.unit, frame: liveFrame(frame), ...(missed > 0 ? { missed } : {}) }) satisfies LiveMessage,
  condition: unitMessage,
  conditionKey: (condition) => JSON.stringify(unitMessage(condition)),
  heartbeat: (_condition, atMs) => ({ type: 'heartbeat', at: toInstant(atMs) }) satisfies LiveMessage,
};
