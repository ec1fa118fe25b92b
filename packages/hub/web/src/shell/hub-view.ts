import type { CoverageReport, LiveMessage, SessionView } from '@slmm/protocol/live';
import { type Answer, readCoverage, readReadings, readSession, readUnits, signOut } from '../api/hub-api.ts';
import { type EventView, readEvents } from '../alerts/alert-api.ts';
import { type FleetView, type Keep, withHistory, withMessage, withOverviews } from '../fleet/fleet-model.ts';
import { startOfDayMs } from '../format/instant.ts';
import { frameKey } from '../live/frame-series.ts';
import { browserSurroundings } from '../live/browser-surroundings.ts';
import { LiveSocket, type LiveStatus } from '../live/live-socket.ts';

/** Everything the page shows, as it stands. */
export interface HubState {
  readonly session:
    | { readonly name: 'asking' | 'signed-out' }
    | { readonly name: 'signed-in'; readonly view: SessionView | null };
  readonly fleet: FleetView;
  /** The list has been read at least once. */
  readonly isLoaded: boolean;
  readonly live: LiveStatus;
  /** Why the last question over HTTP failed; `null` when it did not. */
  readonly fault: string | null;
  /** Hub clock minus this machine's clock: ages are told by the hub's clock, a wrong one here must not cry wolf. */
  readonly hubAheadMs: number;
  /** Units whose past is being fetched. */
  readonly backfilling: ReadonlySet<string>;
  readonly coverage: ReadonlyMap<string, CoverageReport>;
  /** Events that are on and the newest others; `null` until they were read. */
  readonly events: readonly EventView[] | null;
  /** Why the events could not be read the last time. */
  readonly eventsFault: string | null;
  /** How many steps of alerts were told; whoever shows one event asks again when it grows. */
  readonly alertSteps: number;
}

/** The list carries what the live socket does not: coverage, new units, what meters are set to. */
const LIST_EVERY_MS = 20_000;
/** Time between two pictures; levels come once a second per unit, but a hundred units must not draw a hundred times. */
const DRAW_EVERY_MS = 200;
/** Steps of alerts come in bunches. */
const EVENTS_AFTER_MS = 300;
/** In any case, should a step have been missed. */
const EVENTS_EVERY_MS = 60_000;
const TREND: Keep = { windowMs: 5 * 60_000, points: 600 };
const HOUR: Keep = { windowMs: 60 * 60_000, points: 8000 };
/** Trends are fetched for this many units; further ones grow theirs from live frames. */
const MOST_TRENDS = 60;
/** The hub resumes at most this far back (contract of the live request); longer absences are filled from the history. */
const RESUME_LIMIT_MS = 9 * 60_000;

/**
 * The page's one copy of the hub: asks over HTTP, listens on the live socket, tells whoever draws.
 * Neighbours: fleet/fleet-model.ts does the merging, live/live-socket.ts the coming back, use-hub.ts brings it to whoever draws.
 */
