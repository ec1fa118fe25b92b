import type { Frame, UnitEvent, UnitInfo, UnitState } from '@slmm/protocol';

/** A frame before the journal gives it its epoch and seq. */
export type FrameDraft = Omit<Frame, 'v' | 'epoch' | 'seq'>;

/**
 * Where acquisition hands over what it has from the meters. Neighbours: acquisition fills it, journal and uplink carry it on.
 * Every call returns at once and never throws; what happens when disk or link cannot keep up is decided (and counted) behind it.
 */
export interface Outlet {
  frame(draft: FrameDraft): void;
  /** The unit's present state, whole; the newest one replaces the former. `null`: the unit is no longer ours. */
  unitState(unit: string, state: UnitState | null): void;
  unitInfo(unit: string, info: UnitInfo | null): void;
  /** Another agent speaks for the unit from here on: what was kept of it is forgotten, and what the broker has is left alone. */
  standBack(unit: string): void;
  unitEvent(unit: string, event: UnitEvent): void;
  /** One raw 100 ms tick as JSON-able object; only while somebody wants the stream. May be dropped. */
  tick(unit: string, tick: Readonly<Record<string, unknown>>): void;
}
