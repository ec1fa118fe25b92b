/**
 * One unit's alerts at work: live readings go straight in, late ones cause the story to be told again from where the gap began.
 * Neighbours: unit-alerts.ts is the rule, engine.ts owns one of these per unit, history's reading store gives the past.
 */
import type { Clock, Logger } from '@slmm/shared';
import type { Frame } from '@slmm/protocol';
import type { ReadingStore } from '../history/reading-store.ts';
import type { AlertStore } from './alert-store.ts';
import type { CommitQueue } from './commit-queue.ts';
import type { EventRecord } from './event-record.ts';
import { episodeOf, formerEpisodeOf } from './machine.ts';
import { isOfReadings, type Observation } from './metric.ts';
import { reconcile } from './reconcile.ts';
import {
  type AlertChange,
  longestMemoryMs,
  type RuleInForce,
  type RuleStanding,
  UnitAlerts,
  type UnitCheckpoint,
} from './unit-alerts.ts';

/** A jump between readings from which on something may still be missing. */
const GAP_MS = 5_000;
/** Late readings come in crowds: the story is told again when they pause, or at the latest after this time. */
const RETELL_PAUSE_MS = 1_500;
const RETELL_LATEST_MS = 60_000;
/** Older than this at its arrival, a step is for the record and not for waking people. */
const LATE_MS = 150_000;
/** Positions of one unit that are kept to tell again from; of more, the one is given up whose neighbour serves nearly as well. Before the oldest: from a day earlier. */
const MAX_GAPS = 50;
const ANCHOR_EVERY_MS = 3_600_000;
const FALLBACK_MS = 24 * 3_600_000;
/** Readings that wait while the story is told again; more are read from the store instead. */
const MAX_QUEUE = 5_000;
const PAGE = 2_000;

export interface UnitRuntimeDeps {
  readonly readings: ReadingStore;
  readonly store: AlertStore;
  readonly commits: CommitQueue;
  readonly clock: Clock;
  readonly log: Logger;
  /** Takes a change to the outbox and to the record; `late` ones wake nobody. */
  readonly changed: (change: AlertChange, late: boolean) => void;
}

export class UnitRuntime {
  readonly #deps: UnitRuntimeDeps;
  readonly #unit: string;
  #zone: string;
  #rules: readonly RuleInForce[] = [];
  /** By readings; told again when late ones come. */
  #alerts: UnitAlerts;
  /** By the present state of meter and edge; goes forward only. */
  #stateAlerts: UnitAlerts;
  #gaps: UnitCheckpoint[];
  #queue: Observation[] = [];
  #queueOverflowed = false;
  #busy = true;
  #lateFromMs: number | null = null;
  #lateSinceMs = 0;
  #cancelRetell: (() => void) | null = null;
  #work: Promise<void> = Promise.resolve();
  #dirty = false;
  /** Windows that ended by now were ended up to here: readings from before it are late. */
  #outlivedMs = Number.NEGATIVE_INFINITY;
  /** The newest reading in order: one that skips a number follows something that is missing. */
  #newest: { readonly epoch: string; readonly seq: number } | null = null;
  #closed = false;

  constructor(unit: string, zone: string, gaps: readonly UnitCheckpoint[], deps: UnitRuntimeDeps) {
    this.#unit = unit;
    this.#zone = zone;
    this.#gaps = [...gaps];
    this.#deps = deps;
    this.#alerts = new UnitAlerts([], zone, null, []);
    this.#stateAlerts = new UnitAlerts([], zone, null, []);
  }

