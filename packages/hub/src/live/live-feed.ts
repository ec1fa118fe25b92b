import type { Frame, LiveAlert, LiveMessage } from '@slmm/protocol';
import type { Clock, Closeable } from '@slmm/shared';
import type { Fleet, UnitView } from '../fleet/fleet.ts';
import type { Metrics } from '../metrics.ts';
import type { Dialect, UnitCondition } from './dialect.ts';
import type { LiveConnection } from './live-connection.ts';
import { encode, type EncodedFrame, Viewer } from './viewer.ts';
import type { WatchDemand } from './watch-demand.ts';

const TICK_MS = 1_000;

/** What the feed remembers of a unit while somebody watches it. */
interface Watched {
  readonly viewers: Set<Viewer>;
  /** Instant of the newest frame that was told; backfill that is older stays out of the live picture. */
  newestAt: string;
  /** From the loss of the unit until its next live frame or good state. */
  outage: boolean;
  /** Per dialect, what was said last of the unit's condition. */
  readonly said: Map<Dialect, string>;
}

/**
 * Carries what happens in the fleet to everybody who watches. Each thing is encoded once per dialect and the bytes are shared; each viewer has a backlog of
 * its own (viewer.ts), so a slow one costs others nothing. Neighbours: the fleet tells, adapters/ws joins connections.
 */
export class LiveFeed implements Closeable {
  readonly #fleet: Fleet;
  readonly #clock: Clock;
  readonly #metrics: Pick<Metrics, 'viewers' | 'viewerMissed'>;
  readonly #demand: WatchDemand;
  readonly #units = new Map<string, Watched>();
  /** Units by viewer. */
  readonly #viewers = new Map<Viewer, Set<string>>();
  readonly #stopListening: () => void;
  /** Who is told of alerts, and of whose. */
  readonly #alertViewers = new Map<Viewer, (unit: string) => boolean>();
  readonly #newUnitListeners = new Set<(unit: string) => void>();
  #cancelTick: () => void;

