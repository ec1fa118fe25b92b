import { isId, type LiveRequest, liveRequestSchema } from '@slmm/protocol';
import type { Clock, Logger } from '@slmm/shared';
import type { Identity } from '../access/identity.ts';
import { mayDo } from '../access/policy.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { ReadingStore } from '../history/reading-store.ts';
import { liveDialect } from './live-dialect.ts';
import type { LiveConnection } from './live-connection.ts';
import type { LiveFeed } from './live-feed.ts';
import { after, parseSeen, RESUME_MS, type Seen } from './resume.ts';
import type { Viewer } from './viewer.ts';

/** Requests a viewer may make in a row, and how fast the allowance comes back. */
const REQUEST_BURST = 20;
const REQUEST_EVERY_MS = 500;
/** Frames of one unit on a resume: ten minutes at the meter's own pace, with room. */
const RESUME_FRAMES = 1_000;
/** Looks into the store per unit: one for the past, the others for what was committed meanwhile. */
const RESUME_ROUNDS = 5;
/** Units whose past is read for one request; the others get their newest frame at once, like units without `after`. */
const RESUME_UNITS = 50;

export interface LiveSessionParts {
  readonly fleet: Fleet;
  readonly readings: Pick<ReadingStore, 'readings'>;
  readonly feed: LiveFeed;
  readonly clock: Clock;
  readonly log: Logger;
}

/** One connection on `GET /api/v1/live`: reads its requests, checks each unit against the policy, brings what was missed. */
export class LiveSession {
  readonly viewer: Viewer;
  readonly #parts: LiveSessionParts;
  readonly #identity: Identity;
  readonly #stopNewUnits: () => void;
  #wantsAll = false;
  #units = new Set<string>();
  /** Of these the ones whose past is still to be brought, with what the viewer has: they are watched after it, whatever request brings it. */
  readonly #resuming = new Map<string, Seen>();
  #request = 0;
  #allowance = REQUEST_BURST;
  #allowanceAtMs: number;

