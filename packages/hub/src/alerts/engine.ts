/**
 * All rules of all units at work: hands what is heard to the units, keeps rules and receivers in step with them, and lets time pass.
 * Neighbours: units/ weighs what is heard of each unit, watches.ts what needs no rule, records/ keeps what happened; the fleet's listener feeds it.
 */
import type { Frame, UnitInfo, UnitState } from '@slmm/protocol';
import { type Clock, fromInstant, type Logger, Turns } from '@slmm/shared';
import type { ReadingStore } from '../history/reading-store.ts';
import { Teller } from '../notify/teller.ts';
import type { AlertStore, NumberedEvent, RuleRecord, StoredCheckpoint } from './alert-store.ts';
import { HUB } from './built-in.ts';
import { type Announcement, CommitQueue } from './records/commit-queue.ts';
import { EventBook } from './records/event-book.ts';
import { acknowledged, commented, type EventRecord } from './records/event-record.ts';
import { step } from './judging/machine.ts';
import { isOfReadings } from './judging/metric.ts';
import { type Rehearsal, rehearse } from './rehearse.ts';
import type { Rule } from './rules/rule.ts';
import { RuleBook } from './rule-book.ts';
import { emptyCheckpoint, type RuleStanding } from './judging/unit-alerts.ts';
import { AlertedUnits } from './units/alerted-units.ts';
import { type WatchedFleet, Watches } from './watches.ts';

const TICK_MS = 1_000;
/** Every unit's position is written about once in so many ticks, a few units at each, so that no commit is a long one. */
const POSITION_EVERY_TICKS = 30;
/** Messages that are looked at after a start to know what was told: cooldowns and hourly caps go on. */
const MOST_REMEMBERED = 50_000;
const LONGEST_COOLDOWN_MS = 7 * 86_400_000;
const MOST_EVENTS = 100_000;
const FORGET_EVERY_TICKS = 86_400;
const KEEP_EVENTS_MS = 1100 * 86_400_000;
const KEEP_MESSAGES_MS = 400 * 86_400_000;

export interface AlertEngineDeps extends Partial<WatchedFleet> {
  readonly store: AlertStore;
  readonly readings: Pick<ReadingStore, 'readings' | 'streams'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** IANA zone of a unit. */
  readonly zoneOf: (unit: string) => string;
  /** Told after the commit: to the bus, to pages. */
  readonly announce: (announcement: Announcement) => void;
  /** A rule was written, or is there from before. */
  readonly written?: (record: RuleRecord) => void;
  /** A rule is gone, and with it its present state. */
  readonly forgotten?: (unit: string, rule: string) => void;
  /** There is something new in the outbox, on disk. */
  readonly toldLater?: () => void;
}

export class AlertEngine {
  readonly #deps: AlertEngineDeps;
  readonly #fleet: WatchedFleet;
  readonly #commits: CommitQueue;
  readonly #teller = new Teller();
  readonly #rules: RuleBook;
  readonly #book: EventBook;
  readonly #watches: Watches;
  readonly #rehearsals = new Turns(1);
  readonly #units: AlertedUnits;
  readonly #clockOffsetsS = new Map<string, number>();
  readonly #receiverListeners: (() => Promise<void>)[] = [];
  #ticks = 0;
  #cancelTick: (() => void) | null = null;

