import type { Demand, Frame } from '@slmm/protocol';

/** Whether somebody waits for this very frame although the uplink is an economical one: a viewer, or a rule that looks at levels from `send_above` on. Pure. */
export function wantedAtOnce(demand: Demand['units'][string] | undefined, frame: Frame): boolean {
  if (demand === undefined) return false;
  if (demand.watched) return true;
  const threshold = demand.send_above;
  if (threshold === null) return false;
  return [frame.lp, frame.interval?.leq, frame.interval?.lmax].some(
    (level) => level !== null && level !== undefined && level >= threshold,
  );
}
