import type { LiveFrame, LiveMessage, UnitOverview } from '@slmm/protocol/live';
import { type FrameSeries, mergeSeries, toPoint } from '../live/frame-series.ts';

/** What the page knows of one unit: what the hub said last, and the frames since. */
export interface UnitView {
  readonly unit: string;
  readonly overview: UnitOverview;
  /** `ok`, or what stands between edge and meter; `null` while nobody said. */
  readonly link: string | null;
  readonly reachable: boolean | null;
  readonly reason: string | null;
  readonly linkSince: string | null;
  readonly run: string;
  readonly edgeOnline: boolean;
  readonly frame: LiveFrame | null;
  readonly series: FrameSeries;
  /** Frames that this page did not get because it was slow. */
  readonly missed: number;
}

/** All units by id. */
export type FleetView = ReadonlyMap<string, UnitView>;

/** How much of a unit's past the page keeps. */
export interface Keep {
  readonly windowMs: number;
  readonly points: number;
}

/** Takes over a fresh list from the hub: units that are gone go, frames and trends of the others stay. */
export function withOverviews(fleet: FleetView, overviews: readonly UnitOverview[]): FleetView {
  return new Map(
    overviews.map((overview) => {
      const known = fleet.get(overview.unit);
      const state = overview.state;
      const view: UnitView = {
        unit: overview.unit,
        overview,
        link: state?.link ?? null,
        reachable: state?.reachable ?? null,
        reason: state?.reason ?? null,
        linkSince: state?.since ?? null,
        run: state?.run ?? overview.frame?.run ?? 'unknown',
        edgeOnline: overview.edge_online,
        frame: newer(known?.frame ?? null, overview.frame),
        series: known?.series ?? [],
        missed: known?.missed ?? 0,
      };
      return [overview.unit, view] as const;
    }),
  );
}

/** Takes over one live message. A message about a unit that is not in the list changes nothing: the next list will have it. */
export function withMessage(fleet: FleetView, message: LiveMessage, nowMs: number, keep: Keep): FleetView {
  if (message.type !== 'frame' && message.type !== 'unit') return fleet;
  const known = fleet.get(message.unit);
  if (known === undefined) return fleet;
  if (message.type === 'unit') {
    return replace(fleet, {
      ...known,
      link: message.link,
      reachable: message.reachable,
      reason: message.reason,
      linkSince: message.since,
      run: message.run,
      edgeOnline: message.edge_online ?? known.edgeOnline,
    });
  }
  const isNewest = newer(known.frame, message.frame) === message.frame;
  return replace(fleet, {
    ...known,
    frame: isNewest ? message.frame : known.frame,
    run: isNewest && message.frame.run !== 'unknown' ? message.frame.run : known.run,
    series: mergeSeries(known.series, [toPoint(message.frame)], nowMs - keep.windowMs, keep.points),
    missed: known.missed + (message.missed ?? 0),
  });
}

/** Takes over frames from the history. */
export function withHistory(
  fleet: FleetView,
  unit: string,
  readings: readonly LiveFrame[],
  nowMs: number,
  keep: Keep,
): FleetView {
  const known = fleet.get(unit);
  if (known === undefined) return fleet;
  const series = mergeSeries(known.series, readings.map(toPoint), nowMs - keep.windowMs, keep.points);
  const frame = readings.reduce<LiveFrame | null>(newer, known.frame);
  return series === known.series && frame === known.frame ? fleet : replace(fleet, { ...known, series, frame });
}

/** The newer of two frames by the measurement's own time. */
function newer(a: LiveFrame | null, b: LiveFrame | null): LiveFrame | null {
  if (a === null || b === null) return a ?? b;
  if (a.at !== b.at) return b.at > a.at ? b : a;
  return a.epoch === b.epoch && b.seq < a.seq ? a : b;
}

function replace(fleet: FleetView, view: UnitView): FleetView {
  return new Map(fleet).set(view.unit, view);
}
