/**
 * All rules of all units at work: hands observations to the units, keeps rules and receivers, writes what happened, plans who is told.
 * Neighbours: unit-runtime.ts per unit, notify/planner.ts decides, commit-queue.ts writes; the fleet's listener feeds it, api and bus hear from it.
 */
import type { EdgeState, Frame, UnitState } from '@slmm/protocol';
import { type Clock, fromInstant, type Logger } from '@slmm/shared';
import type { ReadingStore } from '../history/reading-store.ts';
import { NotificationPlanner } from '../notify/planner.ts';
import type { AlertStore, NumberedEvent, RuleRecord } from './alert-store.ts';
import { builtInRecord, builtInRule, isSilent } from './built-in.ts';
import { type Announcement, CommitQueue } from './commit-queue.ts';
import { type EventRecord, withStep } from './event-record.ts';
import type { AlertEpisode, Effect } from './machine.ts';
import type { Rule } from './rule.ts';
import type { AlertChange, RuleInForce, RuleStanding, UnitCheckpoint } from './unit-alerts.ts';
import { UnitRuntime } from './unit-runtime.ts';

const TICK_MS = 1_000;
/** Every unit's position is written about once in so many ticks, a few units at each, so that no commit is a long one. */
const POSITION_EVERY_TICKS = 30;
/** A unit that was heard of within this time has a clock to go by. */
const RECENT_MS = 60_000;

export interface AlertEngineDeps {
  readonly store: AlertStore;
  readonly readings: ReadingStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** IANA zone of a unit. */
  readonly zoneOf: (unit: string) => string;
  /** The unit's edge, and whether it is there. */
  readonly edgeOf: (unit: string) => { readonly edge: string | null; readonly online: boolean };
  /** Told after the commit: to the bus, to pages, to the log. */
  readonly announce: (announcement: Announcement) => void;
  /** A rule is gone, and with it its present state. */
  readonly forgotten?: (unit: string, rule: string) => void;
  /** There is something new in the outbox, on disk. */
  readonly toldLater?: () => void;
}

export class AlertEngine {
  readonly #deps: AlertEngineDeps;
  readonly #commits: CommitQueue;
  readonly #planner = new NotificationPlanner();
  readonly #units = new Map<string, UnitRuntime>();
  readonly #rules = new Map<string, RuleRecord>();
  readonly #lastArrivalMs = new Map<string, number>();
  /** Time of the newest reading by the unit's own clock, which need not be ours. */
  readonly #lastReadingMs = new Map<string, number>();
  /** What people did to events that are on; the rules know nothing of it. */
  readonly #people = new Map<string, Pick<EventRecord, 'ackedMs' | 'ackedBy' | 'steps'>>();
  readonly #states = new Map<string, UnitState>();
  /** Built-in events that are on, by `kind/unit`. */
  readonly #builtIn = new Map<string, EventRecord>();
  readonly #receiverListeners: (() => Promise<void>)[] = [];
  #startedMs = 0;
  #ticks = 0;
  #cancelTick: (() => void) | null = null;