  /** `demand` is shared with the other feeds, and closed by who made it. */
  constructor(fleet: Fleet, clock: Clock, metrics: Pick<Metrics, 'viewers' | 'viewerMissed'>, demand: WatchDemand) {
    this.#fleet = fleet;
    this.#metrics = metrics;
    this.#clock = clock;
    this.#demand = demand;
    this.#stopListening = fleet.listen({
      frame: (unit, frame, late) => this.#onFrame(unit, frame, late),
      unitState: (unit) => this.#onCondition(unit),
      unitConfig: (unit) => this.#onConfig(unit),
      edgeState: (edge) => {
        for (const unit of this.#units.keys()) if (this.#fleet.unit(unit)?.config.edge === edge) this.#onCondition(unit);
      },
    });
    this.#cancelTick = clock.after(TICK_MS, () => this.#tick());
  }

  /** Takes a connection in; it is told nothing before it watches something. */
  join(connection: LiveConnection, dialect: Dialect): Viewer {
    const viewer = new Viewer(connection, dialect, this.#clock, (frames) => this.#metrics.viewerMissed.inc(frames));
    this.#viewers.set(viewer, new Set());
    this.#metrics.viewers.set(this.#viewers.size);
    return viewer;
  }

  leave(viewer: Viewer): void {
    viewer.gone();
    for (const unit of this.#viewers.get(viewer) ?? []) this.#unwatch(viewer, unit);
    this.#viewers.delete(viewer);
    this.#alertViewers.delete(viewer);
    this.#metrics.viewers.set(this.#viewers.size);
  }

  /** Begins to watch: the unit's condition and its last frame come at once. `withLast: false` leaves the frame out, for callers that bring history themselves. */
  watch(viewer: Viewer, unit: string, withLast = true): void {
    const units = this.#viewers.get(viewer);
    if (units === undefined || units.has(unit)) return;
    units.add(unit);
    const view = this.#fleet.unit(unit);
    const watched = this.#watched(unit, view);
    watched.viewers.add(viewer);
    this.#demand.watch(unit);
    const condition = this.#condition(unit, watched, view);
    if (withLast && view?.frame) viewer.frame(unit, this.#encodeFrame(viewer.dialect, view.frame, view));
    watched.said.set(viewer.dialect, viewer.dialect.conditionKey(condition));
    const message = viewer.dialect.condition(condition);
    if (message !== null) viewer.notice(unit, { bytes: encode(message) });
  }

  unwatch(viewer: Viewer, unit: string): void {
    if (this.#viewers.get(viewer)?.delete(unit) === true) this.#unwatch(viewer, unit);
  }

  /** From now on the viewer is told of the alerts of these units (and edges); `null`: of none. */
  hearAlerts(viewer: Viewer, of: ((unit: string) => boolean) | null): void {
    if (of === null || !this.#viewers.has(viewer)) this.#alertViewers.delete(viewer);
    else this.#alertViewers.set(viewer, of);
  }

  /** A step in the life of an event. A slow viewer gets the newest of each event. */
  alert(alert: LiveAlert): void {
    const bytes = encode({ type: 'alert', alert } satisfies LiveMessage);
    for (const [viewer, isOf] of this.#alertViewers) if (isOf(alert.unit)) viewer.notice(`alert ${alert.event_id}`, { bytes });
  }

  /** Called with every unit that comes into being, for viewers of "all units". Returns the way to stop. */
  onNewUnit(listener: (unit: string) => void): () => void {
    this.#newUnitListeners.add(listener);
    return () => this.#newUnitListeners.delete(listener);
  }

  close(): Promise<void> {
    this.#cancelTick();
    this.#stopListening();
    for (const viewer of this.#viewers.keys()) viewer.close(1001, 'The hub is stopping.');
    return Promise.resolve();
  }

  #onFrame(unit: string, frame: Frame, late: boolean): void {
    const watched = this.#units.get(unit);
    if (watched === undefined) return;
    if (late && (watched.outage || frame.at <= watched.newestAt)) return;
    if (frame.at > watched.newestAt) watched.newestAt = frame.at;
    const view = this.#fleet.unit(unit);
    if (watched.outage) this.#endOutage(unit, watched, view);
    const encoded = new Map<Dialect, EncodedFrame>();
    for (const viewer of watched.viewers) {
      let one = encoded.get(viewer.dialect);
      if (one === undefined) encoded.set(viewer.dialect, (one = this.#encodeFrame(viewer.dialect, frame, view)));
      viewer.frame(unit, one);
    }
  }

  /** A live frame is the proof; the state that says so may come after it. */
  #endOutage(unit: string, watched: Watched, view: UnitView | null): void {
    watched.outage = false;
    const condition = this.#condition(unit, watched, view);
    for (const dialect of watched.said.keys()) watched.said.set(dialect, dialect.conditionKey(condition));
  }

  #onCondition(unit: string): void {
    const watched = this.#units.get(unit);
    if (watched === undefined) return;
    const view = this.#fleet.unit(unit);
    watched.outage = isLost(view);
    const condition = this.#condition(unit, watched, view);
    const encoded = new Map<Dialect, Uint8Array | null>();
    for (const viewer of watched.viewers) {
      const { dialect } = viewer;
      if (!encoded.has(dialect)) encoded.set(dialect, this.#encodeNews(dialect, condition, watched));
      const bytes = encoded.get(dialect) ?? null;
      if (bytes !== null) viewer.notice(unit, { bytes });
    }
  }

  /** `null` when this dialect has nothing to say of it, or said it already. */
  #encodeNews(dialect: Dialect, condition: UnitCondition, watched: Watched): Uint8Array | null {
    const key = dialect.conditionKey(condition);
    if (watched.said.get(dialect) === key) return null;
    watched.said.set(dialect, key);
    const message = dialect.condition(condition);
    return message === null ? null : encode(message);
  }

  #onConfig(unit: string): void {
    if (this.#fleet.unit(unit) !== null) {
      this.#demand.renew(unit);
      for (const listener of this.#newUnitListeners) listener(unit);
    }
    this.#onCondition(unit);
  }

  #tick(): void {
    this.#cancelTick = this.#clock.after(TICK_MS, () => this.#tick());
    for (const [viewer, units] of this.#viewers) {
      const [only] = units;
      const condition = units.size === 1 && only !== undefined ? this.#conditionNow(only) : null;
      if (!viewer.tick(condition)) this.leave(viewer);
    }
  }

  #conditionNow(unit: string): UnitCondition | null {
    const watched = this.#units.get(unit);
    return watched === undefined ? null : this.#condition(unit, watched, this.#fleet.unit(unit));
  }

  #condition(unit: string, watched: Watched, view: UnitView | null): UnitCondition {
    return { unit, view, reachable: !watched.outage, atMs: this.#clock.nowMs() };
  }

  #watched(unit: string, view: UnitView | null): Watched {
    let watched = this.#units.get(unit);
    if (watched === undefined) {
      watched = { viewers: new Set(), newestAt: view?.frame?.at ?? '', outage: isLost(view), said: new Map() };
      this.#units.set(unit, watched);
    }
    return watched;
  }

  #unwatch(viewer: Viewer, unit: string): void {
    viewer.forget(unit);
    this.#demand.release(unit);
    const watched = this.#units.get(unit);
    watched?.viewers.delete(viewer);
    if (watched?.viewers.size === 0) this.#units.delete(unit);
  }

  #encodeFrame(dialect: Dialect, frame: Frame, view: UnitView | null): EncodedFrame {
    return { bytes: encode(dialect.frame(frame, view, 0)), frame, view };
  }
}

/** Links that nobody tries at present: switched off, or given away. */
const LEFT_ALONE: ReadonlySet<string> = new Set(['disabled', 'standby']);

/** Nobody can reach the meter right now, or nobody may. */
function isLost(view: UnitView | null): boolean {
  if (view === null || !view.edgeOnline || !view.config.tcpEnabled) return true;
  return view.state !== null && (!view.state.reachable || LEFT_ALONE.has(view.state.link));
}