  constructor(deps: AlertEngineDeps) {
    const { store, clock, log } = deps;
    this.#deps = deps;
    this.#fleet = {
      edges: deps.edges ?? (() => []),
      unitsOf: deps.unitsOf ?? (() => []),
      edgeOf: deps.edgeOf ?? (() => null),
      sendsBatches: deps.sendsBatches ?? (() => false),
      isUnit: deps.isUnit ?? (() => true),
      hubOnline: deps.hubOnline ?? (() => true),
    };
    this.#commits = new CommitQueue(store, clock, log, (announcements, fillsOutbox) => {
      for (const one of announcements) deps.announce(one);
      if (fillsOutbox) deps.toldLater?.();
    });
    this.#rules = new RuleBook(store, deps.zoneOf);
    this.#book = new EventBook({
      commits: this.#commits,
      teller: this.#teller,
      clock,
      log,
      ruleOf: (record) => this.#ruleOf(record),
      around: (record, rule, forAWhile) => ({
        edge: record.kind === 'edge' ? record.unit : this.#fleet.edgeOf(record.unit),
        inhibitedBy: this.#watches.brokenAbove({ kind: record.kind, unit: record.unit, rule }, forAWhile, clock.nowMs()),
      }),
    });
    this.#units = new AlertedUnits({ ...deps, commits: this.#commits, book: this.#book, rules: this.#rules });
    this.#watches = new Watches(this.#fleet, this.#book, this.#rules, clock.nowMs());
  }

  /** Reads rules and positions, and begins to catch up with what was stored meanwhile. Readings may come in from the first moment. */
  async start(): Promise<void> {
    const { store, clock } = this.#deps;
    const nowMs = clock.nowMs();
    await this.reloadReceivers();
    this.#teller.remember(await store.outbox({ sinceMs: nowMs - LONGEST_COOLDOWN_MS, limit: MOST_REMEMBERED }));
    const active = (await store.events({ status: 'active', limit: MOST_EVENTS })).map(({ record }) => record);
    this.#book.remember([...active, ...(await store.owedEvents(MOST_EVENTS))]);
    await this.#rules.load(nowMs);
    for (const record of this.#rules.records()) this.#deps.written?.(record);
    const stored = new Map<string, StoredCheckpoint[]>();
    for (const one of await store.checkpoints()) stored.set(one.unit, [...(stored.get(one.unit) ?? []), one]);
    for (const unit of this.#rules.units()) {
      void this.#units.begin(unit, stored.get(unit) ?? []);
      this.#observeConditions(unit);
    }
    this.#watches.start(active, stored.get(HUB)?.[0]?.checkpoint.atMs ?? null);
    this.#tickLater();
  }

  /** A committed reading. Order does not matter. `late`: nobody could have seen it live. */
  frame(unit: string, frame: Frame, late = false): void {
    const atMs = fromInstant(frame.at);
    if (atMs !== null) this.#units.frame(unit, frame, atMs, late);
    this.#watches.reading(unit, this.#deps.clock.nowMs());
  }

  unitState(unit: string, state: UnitState): void {
    this.#watches.unitState(unit, state, this.#deps.clock.nowMs());
    this.#observeConditions(unit);
  }

  /** What the meter is: its clock against true time. */
  unitInfo(unit: string, info: UnitInfo): void {
    if (info.clock_offset_s === null) this.#clockOffsetsS.delete(unit);
    else this.#clockOffsetsS.set(unit, info.clock_offset_s);
    this.#observeConditions(unit);
  }

  /** The unit's configuration was changed: in another zone its schedules and clock-aligned values begin anew. */
  unitChanged(unit: string): Promise<void> {
    return this.#units.rezone(unit);
  }

  /** Unit was deleted: nothing of it stays open. */
  async forgetUnit(unit: string): Promise<void> {
    for (const { rule } of this.#rules.records()) if (rule.unit === unit) await this.deleteRule(rule.id);
    this.#watches.forget(unit, this.#deps.clock.nowMs());
    await this.#units.forget(unit);
    this.#clockOffsetsS.delete(unit);
    await this.#commits.settled();
    await this.#rules.forgetUnit(unit);
    await this.#deps.store.deleteCheckpoints(unit);
  }

  rules(): readonly RuleRecord[] {
    return this.#rules.records();
  }

  /** Why this rule cannot be written; `null` where it can. */
  refusal(rule: Rule): string | null {
    const unknown = rule.notify.find((id) => !this.isReceiver(id));
    if (unknown !== undefined) return `There is no receiver ${unknown}. Add it with PUT /api/v1/receivers/${unknown}.`;
    return this.#rules.refusal(rule);
  }

  /** Where a rule stands; while nothing is heard of the unit, with what it had held. */
  standing(id: string): RuleStanding | null {
    const rule = this.#rules.rule(id);
    const standing = rule === null ? null : this.#units.standing(rule);
    if (rule === null || standing === null || !isOfReadings(rule.metric)) return standing;
    const silentSinceMs = this.#watches.silentSinceMs(rule.unit, rule.no_data_after_s, this.#deps.clock.nowMs());
    if (silentSinceMs === null) return standing;
    const { state, because } = step(rule, standing.state, { kind: 'silence', atMs: silentSinceMs });
    return { ...standing, state, because };
  }

  /** The record with what has grown since it was written: events in play are known newer than the disk has them. */
  present(event: NumberedEvent): NumberedEvent {
    return { ...event, record: this.#book.record(event.record.id) ?? event.record };
  }

  /** Stores a new rule, or a new wording of one: what the old wording had open ends with that reason. */
  async putRule(rule: Rule, legacy: RuleRecord['legacy'] = null): Promise<RuleRecord> {
    const former = this.#rules.rule(rule.id);
    const sinceMs = former === null ? await this.#units.firstSinceMs(rule) : this.#units.sinceMs(rule);
    const record = await this.#rules.put(rule, sinceMs, legacy);
    this.#deps.written?.(record);
    if (former !== null && former.unit !== rule.unit) await this.#reword(former.unit);
    await this.#reword(rule.unit);
    return record;
  }

  async deleteRule(id: string): Promise<boolean> {
    const rule = this.#rules.rule(id);
    const record = rule === null ? null : await this.#rules.delete(id, this.#units.sinceMs(rule));
    if (record === null) return false;
    await this.#reword(record.rule.unit);
    this.#commits.settled().then(
      () => this.#deps.forgotten?.(record.rule.unit, id),
      () => undefined,
    );
    return true;
  }

  /** A person has seen it. Acknowledging ends nothing. `null`: there is no such event. */
  acknowledge(event: string, by: string): Promise<NumberedEvent | null> {
    return this.#annotate(event, (record, atMs) => acknowledged(record, by, atMs));
  }

  comment(event: string, by: string, text: string): Promise<NumberedEvent | null> {
    return this.#annotate(event, (record, atMs) => commented(record, by, text, atMs));
  }

  /** What a draft would have done over stored readings, and whom it would have told. One at a time: it is work for minutes, and live alerts go on meanwhile. */
  rehearse(draft: Rule, fromMs: number, toMs: number): Promise<Rehearsal> {
    const { store, readings, zoneOf } = this.#deps;
    return this.#rehearsals.through(async () =>
      rehearse(draft, zoneOf(draft.unit), fromMs, toMs, readings, await store.receivers()),
    );
  }

  /** Who else wants to know of changed receivers; called once at the start, and after each change. */
  onReceivers(listener: () => Promise<void>): void {
    this.#receiverListeners.push(listener);
  }

  /** Receivers or silences were changed. */
  async reloadReceivers(): Promise<void> {
    for (const listener of this.#receiverListeners) await listener();
    this.#teller.configure(await this.#deps.store.receivers(), await this.#deps.store.silences());
  }

  isReceiver(id: string): boolean {
    return this.#teller.receiver(id) !== null;
  }

  /** Waits until everything that came in is weighed and written. */
  async settled(): Promise<void> {
    await this.#units.settled();
    await this.#commits.settled();
  }

  async close(): Promise<void> {
    this.#cancelTick?.();
    await this.#units.close();
    this.#sayAlive();
    await this.#commits.settled();
  }

  async #reword(unit: string): Promise<void> {
    const told = this.#units.reword(unit);
    this.#observeConditions(unit);
    await told;
  }

  #ruleOf({ kind, unit, rule }: EventRecord): Rule | null {
    return kind === 'threshold' ? (rule === null ? null : this.#rules.rule(rule)) : this.#watches.rule(kind, unit);
  }

  #observeConditions(unit: string): void {
    const edge = this.#fleet.edgeOf(unit);
    this.#units.observe(unit, {
      state: this.#watches.state(unit),
      clockOffsetS: this.#watches.state(unit) === null ? null : (this.#clockOffsetsS.get(unit) ?? null),
      edgeOnline: edge === null ? null : this.#watches.edgeOnline(edge),
      hubOnline: this.#watches.hubOnline,
    });
  }

  async #annotate(event: string, change: (record: EventRecord, atMs: number) => EventRecord): Promise<NumberedEvent | null> {
    const found = await this.#deps.store.event(event);
    const before = this.#book.record(event) ?? found?.record ?? null;
    if (before === null) return null;
    this.#book.remember([before]);
    const after = change(before, this.#deps.clock.nowMs());
    if (after !== before) this.#book.put(after, this.#ruleOf(after));
    await this.#commits.settled();
    const written = await this.#deps.store.event(event);
    return written === null ? null : this.present(written);
  }

  #tickLater(): void {
    this.#cancelTick = this.#deps.clock.after(TICK_MS, () => {
      this.#tick();
      this.#tickLater();
    });
  }

  #tick(): void {
    const nowMs = this.#deps.clock.nowMs();
    this.#ticks += 1;
    this.#watches.tick(this.#units.ids, nowMs);
    for (const unit of this.#units.ids) this.#observeConditions(unit);
    this.#units.tick(this.#ticks, POSITION_EVERY_TICKS);
    this.#book.look(nowMs);
    if (this.#ticks % POSITION_EVERY_TICKS === 0) this.#sayAlive();
    if (this.#ticks % FORGET_EVERY_TICKS === 0) this.#forget(nowMs);
  }

  /** A hub that is away says so when it is back. */
  #sayAlive(): void {
    this.#commits.checkpoint({ unit: HUB, kind: 'conditions', checkpoint: emptyCheckpoint(this.#deps.clock.nowMs()) });
  }

  #forget(nowMs: number): void {
    this.#deps.store
      .forget({
        eventsBeforeMs: nowMs - KEEP_EVENTS_MS,
        outboxBeforeMs: nowMs - KEEP_MESSAGES_MS,
        silencesBeforeMs: nowMs - KEEP_MESSAGES_MS,
      })
      .catch((error: unknown) => this.#deps.log.error({ err: error }, 'old events could not be deleted; trying again tomorrow'));
  }
}