  constructor(deps: AlertEngineDeps) {
    this.#deps = deps;
    this.#commits = new CommitQueue(deps.store, deps.clock, deps.log, (announcements, fillsOutbox) => {
      for (const one of announcements) deps.announce(one);
      if (fillsOutbox) deps.toldLater?.();
    });
  }

  /** Reads rules and positions and catches up with what was stored meanwhile. Readings may come in from the first moment. */
  async start(): Promise<void> {
    const { store, clock } = this.#deps;
    this.#startedMs = clock.nowMs();
    const gaps = new Map<string, UnitCheckpoint[]>();
    const positions = new Map<string, UnitCheckpoint>();
    for (const { unit, kind, checkpoint } of await store.checkpoints()) {
      if (kind === 'position') positions.set(unit, checkpoint);
      else gaps.set(unit, [...(gaps.get(unit) ?? []), checkpoint]);
    }
    await this.reloadReceivers();
    this.#planner.remember(await store.outbox({ sinceMs: this.#startedMs - 7 * 86_400_000, limit: 50_000 }));
    for (const { record } of await store.events({ status: 'active', limit: 100_000 })) {
      this.#rememberPeople(record);
      if (record.kind !== 'threshold') this.#builtIn.set(`${record.kind}/${record.unit}`, record);
    }
    for (const record of await store.rules()) this.#rules.set(record.rule.id, record);
    const units = new Set([...this.#rules.values()].map(({ rule }) => rule.unit));
    await Promise.all([...units].map((unit) => this.#begin(unit, positions.get(unit) ?? null, gaps.get(unit) ?? [])));
    this.#tickLater();
  }

  /** A committed reading. Order does not matter; every one comes once. */
  frame(unit: string, frame: Frame): void {
    this.#lastArrivalMs.set(unit, this.#deps.clock.nowMs());
    const atMs = fromInstant(frame.at);
    if (atMs !== null) {
      this.#lastReadingMs.set(unit, Math.max(atMs, this.#lastReadingMs.get(unit) ?? atMs));
      this.#units.get(unit)?.frame(frame, atMs);
    }
    const silence = this.#builtIn.get(`no-data/${unit}`);
    if (silence !== undefined) this.#endBuiltIn(silence, 'readings come again');
  }

  unitState(unit: string, state: UnitState): void {
    const nowMs = this.#deps.clock.nowMs();
    this.#states.set(unit, state);
    this.#units.get(unit)?.state({ kind: 'unit-state', atMs: nowMs, state });
    const open = this.#builtIn.get(`connectivity/${unit}`);
    if (!state.reachable && state.link !== 'disabled' && state.link !== 'standby') {
      if (open === undefined)
        this.#beginBuiltIn('connectivity', unit, fromInstant(state.since) ?? nowMs, state.reason ?? `the link is ${state.link}`);
    } else if (open !== undefined) this.#endBuiltIn(open, 'the unit answers again');
  }

  edgeState(units: readonly string[], state: EdgeState): void {
    const atMs = this.#deps.clock.nowMs();
    for (const unit of units) this.#units.get(unit)?.state({ kind: 'edge-state', atMs, online: state.state === 'online' });
  }

  /** Unit was deleted: nothing of it stays open. */
  async forgetUnit(unit: string): Promise<void> {
    for (const { rule } of this.#rules.values()) if (rule.unit === unit) await this.deleteRule(rule.id);
    for (const kind of ['connectivity', 'no-data']) {
      const open = this.#builtIn.get(`${kind}/${unit}`);
      if (open !== undefined) this.#endBuiltIn(open, 'the unit was removed');
    }
    for (const map of [this.#lastArrivalMs, this.#lastReadingMs, this.#states]) map.delete(unit);
  }

  rules(): readonly RuleRecord[] {
    return [...this.#rules.values()].sort((a, b) => a.number - b.number);
  }

  standing(rule: string): RuleStanding | null {
    const unit = this.#rules.get(rule)?.rule.unit;
    return unit === undefined ? null : (this.#units.get(unit)?.standing(rule) ?? null);
  }

  /** Stores a new rule, or a new wording of one: what the old wording had open ends with that reason. */
  async putRule(rule: Rule, legacy: RuleRecord['legacy'] = null): Promise<RuleRecord> {
    const former = this.#rules.get(rule.id);
    if (former !== undefined) this.#units.get(former.rule.unit)?.end(rule.id, rule.enabled ? 'rule_changed' : 'rule_disabled');
    const record = await this.#deps.store.putRule(rule, this.#sinceMs(rule.unit), legacy);
    this.#rules.set(rule.id, record);
    if (former !== undefined && former.rule.unit !== rule.unit) await this.#rebegin(former.rule.unit, null);
    await this.#rebegin(rule.unit, rule.id);
    return record;
  }

  async deleteRule(id: string): Promise<boolean> {
    const record = this.#rules.get(id);
    if (record === undefined) return false;
    this.#units.get(record.rule.unit)?.end(id, 'rule_disabled');
    await this.#deps.store.deleteRule(id);
    this.#rules.delete(id);
    this.#commits.settled().then(
      () => this.#deps.forgotten?.(record.rule.unit, id),
      () => undefined,
    );
    await this.#rebegin(record.rule.unit, id);
    return true;
  }

  /** A person has seen it. Acknowledging ends nothing. */
  acknowledge(event: string, by: string): Promise<NumberedEvent | null> {
    return this.#annotate(event, (record, atMs) => {
      if (record.ackedMs !== null) return record;
      return {
        ...record,
        ackedMs: atMs,
        ackedBy: by,
        steps: withStep(record.steps, { atMs, kind: 'acknowledge', text: `acknowledged by ${by}` }),
      };
    });
  }

  comment(event: string, by: string, text: string): Promise<NumberedEvent | null> {
    return this.#annotate(event, (record, atMs) => ({
      ...record,
      steps: withStep(record.steps, { atMs, kind: 'comment', text: `${by}: ${text}` }),
    }));
  }

  /** Who else wants to know of changed receivers; called once at the start, and after each change. */
  onReceivers(listener: () => Promise<void>): void {
    this.#receiverListeners.push(listener);
  }

  /** Receivers or silences were changed. */
  async reloadReceivers(): Promise<void> {
    for (const listener of this.#receiverListeners) await listener();
    this.#planner.configure(await this.#deps.store.receivers(), await this.#deps.store.silences());
  }

  /** Waits until everything that came in is weighed and written. */
  async settled(): Promise<void> {
    for (const runtime of this.#units.values()) await runtime.settled();
    await this.#commits.settled();
  }

  async close(): Promise<void> {
    this.#cancelTick?.();
    for (const runtime of this.#units.values()) await runtime.close();
    await this.#commits.settled();
  }

  #inForce(unit: string): RuleInForce[] {
    return [...this.#rules.values()].filter(({ rule }) => rule.unit === unit).map(({ rule, sinceMs }) => ({ rule, sinceMs }));
  }

  /** From when a new wording counts: from the next reading on, by the unit's own clock; without readings from now. */
  #sinceMs(unit: string): number {
    const nowMs = this.#deps.clock.nowMs();
    const fresh = nowMs - (this.#lastArrivalMs.get(unit) ?? 0) < RECENT_MS;
    return fresh ? (this.#lastReadingMs.get(unit) ?? nowMs) + 1 : nowMs;
  }

  async #begin(unit: string, from: UnitCheckpoint | null, gaps: readonly UnitCheckpoint[]): Promise<void> {
    const runtime = new UnitRuntime(unit, this.#deps.zoneOf(unit), gaps, {
      ...this.#deps,
      commits: this.#commits,
      changed: (change, late) => this.#changed(change, late),
    });
    this.#units.set(unit, runtime);
    await runtime.start(this.#inForce(unit), this.#deps.zoneOf(unit), from);
    const state = this.#states.get(unit);
    if (state !== undefined) runtime.state({ kind: 'unit-state', atMs: this.#deps.clock.nowMs(), state });
  }

  /** Goes on with other rules. `changed`: this rule's state is of its old wording and is forgotten. */
  async #rebegin(unit: string, changed: string | null): Promise<void> {
    const runtime = this.#units.get(unit);
    const rules = this.#inForce(unit);
    if (runtime === undefined) {
      if (rules.length > 0) await this.#begin(unit, null, []);
      return;
    }
    const position = runtime.checkpoint();
    const states = Object.fromEntries(Object.entries(position.states).filter(([rule]) => rule !== changed));
    await runtime.start(rules, this.#deps.zoneOf(unit), { atMs: position.atMs, states });
    runtime.savePosition();
  }

  #changed(change: AlertChange, late: boolean): void {
    this.#plan(change.effect, change.rule, change.record, change.text, late);
  }

  #plan(effect: Effect, rule: Rule, record: EventRecord, text: string, late: boolean): void {
    const { edge, online } = this.#deps.edgeOf(rule.unit);
    const nowMs = this.#deps.clock.nowMs();
    const { entries, reasons } = this.#planner.plan(effect, rule, { edge, inhibitedBy: online ? null : edge, late }, nowMs);
    const people = this.#people.get(record.id);
    if (record.status !== 'active') this.#people.delete(record.id);
    this.#commits.add(people === undefined ? record : withPeople(record, people), text, entries);
    this.#deps.log.info(
      { unit: rule.unit, rule: rule.id, event: record.id, told: Object.fromEntries(reasons) },
      `alert ${rule.name}: ${effect.kind}, ${text}`,
    );
  }

  async #annotate(event: string, change: (record: EventRecord, atMs: number) => EventRecord): Promise<NumberedEvent | null> {
    await this.#commits.settled();
    const found = await this.#deps.store.event(event);
    if (found === null) return null;
    const record = change(found.record, this.#deps.clock.nowMs());
    if (record.status === 'active') this.#rememberPeople(record);
    if (record !== found.record) this.#commits.add(record, record.steps.at(-1)?.text ?? '', []);
    const key = `${record.kind}/${record.unit}`;
    if (this.#builtIn.get(key)?.id === event) this.#builtIn.set(key, record);
    await this.#commits.settled();
    return { number: found.number, record };
  }

  #rememberPeople(record: EventRecord): void {
    const steps = record.steps.filter((step) => step.kind === 'acknowledge' || step.kind === 'comment');
    if (steps.length > 0) this.#people.set(record.id, { ackedMs: record.ackedMs, ackedBy: record.ackedBy, steps });
  }

  #beginBuiltIn(kind: 'connectivity' | 'no-data', unit: string, sinceMs: number, text: string): void {
    const record = builtInRecord(kind, unit, sinceMs, text);
    this.#builtIn.set(`${kind}/${unit}`, record);
    this.#plan(
      { kind: 'onset', atMs: sinceMs, value: 0, episode: episodeOfRecord(record) },
      this.#builtInRule(kind, unit),
      record,
      text,
      false,
    );
  }

  #endBuiltIn(open: EventRecord, text: string): void {
    const atMs = this.#deps.clock.nowMs();
    const kind = open.kind === 'no-data' ? 'no-data' : 'connectivity';
    this.#builtIn.delete(`${kind}/${open.unit}`);
    const steps = withStep(open.steps, { atMs, kind: 'clear', text });
    const record: EventRecord = { ...open, status: 'cleared', clearMs: atMs, endReason: 'recovered', steps };
    const effect: Effect = { kind: 'clear', atMs, value: null, episode: episodeOfRecord(record), reason: 'recovered' };
    this.#plan(effect, this.#builtInRule(kind, open.unit), record, text, false);
  }

  /** Whoever is told of any rule of the unit is told when the unit itself is gone. */
  #builtInRule(kind: 'connectivity' | 'no-data', unit: string): Rule {
    const receivers = new Set(this.#inForce(unit).flatMap(({ rule }) => rule.notify));
    return builtInRule(kind, unit, [...receivers]);
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
    let place = this.#ticks;
    for (const [unit, runtime] of this.#units) {
      place += 1;
      if (place % POSITION_EVERY_TICKS === 0) runtime.savePosition();
      const state = this.#states.get(unit);
      if (state !== undefined) runtime.state({ kind: 'unit-state', atMs: nowMs, state });
      this.#watchSilence(unit, runtime, nowMs);
    }
    for (const entry of this.#planner.afterSilences(nowMs)) void this.#tellAfterSilence(entry.event, entry);
  }

  #watchSilence(unit: string, runtime: UnitRuntime, nowMs: number): void {
    if (this.#builtIn.has(`no-data/${unit}`)) return;
    const delays = runtime.rules.flatMap(({ rule }) =>
      rule.enabled && rule.no_data_after_s !== null ? [rule.no_data_after_s] : [],
    );
    const afterS = delays.length === 0 ? null : Math.min(...delays);
    const link = this.#states.get(unit)?.link;
    const explained = this.#builtIn.has(`connectivity/${unit}`) || link === 'disabled' || link === 'standby';
    const lastMs = Math.max(this.#startedMs, this.#lastArrivalMs.get(unit) ?? 0);
    if (!isSilent(lastMs, afterS, explained, nowMs)) return;
    const { edge, online } = this.#deps.edgeOf(unit);
    this.#beginBuiltIn(
      'no-data',
      unit,
      lastMs,
      online ? `no reading for ${afterS ?? 0} s` : `no reading for ${afterS ?? 0} s: the edge ${edge ?? ''} is offline`,
    );
  }

  async #tellAfterSilence(event: string, entry: Parameters<CommitQueue['add']>[2][number]): Promise<void> {
    const found = await this.#deps.store.event(event);
    if (found !== null && found.record.status === 'active') this.#commits.add(found.record, 'told after a silence', [entry]);
  }
}

function withPeople(record: EventRecord, people: Pick<EventRecord, 'ackedMs' | 'ackedBy' | 'steps'>): EventRecord {
  const own = record.steps.filter((step) => step.kind !== 'acknowledge' && step.kind !== 'comment');
  return { ...record, ...people, steps: [...own, ...people.steps].sort((a, b) => a.atMs - b.atMs) };
}

function episodeOfRecord(record: EventRecord): AlertEpisode {
  return {
    id: record.id,
    onsetMs: record.onsetMs,
    onsetValue: 0,
    level: 0,
    gravest: 0,
    peakValue: 0,
    peakMs: record.onsetMs,
    count: 1,
    windowEndMs: null,
  };
}