export class HubView {
  #state: HubState = {
    session: { name: 'asking' },
    fleet: new Map(),
    isLoaded: false,
    live: { name: 'connecting' },
    fault: null,
    hubAheadMs: 0,
    backfilling: new Set(),
    coverage: new Map(),
    events: null,
    eventsFault: null,
    alertSteps: 0,
  };
  readonly #listeners = new Set<() => void>();
  readonly #live: LiveSocket;
  #focus: string | null = null;
  #isDrawDue = false;
  #areEventsDue = false;
  #lostSinceMs: number | null = null;
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  /** How far back a unit's frames are here, and how far back somebody wants them (ms); no more entries than units. */
  readonly #filled = new Map<string, number>();
  readonly #wanted = new Map<string, number>();

  constructor() {
    this.#live = new LiveSocket(
      browserSurroundings,
      () => this.#resumeFrom(),
      (message) => this.#take(message),
      (status) => this.#follow(status),
    );
  }

  get state(): HubState {
    return this.#state;
  }

  /** Present time by the hub's clock. */
  nowMs(): number {
    return Date.now() + this.#state.hubAheadMs;
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async start(): Promise<void> {
    const session = await readSession();
    if (session.kind === 'signed-out') return this.#change({ session: { name: 'signed-out' } });
    // A hub that cannot be asked now is asked again with the list; nobody is sent away because the network was slow.
    this.#change({ session: { name: 'signed-in', view: session.kind === 'ok' ? session.value : null } });
    await this.#readList();
    if (this.#isSignedOut) return;
    this.#every(LIST_EVERY_MS, () => void this.#readList());
    void this.readEvents();
    this.#every(EVENTS_EVERY_MS, () => document.visibilityState === 'visible' && void this.readEvents());
    this.#live.watch(['*']);
    window.addEventListener('online', () => this.#live.hurry());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState !== 'visible' || this.#isSignedOut) return;
      this.#live.hurry();
      void this.readEvents();
    });
    await this.#fillTrends();
  }

  /** The unit whose page is open, or `null` for the fleet. Its frames are kept for an hour, those of others for as long as a trend is. */
  focus(unit: string | null): void {
    if (this.#focus === unit) return;
    if (this.#focus !== null) this.#filled.set(this.#focus, Math.min(TREND.windowMs, this.#filled.get(this.#focus) ?? 0));
    this.#focus = unit;
    this.#live.watch([unit ?? '*']);
    if (unit === null) void this.#fillTrends();
    else void this.readCoverage(unit);
  }

  /** Ends this browser's session; the page goes back to asking for a token. */
  async leave(): Promise<void> {
    await signOut();
    this.#end();
  }

  hurry(): void {
    this.#live.hurry();
    void this.#readList();
  }

  /** Fetches the last `windowMs` of a unit from the history, as far as they are not here yet; a wider wish that comes meanwhile is seen to afterwards. */
  async backfill(unit: string, windowMs: number): Promise<void> {
    this.#wanted.set(unit, Math.max(windowMs, this.#wanted.get(unit) ?? 0));
    if (this.#state.backfilling.has(unit)) return;
    for (;;) {
      const wantedMs = this.#wanted.get(unit) ?? 0;
      if ((this.#filled.get(unit) ?? 0) >= wantedMs) break;
      const nowMs = this.nowMs();
      if (!(await this.#fetchHistory(unit, nowMs - wantedMs, nowMs))) break;
      this.#filled.set(unit, wantedMs);
    }
    this.#wanted.delete(unit);
  }

  /** Asks for the events; whoever has changed one asks at once. */
  async readEvents(): Promise<void> {
    const answer = await readEvents();
    if (answer.kind === 'ok') this.#change({ events: answer.value, eventsFault: null, alertSteps: this.#state.alertSteps + 1 });
    else if (answer.kind === 'failed') this.#change({ eventsFault: answer.reason });
    else this.#accept(answer);
  }

  async readCoverage(unit: string): Promise<void> {
    const zone = this.#state.fleet.get(unit)?.overview.timezone;
    if (zone === undefined) return;
    const nowMs = this.nowMs();
    const answer = await readCoverage(unit, startOfDayMs(nowMs, zone), nowMs);
    if (this.#accept(answer)) this.#change({ coverage: new Map(this.#state.coverage).set(unit, answer.value) });
  }

  /** Answers whether all of it came. */
  async #fetchHistory(unit: string, fromMs: number, toMs: number): Promise<boolean> {
    this.#change({ backfilling: new Set([...this.#state.backfilling, unit]) });
    const answer = await readReadings(
      unit,
      fromMs,
      toMs,
      (readings) => this.#change({ fleet: withHistory(this.#state.fleet, unit, readings, this.nowMs(), this.#keepOf(unit)) }),
      () => this.#state.fleet.has(unit),
    );
    const isWhole = this.#accept(answer);
    this.#change({ backfilling: new Set([...this.#state.backfilling].filter((other) => other !== unit)) });
    return isWhole;
  }

  async #fillTrends(): Promise<void> {
    for (const unit of [...this.#state.fleet.keys()].slice(0, MOST_TRENDS)) {
      if (this.#focus !== null) return;
      await this.backfill(unit, TREND.windowMs);
    }
  }

  async #readList(): Promise<void> {
    const answer = await readUnits();
    if (!this.#accept(answer)) return;
    this.#change({
      fleet: withOverviews(this.#state.fleet, answer.value.units),
      isLoaded: true,
      hubAheadMs: steady(this.#state, answer.hubAheadMs),
    });
    if (this.#focus !== null) await this.readCoverage(this.#focus);
  }

  #keepOf(unit: string): Keep {
    return unit === this.#focus ? HOUR : TREND;
  }

  #resumeFrom(): Record<string, string> {
    const after: Record<string, string> = {};
    for (const [unit, view] of this.#state.fleet) {
      // What the chart has, not what the list brought: frames between the two would be missing for ever.
      const last = view.series.at(-1) ?? view.frame;
      if ((this.#focus === null || this.#focus === unit) && last !== null) after[unit] = frameKey(last);
    }
    return after;
  }

  #readEventsSoon(): void {
    if (this.#areEventsDue) return;
    this.#areEventsDue = true;
    setTimeout(() => {
      this.#areEventsDue = false;
      void this.readEvents();
    }, EVENTS_AFTER_MS);
  }

  #take(message: LiveMessage): void {
    if (message.type === 'alert') this.#readEventsSoon();
    const unit = message.type === 'frame' ? message.unit : null;
    const keep = unit === null ? TREND : this.#keepOf(unit);
    const fleet = withMessage(this.#state.fleet, message, this.nowMs(), keep);
    if (fleet !== this.#state.fleet) this.#change({ fleet });
    // A slow page lost frames: the history has them.
    if (
      message.type === 'frame' &&
      message.missed !== undefined &&
      message.unit === this.#focus &&
      !this.#state.backfilling.has(message.unit)
    )
      void this.#fetchHistory(message.unit, Date.parse(message.frame.at) - message.missed * 2000 - 60_000, this.nowMs());
  }

  #follow(live: LiveStatus): void {
    this.#change({ live });
    if (live.name !== 'open') {
      this.#lostSinceMs ??= this.nowMs();
      return;
    }
    const lostMs = this.#lostSinceMs === null ? 0 : this.nowMs() - this.#lostSinceMs;
    this.#lostSinceMs = null;
    if (lostMs > 1000) {
      void this.#readList();
      void this.readEvents();
    }
    if (lostMs > RESUME_LIMIT_MS) {
      this.#filled.clear();
      if (this.#focus === null) void this.#fillTrends();
      else void this.backfill(this.#focus, HOUR.windowMs);
    }
  }

  #accept<T>(answer: Answer<T>): answer is Extract<Answer<T>, { kind: 'ok' }> {
    if (answer.kind === 'signed-out') {
      this.#end();
      return false;
    }
    const fault = answer.kind === 'failed' ? answer.reason : null;
    if (fault !== this.#state.fault) this.#change({ fault });
    return answer.kind === 'ok';
  }

  get #isSignedOut(): boolean {
    return this.#state.session.name === 'signed-out';
  }

  #every(everyMs: number, act: () => void): void {
    this.#timers.push(setInterval(act, everyMs));
  }

  /** Asks nothing any more and shows nothing: signing in begins with a fresh page. */
  #end(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#live.close();
    this.#change({ session: { name: 'signed-out' }, fleet: new Map(), coverage: new Map(), events: null });
  }

  #change(change: Partial<HubState>): void {
    this.#state = { ...this.#state, ...change };
    if (this.#isDrawDue) return;
    this.#isDrawDue = true;
    setTimeout(() => {
      this.#isDrawDue = false;
      for (const listener of this.#listeners) listener();
    }, DRAW_EVERY_MS);
  }
}

/** The Date header has whole seconds: a difference within two of them is no difference. */
function steady(state: HubState, hubAheadMs: number): number {
  if (Math.abs(hubAheadMs) < 2000) return 0;
  return Math.abs(hubAheadMs - state.hubAheadMs) < 2000 ? state.hubAheadMs : hubAheadMs;
}
