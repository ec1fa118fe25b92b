import type { AppliedConfig } from '../bus/desired-config.ts';
import type { EdgeHealth, EdgeInfo, EdgeState } from '../bus/edge-state.ts';
import type { UnitInfo, UnitState } from '../bus/unit-state.ts';
import type { GapCause } from './gap-cause.ts';
import type { LiveFrame } from './live-message.ts';

// What `/api/v1` answers to a page before the live socket takes over (contract section 8).

/** Where and how a unit is asked, without secrets. */
export interface UnitSetup {
  readonly host: string;
  readonly tcp_port: number;
  readonly ftp_port: number;
  readonly tcp_enabled: boolean;
  readonly ftp_enabled: boolean;
  readonly web_enabled: boolean;
  readonly poll_enabled: boolean;
  readonly poll_interval_seconds: number;
  readonly monitor_enabled: boolean;
  readonly acquisition: 'dod' | 'drd';
}

/** How much of what a period should hold is there. `expected`, `live`, `late`, `lost` count frames; `coverage` is 0..1, `null` where nothing was expected. */
export interface CoverageFigures {
  readonly expected: number;
  readonly live: number;
  readonly late: number;
  readonly lost: number;
  readonly coverage: number | null;
}

/** One unit in `GET /api/v1/units` (`{count, units}`) and the answer of `GET /api/v1/units/{unit}`. */
export interface UnitOverview {
  readonly unit: string;
  readonly edge: string | null;
  readonly edge_online: boolean;
  /** IANA zone in which this unit's days begin. */
  readonly timezone: string;
  readonly config: UnitSetup;
  /** `null` until the edge has said something. */
  readonly state: UnitState | null;
  readonly info: UnitInfo | null;
  /** The newest stored frame. */
  readonly frame: LiveFrame | null;
  /** Since local midnight of the unit's zone. */
  readonly coverage_today: CoverageFigures | null;
}

/** One stored frame in `GET /api/v1/units/{unit}/readings`. */
export interface StoredFrame extends LiveFrame {
  /** `import`: a row of an imported series, of which only the interval means anything. */
  readonly src: 'dod' | 'drd' | 'import';
  /** It came by backfill. */
  readonly late: boolean;
}

/** `GET /api/v1/units/{unit}/readings?from&to&limit&next`: oldest first; `next` is opaque and `null` on the last page. */
export interface ReadingsPage {
  readonly unit: string;
  readonly count: number;
  readonly next: string | null;
  readonly readings: readonly StoredFrame[];
}

/** A stretch without frames; `to` exclusive. */
export interface CoverageGap {
  readonly from: string;
  readonly to: string;
  readonly frames: number;
  readonly cause: GapCause;
}

/** `GET /api/v1/units/{unit}/coverage?from&to`. */
export interface CoverageReport extends CoverageFigures {
  readonly unit: string;
  /** From when on frames are expected: the start of the period, or the unit's first frame in it; `null` where nothing is. */
  readonly expected_from: string | null;
  readonly gaps: readonly CoverageGap[];
}

/** One agent in `GET /api/v1/edges` (`{count, edges}`). */
export interface EdgeOverview {
  readonly edge: string;
  readonly created_at: string;
  readonly revision: number;
  readonly applied_revision: number | null;
  /** What became of the configuration, unit by unit. */
  readonly applied: AppliedConfig | null;
  readonly online: boolean;
  readonly state: EdgeState | null;
  readonly info: EdgeInfo | null;
  readonly health: EdgeHealth | null;
  /** Age in seconds of the oldest frame that the hub has not got, as the edge said last. */
  readonly lag_s: number | null;
  readonly last_seen: string | null;
}

/** `GET /api/v1/session`: who is signed in; 401 when nobody is. */
export interface SessionView {
  readonly name: string;
  readonly role: 'admin' | 'operator' | 'viewer';
}
