/** What is known of edges and units right now. Holds no more than what is configured: a stranger's message makes no entry. Neighbours: hub-fleet.ts. */
import type { AppliedConfig, EdgeHealth, EdgeInfo, EdgeState, Frame, UnitInfo, UnitState } from '@slmm/protocol';
import type { EdgeConfig, EdgeView, UnitConfig, UnitView } from './fleet.ts';

export interface KnownEdge {
  config: EdgeConfig;
  state: EdgeState | null;
  /** An `online` that the broker had kept. It counts once the edge is heard live: its author may have died with the broker that should have said so. */
  rumour: EdgeState | null;
  info: EdgeInfo | null;
  health: EdgeHealth | null;
  applied: AppliedConfig | null;
  lastSeenMs: number | null;
}

export interface KnownUnit {
  config: UnitConfig;
  state: UnitState | null;
  info: UnitInfo | null;
  frame: Frame | null;
}

const NOTHING_HEARD = { state: null, rumour: null, info: null, health: null, applied: null, lastSeenMs: null } as const;

export class FleetViews {
  readonly edges = new Map<string, KnownEdge>();
  /** In the order in which they were created. */
  readonly units = new Map<string, KnownUnit>();
  /** All meters are to be left alone; until the next start of the hub at the longest. */
  isStandby = false;

  setEdge(config: EdgeConfig): void {
    const known = this.edges.get(config.edge);
    if (known === undefined) this.edges.set(config.edge, { ...NOTHING_HEARD, config });
    else known.config = config;
  }

  /** State and info belong to the edge that told them: a unit that moves starts without. */
  setUnit(config: UnitConfig): void {
    const known = this.units.get(config.unit);
    if (known === undefined) this.units.set(config.unit, { config, state: null, info: null, frame: null });
    else {
      if (known.config.edge !== config.edge) Object.assign(known, { state: null, info: null });
      known.config = config;
    }
  }

  isOnline(edge: string | null): boolean {
    return edge !== null && this.edges.get(edge)?.state?.state === 'online';
  }

  unit(unit: string): UnitView | null {
    const known = this.units.get(unit);
    return known === undefined ? null : { ...known, edgeOnline: this.isOnline(known.config.edge) };
  }

  edge(edge: string): EdgeView | null {
    const known = this.edges.get(edge);
    if (known === undefined) return null;
    const { config, state, info, health, applied, lastSeenMs } = known;
    return { config, state, info, health, applied, lastSeenMs };
  }

  /** Keeps the frame if it is newer than the one known: by `at`, then by place in its stream. */
  offerFrame(frame: Frame): void {
    const known = this.units.get(frame.unit);
    if (known !== undefined && (known.frame === null || isNewer(frame, known.frame))) known.frame = frame;
  }
}

function isNewer(frame: Frame, than: Frame): boolean {
  if (frame.at !== than.at) return frame.at > than.at;
  return frame.epoch === than.epoch ? frame.seq > than.seq : frame.epoch > than.epoch;
}