  /** Begins, or begins anew with other rules, from a position; reads from the store what came after it. Waits for whatever is under way. */
  start(rules: readonly RuleInForce[], zone: string, from: UnitCheckpoint | null): Promise<void> {
    return this.#exclusively(async () => {
      this.#rules = rules;
      this.#zone = zone;
      const position = from ?? { atMs: this.#deps.clock.nowMs(), states: {} };
      const open = await this.#openRecords(position);
      this.#stateAlerts = new UnitAlerts(
        rules.filter(({ rule }) => !isOfReadings(rule.metric)),
        zone,
        position,
        [],
        open,
      );
      await this.#tell(position, false);
    });
  }

  get zone(): string {
    return this.#zone;
  }

  get rules(): readonly RuleInForce[] {
    return this.#rules;
  }

  frame(frame: Frame, atMs: number): void {
    this.#take({ kind: 'frame', atMs, frame });
  }

  /** The state of meter or edge; its time is now. */
  state(observation: Observation): void {
    if (this.#closed) return;
    for (const change of this.#stateAlerts.observe(observation, false)) this.#deps.changed(change, false);
    this.#dirty = true;
  }

  /** Ends episodes whose window of the schedule is over while no reading comes to show it. Readings from before its end may still be on their way. */
  outlive(nowMs: number): void {
    const atMs = nowMs - LATE_MS;
    if (this.#busy || this.#closed || !this.#alerts.hasOutlived(atMs)) return;
    this.#gap(this.#alerts.checkpoint());
    for (const change of this.#alerts.outlive(atMs)) this.#deps.changed(change, false);
    this.#outlivedMs = atMs;
    this.#dirty = true;
  }

  standing(rule: string): RuleStanding | null {
    return this.#alerts.standing(rule) ?? this.#stateAlerts.standing(rule);
  }

  /** Ends what this rule has open. */
  end(rule: string, reason: 'rule_changed' | 'rule_disabled' | 'operator'): void {
    const atMs = this.#deps.clock.nowMs();
    for (const alerts of [this.#alerts, this.#stateAlerts])
      for (const change of alerts.end(rule, atMs, reason)) this.#deps.changed(change, false);
    this.#dirty = true;
  }

  /** The position to go on from, with other rules if need be. */
  checkpoint(): UnitCheckpoint {
    const { atMs, states } = this.#alerts.checkpoint();
    return {
      atMs: Number.isFinite(atMs) ? atMs : this.#deps.clock.nowMs(),
      states: { ...states, ...this.#stateAlerts.checkpoint().states },
    };
  }

  /** Writes the position when it has moved. */
  savePosition(): void {
    if (!this.#dirty || this.#busy) return;
    this.#dirty = false;
    this.#deps.commits.position({ unit: this.#unit, kind: 'position', checkpoint: this.checkpoint() });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRetell?.();
    await this.#work;
    this.savePosition();
  }

  /** Waits until nothing is being told again. */
  async settled(): Promise<void> {
    while (this.#busy || this.#lateFromMs !== null)
      await Promise.race([this.#work, new Promise((done) => this.#deps.clock.after(20, () => done(null)))]);
  }

  #take(observation: Observation): void {
    if (this.#closed) return;
    if (this.#busy) {
      if (this.#queue.length >= MAX_QUEUE) this.#queueOverflowed = true;
      else this.#queue.push(observation);
      return;
    }
    if (observation.atMs <= Math.max(this.#alerts.atMs, this.#outlivedMs)) this.#late(observation.atMs);
    else this.#observe(this.#alerts, observation, this.#deps.changed);
  }

  #observe(alerts: UnitAlerts, observation: Observation, changed: (change: AlertChange, late: boolean) => void): void {
    if (Number.isFinite(alerts.atMs) && this.#mayMiss(observation, alerts.atMs)) this.#gap(alerts.checkpoint());
    if (observation.kind === 'frame') this.#newest = { epoch: observation.frame.epoch, seq: observation.frame.seq };
    const late = this.#deps.clock.nowMs() - observation.atMs > LATE_MS;
    for (const change of alerts.observe(observation, late)) changed(change, late);
    this.#dirty = true;
  }

  /** Whether something may still come from between the newest reading and this one; once an hour in any case, so that no late reading is told from far. */
  #mayMiss(observation: Observation, newestMs: number): boolean {
    if (observation.kind !== 'frame') return false;
    const { epoch, seq, interval } = observation.frame;
    if (this.#newest?.epoch === epoch && seq > this.#newest.seq + 1) return true;
    if (observation.atMs - newestMs - (interval?.s ?? 0) * 1000 > GAP_MS) return true;
    return observation.atMs - (this.#gaps.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) > ANCHOR_EVERY_MS;
  }

  #gap(checkpoint: UnitCheckpoint): void {
    if (this.#gaps.at(-1)?.atMs === checkpoint.atMs) return;
    const all = [...this.#gaps, checkpoint];
    const dropped = all.length > MAX_GAPS ? mostDispensable(all.map(({ atMs }) => atMs)) : null;
    this.#gaps = all.filter((_, place) => place !== dropped);
    this.#deps.commits.position({ unit: this.#unit, kind: 'gap', checkpoint });
    const former = dropped === null ? undefined : all[dropped];
    if (former !== undefined) this.#deps.commits.dropGap(this.#unit, former.atMs);
  }

  #late(atMs: number): void {
    const nowMs = this.#deps.clock.monotonicMs();
    if (this.#lateFromMs === null) this.#lateSinceMs = nowMs;
    this.#lateFromMs = Math.min(atMs, this.#lateFromMs ?? atMs);
    this.#cancelRetell?.();
    const waitMs = Math.max(0, Math.min(RETELL_PAUSE_MS, this.#lateSinceMs + RETELL_LATEST_MS - nowMs));
    this.#cancelRetell = this.#deps.clock.after(waitMs, () => {
      this.#exclusively(() => this.#retell()).catch((error: unknown) => {
        this.#deps.log.error(
          { err: error, unit: this.#unit },
          'late readings could not be weighed; trying again with the next ones',
        );
      });
    });
  }

  /** From the gap into which the late readings fall, or from a day before them where no gap is remembered. */
  async #retell(): Promise<void> {
    const lateFromMs = this.#lateFromMs;
    this.#lateFromMs = null;
    if (lateFromMs === null) return;
    const gap = this.#gaps.findLast((one) => one.atMs < lateFromMs);
    await this.#tell(gap ?? { atMs: lateFromMs - FALLBACK_MS, states: {} }, true);
  }

  /** Tells everything after `from` (again), compares with what is written, and goes on live from the end of it. */
  async #tell(from: UnitCheckpoint, again: boolean): Promise<void> {
    const rules = this.#rules.filter(({ rule }) => isOfReadings(rule.metric));
    const past: Observation[] = [];
    for await (const one of this.#read(from.atMs - longestMemoryMs(rules) + 1, from.atMs + 1)) past.push(one);
    const open = await this.#openRecords(from);
    const alerts = new UnitAlerts(rules, this.#zone, from, past, open);
    const derived = new Map<string, EventRecord>(
      open.filter((record) => record.status === 'active').map((record) => [record.id, record]),
    );
    const fresh: AlertChange[] = [];
    this.#gaps = this.#gaps.filter((gap) => gap.atMs < from.atMs);
    this.#newest = null;
    if (again) this.#deps.commits.forgetGaps(this.#unit, from.atMs);
    for await (const one of this.#read(from.atMs + 1, Number.MAX_SAFE_INTEGER)) {
      this.#observe(alerts, one, (change, late) => {
        derived.set(change.record.id, change.record);
        if (!late) fresh.push(change);
        else if (!again) this.#deps.changed(change, true);
      });
    }
    this.#alerts = alerts;
    this.#outlivedMs = Number.NEGATIVE_INFINITY;
    if (again) {
      const recorded = await this.#recordedSince(from.atMs, rules, derived);
      for (const record of reconcile(recorded, [...derived.values()]).put)
        this.#deps.commits.add(record, 'told again from later data', []);
    }
    for (const change of fresh) this.#deps.changed(change, false);
    this.#dirty = true;
  }

  /** What stands written of the time that was told again, by the present wording of its rules: former wordings keep their events. */
  async #recordedSince(
    fromMs: number,
    rules: readonly RuleInForce[],
    derived: ReadonlyMap<string, EventRecord>,
  ): Promise<EventRecord[]> {
    await this.#deps.commits.settled();
    const written = await this.#deps.store.events({ unit: this.#unit, fromMs, superseded: true, limit: 10_000 });
    return written
      .map(({ record }) => record)
      .filter(
        (record) =>
          derived.has(record.id) || rules.some(({ rule, sinceMs }) => rule.id === record.rule && record.onsetMs >= sinceMs),
      );
  }

  /** Records of the episodes that are on in this position, as they stood there. */
  async #openRecords(position: UnitCheckpoint): Promise<EventRecord[]> {
    const records: EventRecord[] = [];
    for (const [rule, state] of Object.entries(position.states)) {
      const inForce = this.#rules.find((one) => one.rule.id === rule);
      const known = inForce !== undefined && inForce.sinceMs <= position.atMs;
      const running = known ? episodeOf(state) : null;
      const episode = running ?? (known ? formerEpisodeOf(state) : null);
      const event = episode === null ? null : await this.#deps.store.event(episode.id);
      if (event === null) continue;
      const steps = event.record.steps.filter((step) => step.atMs <= position.atMs);
      // One that is over is known as well: it may go on within the merging time, with what people said to it.
      records.push(
        running === null ? event.record : { ...event.record, status: 'active', clearMs: null, endReason: null, steps },
      );
    }
    return records;
  }

  async *#read(fromMs: number, toMs: number): AsyncGenerator<Observation> {
    let after: string | undefined;
    do {
      const page = await this.#deps.readings.readings({
        unit: this.#unit,
        fromMs: Math.max(0, fromMs),
        toMs,
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      });
      for (const reading of page.readings) yield { kind: 'frame', atMs: reading.atMs, frame: reading.frame };
      after = page.next ?? undefined;
    } while (after !== undefined);
  }

  /** One thing at a time; live readings wait in the queue meanwhile. */
  #exclusively(work: () => Promise<void>): Promise<void> {
    const run = async (): Promise<void> => {
      this.#busy = true;
      try {
        await work();
      } finally {
        this.#busy = false;
        this.#drain();
      }
    };
    const next = this.#work.then(run, run);
    this.#work = next.catch(() => undefined);
    return next;
  }

  #drain(): void {
    const queue = this.#queue;
    this.#queue = [];
    // What did not fit is in the store: told again from there.
    if (this.#queueOverflowed) this.#late(this.#alerts.atMs);
    this.#queueOverflowed = false;
    const toldMs = this.#alerts.atMs;
    for (const one of queue) if (one.atMs > toldMs) this.#take(one);
    // Whether the others were already in the store when it was read is not known: look again where it costs little.
    const oldest = queue
      .filter((one) => one.atMs <= toldMs)
      .reduce((least, one) => Math.min(least, one.atMs), Number.POSITIVE_INFINITY);
    if (Number.isFinite(oldest) && oldest < toldMs - GAP_MS) this.#late(oldest);
  }
}

/**
 * Place of the one whose loss costs least: its distance to the one before it, against its age. So the recent past is kept dense and the old one sparse.
 * Never the first, before which nothing could be told, nor the newest. Pure.
 */
export function mostDispensable(timesMs: readonly number[]): number {
  const newestMs = timesMs.at(-1) ?? 0;
  let least = { place: 1, cost: Number.POSITIVE_INFINITY };
  for (let place = 1; place < timesMs.length - 1; place += 1) {
    const atMs = timesMs[place] ?? 0;
    const cost = (atMs - (timesMs[place - 1] ?? 0)) / (newestMs - atMs + 1);
    if (cost < least.cost) least = { place, cost };
  }
  return least.place;
}