  constructor(connection: LiveConnection, identity: Identity, parts: LiveSessionParts) {
    this.#parts = parts;
    this.#identity = identity;
    this.#allowanceAtMs = parts.clock.monotonicMs();
    this.viewer = parts.feed.join(connection, liveDialect);
    this.#stopNewUnits = parts.feed.onNewUnit((unit) => {
      if (this.#wantsAll && mayDo(identity, 'read', unit)) this.#watch(unit);
    });
  }

  /** One text message of the viewer. */
  receive(text: string): void {
    if (!this.#isAllowed()) {
      this.viewer.close(1008, 'Too many requests.');
      return;
    }
    const request = readRequest(text);
    if (request === null) this.#refuse('Expected {"type":"subscribe","units":[…]} or {"type":"ping"}.');
    else if (request.type === 'ping') this.viewer.say(liveDialect.heartbeat(null, this.#parts.clock.nowMs()));
    else {
      const mayRead = (unit: string): boolean => mayDo(this.#identity, 'read', unit);
      this.#parts.feed.hearAlerts(this.viewer, request.alerts === true ? mayRead : null);
      this.#subscribe(request.units, request.after ?? {});
    }
  }

  /** The connection is gone. */
  close(): void {
    this.#request += 1;
    this.#stopNewUnits();
    this.#parts.feed.leave(this.viewer);
  }

  #subscribe(wanted: readonly string[], resume: Readonly<Record<string, string>>): void {
    this.#request += 1;
    this.#wantsAll = wanted.includes('*');
    const units = this.#wantsAll ? this.#readableUnits() : this.#checked(wanted);
    for (const unit of this.#units) {
      if (units.has(unit)) continue;
      this.#resuming.delete(unit);
      this.#parts.feed.unwatch(this.viewer, unit);
    }
    const added = [...units].filter((unit) => !this.#units.has(unit) || this.#resuming.has(unit));
    let places = RESUME_UNITS;
    this.#units = units;
    for (const unit of added) {
      const seen = Object.hasOwn(resume, unit) ? parseSeen(resume[unit] ?? '') : (this.#resuming.get(unit) ?? null);
      if (seen === null || places === 0) this.#watch(unit);
      else {
        places -= 1;
        this.#resuming.set(unit, seen);
      }
    }
    void this.#resume(this.#request);
  }

  #watch(unit: string): void {
    this.#units.add(unit);
    this.#resuming.delete(unit);
    this.#parts.feed.watch(this.viewer, unit);
  }

  #readableUnits(): Set<string> {
    const all = this.#parts.fleet.units().map((view) => view.config.unit);
    return new Set(all.filter((unit) => mayDo(this.#identity, 'read', unit)));
  }

  #checked(wanted: readonly string[]): Set<string> {
    const units = new Set<string>();
    for (const unit of wanted) {
      if (!isId(unit)) this.#refuse(`${JSON.stringify(unit)} is not a unit id.`);
      else if (!mayDo(this.#identity, 'read', unit)) this.#refuse(`You may not read unit ${unit}.`);
      else units.add(unit);
    }
    return units;
  }

  /**
   * Past frames first, then the present. A frame is told after its commit, so whatever is told between the last look into the store and the watch is
   * either the newest frame itself, which the watch brings, or seen by the numbers, and then the store is asked again.
   */
  async #resume(request: number): Promise<void> {
    for (const [unit, seen] of this.#resuming) {
      const last = await this.#sendPast(unit, seen, () => request === this.#request);
      // A later request has taken it over, from where this one has come to.
      if (request !== this.#request) return;
      this.#resuming.delete(unit);
      const newest = this.#parts.fleet.unit(unit)?.frame;
      const isShown = newest?.epoch === last.epoch && newest.seq <= last.seq;
      this.#parts.feed.watch(this.viewer, unit, !isShown);
    }
  }

  /** Answers the last frame that the viewer has after it. */
  async #sendPast(unit: string, seen: Seen, isWanted: () => boolean): Promise<Seen> {
    let last = seen;
    let fromMs = this.#parts.clock.nowMs() - RESUME_MS;
    try {
      for (let round = 0; round < RESUME_ROUNDS; round += 1) {
        await this.viewer.free();
        const query = { unit, fromMs, toMs: this.#parts.clock.nowMs() + RESUME_MS, limit: RESUME_FRAMES };
        const { readings } = await this.#parts.readings.readings(query);
        if (!isWanted()) return last;
        const frames = after(
          readings.map((reading) => reading.frame),
          last,
        );
        for (const frame of frames) this.viewer.say(liveDialect.frame(frame, null, 0));
        last = frames.at(-1) ?? last;
        this.#resuming.set(unit, last);
        fromMs = readings.at(-1)?.atMs ?? fromMs;
        const newest = this.#parts.fleet.unit(unit)?.frame ?? null;
        if (newest === null || (newest.epoch === last.epoch && newest.seq <= last.seq + 1)) break;
      }
    } catch (error) {
      this.#parts.log.warn({ err: error, unit }, 'past frames for a live viewer could not be read; it goes on with the newest');
    }
    return last;
  }

  #refuse(reason: string): void {
    this.viewer.say({ type: 'refused', reason });
  }

  #isAllowed(): boolean {
    const nowMs = this.#parts.clock.monotonicMs();
    this.#allowance = Math.min(REQUEST_BURST, this.#allowance + (nowMs - this.#allowanceAtMs) / REQUEST_EVERY_MS);
    this.#allowanceAtMs = nowMs;
    if (this.#allowance < 1) return false;
    this.#allowance -= 1;
    return true;
  }
}

function readRequest(text: string): LiveRequest | null {
  try {
    const read = liveRequestSchema.safeParse(JSON.parse(text));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}
