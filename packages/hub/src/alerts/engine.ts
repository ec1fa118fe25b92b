/**
 * All rules of all units at work: hands observations to the units, keeps rules and receivers, writes what happened, plans who is told.
 * Neighbours: unit-runtime.ts per unit, notify/planner.ts decides, commit-queue.ts writes; the fleet's listener feeds it, api and bus hear from it.
 */
import type { EdgeState, Frame, UnitInfo, UnitState } from '@slmm/protocol';
import { type Clock, fromInstant, type Logger } from '@slmm/shared';
import type { ReadingStore } from '../history/reading-store.ts';
import { NotificationPlanner } from '../notify/planner.ts';
import type { AlertStore, NumberedEvent, RuleRecord } from './alert-store.ts';
import { type BuiltInKind, builtInRecord, builtInRule, builtInRuleId, isSilent } from './built-in.ts';
import { type Announcement, CommitQueue } from './commit-queue.ts';
import { type EventRecord, withStep } from './event-record.ts';
import { type AlertEpisode, type Effect, step } from './machine.ts';
import { isOfReadings } from './metric.ts';
import type { Rule } from './rule.ts';
import type { AlertChange, RuleInForce, RuleStanding, UnitCheckpoint } from './unit-alerts.ts';
import { UnitRuntime } from './unit-runtime.ts';

const TICK_MS = 1_000;
/** Every unit's position is written about once in so many ticks, a few units at each, so that no commit is a long one. */
const POSITION_EVERY_TICKS = 30;
/** A unit that was heard of within this time has a clock to go by. */
const RECENT_MS = 60_000;
/** An edge that is away for less (a restart, a hiccup of the line) is no event; and so long after its return its units are not blamed for their silence. */
const EDGE_GRACE_MS = 60_000;
/** Events of which people's words are remembered; oldest forgotten first. */
const MAX_PEOPLE = 20_000;

export interface AlertEngineDeps {
  readonly store: AlertStore;
  readonly readings: ReadingStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** IANA zone of a unit. */
  readonly zoneOf: (unit: string) => string;
  /** The unit's edge, and whether it is there. */
  readonly edgeOf: (unit: string) => { readonly edge: string | null; readonly online: boolean };
  /** Edges that are enrolled and were heard of; default none. */
  readonly edges?: () => readonly { readonly edge: string; readonly online: boolean }[];
  readonly unitsOf?: (edge: string) => readonly string[];
  /** Whether there is such a unit; rules may be there before it. Default yes. */
  readonly isUnit?: (unit: string) => boolean;
  /** Told after the commit: to the bus, to pages, to the log. */
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
  readonly #clockOffsetsS = new Map<string, number>();
  /** Since when an edge is as it is; of edges that were heard of. */
  readonly #edgeSince = new Map<string, { readonly online: boolean; readonly atMs: number }>();
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
    const open = (await store.events({ status: 'active', limit: 100_000 })).map(({ record }) => record);
    for (const record of open) {
      this.#rememberPeople(record);
      if (record.kind !== 'threshold') this.#builtIn.set(`${record.kind}/${record.unit}`, record);
    }
    for (const record of await store.rules()) {
      this.#rules.set(record.rule.id, record);
      this.#deps.written?.(record);
    }
    for (const record of open) this.#rememberOpen(record);
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

  /** What the meter is: its clock against true time. */
  unitInfo(unit: string, info: UnitInfo): void {
    if (info.clock_offset_s === null) this.#clockOffsetsS.delete(unit);
    else this.#clockOffsetsS.set(unit, info.clock_offset_s);
    this.#observeStates(unit, this.#deps.clock.nowMs());
  }

  edgeState(units: readonly string[], state: EdgeState): void {
    const atMs = this.#deps.clock.nowMs();
    for (const unit of units) this.#units.get(unit)?.state({ kind: 'edge-state', atMs, online: state.state === 'online' });
  }

  /** The unit's configuration was changed: in another zone its schedules and clock-aligned values begin anew. */
  async unitChanged(unit: string): Promise<void> {
    const runtime = this.#units.get(unit);
    if (runtime === undefined || runtime.zone === this.#deps.zoneOf(unit)) return;
    const ofTheZone = this.#inForce(unit).filter(({ rule }) => rule.schedule !== null);
    for (const { rule } of ofTheZone) runtime.end(rule.id, 'rule_changed');
    await this.#rebegin(unit, null);
  }

  /** Unit was deleted: nothing of it stays open. */
  async forgetUnit(unit: string): Promise<void> {
    for (const { rule } of this.#rules.values()) if (rule.unit === unit) await this.deleteRule(rule.id);
    for (const kind of ['connectivity', 'no-data'] as const) {
      const open = this.#builtIn.get(`${kind}/${unit}`);
      if (open !== undefined) this.#endBuiltIn(open, 'the unit was removed');
    }
    for (const map of [this.#lastArrivalMs, this.#lastReadingMs, this.#states, this.#clockOffsetsS]) map.delete(unit);
    await this.#units.get(unit)?.close();
    this.#units.delete(unit);
    await this.#commits.settled();
    await this.#deps.store.deleteCheckpoints(unit);
  }

  rules(): readonly RuleRecord[] {
    return [...this.#rules.values()].sort((a, b) => a.number - b.number);
  }

  standing(rule: string): RuleStanding | null {
    const unit = this.#rules.get(rule)?.rule.unit;
    const standing = unit === undefined ? null : (this.#units.get(unit)?.standing(rule) ?? null);
    const record = this.#rules.get(rule);
    const quiet =
      unit === undefined ? undefined : (this.#builtIn.get(`no-data/${unit}`) ?? this.#builtIn.get(`connectivity/${unit}`));
    if (standing === null || record === undefined || quiet === undefined || !isOfReadings(record.rule.metric)) return standing;
    const { state, because } = step(record.rule, standing.state, { kind: 'silence', atMs: quiet.onsetMs });
    return { ...standing, state, because };
  }

  /** Stores a new rule, or a new wording of one: what the old wording had open ends with that reason. */
  async putRule(rule: Rule, legacy: RuleRecord['legacy'] = null): Promise<RuleRecord> {
    const former = this.#rules.get(rule.id);
    if (former !== undefined) this.#units.get(former.rule.unit)?.end(rule.id, rule.enabled ? 'rule_changed' : 'rule_disabled');
    const record = await this.#deps.store.putRule(rule, this.#sinceMs(rule.unit), legacy);
    this.#rules.set(rule.id, record);
    this.#deps.written?.(record);
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

  isReceiver(id: string): boolean {
    return this.#planner.receiver(id) !== null;
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
    this.#observeStates(unit, this.#deps.clock.nowMs());
  }

  /** What holds now of the unit, its clock and its edge: so that rules about them see time pass. */
  #observeStates(unit: string, atMs: number): void {
    const runtime = this.#units.get(unit);
    if (runtime === undefined) return;
    const state = this.#states.get(unit);
    if (state !== undefined) runtime.state({ kind: 'unit-state', atMs, state });
    const offsetS = this.#clockOffsetsS.get(unit);
    if (offsetS !== undefined) runtime.state({ kind: 'clock-offset', atMs, offsetS });
    const { edge, online } = this.#deps.edgeOf(unit);
    if (edge !== null && this.#edgeSince.has(edge)) runtime.state({ kind: 'edge-state', atMs, online });
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
    const nowMs = this.#deps.clock.nowMs();
    const { edge } = this.#siteOf(rule);
    const context = { edge, inhibitedBy: this.#inhibitedBy(rule), late };
    const { entries, reasons } = this.#planner.plan(effect, rule, context, nowMs);
    const people = this.#people.get(record.id);
    this.#commits.add(people === undefined ? record : withPeople(record, people), text, entries);
    this.#deps.log.info(
      { unit: rule.unit, rule: rule.id, event: record.id, told: Object.fromEntries(reasons) },
      `alert ${rule.name}: ${effect.kind}, ${text}`,
    );
  }

  /** The edge of the rule's unit; a rule about an edge of itself has that edge for its unit. */
  #siteOf(rule: Rule): { readonly edge: string | null; readonly online: boolean } {
    return rule.id === builtInRuleId('edge') ? { edge: rule.unit, online: true } : this.#deps.edgeOf(rule.unit);
  }

  /** An edge that is down is told itself, and once: what its units could say follows from it. */
  #inhibitedBy(rule: Rule): string | null {
    if (rule.metric.kind === 'connectivity' && rule.metric.of === 'edge') return null;
    const { edge, online } = this.#siteOf(rule);
    return online ? null : edge;
  }

  /** As `#inhibitedBy`, and for a while after the edge has come back: its units' readings are on their way. */
  #inhibitedLately(rule: Rule, nowMs: number): string | null {
    const { edge } = this.#siteOf(rule);
    const since = edge === null ? undefined : this.#edgeSince.get(edge);
    const isFresh = since !== undefined && nowMs - since.atMs < EDGE_GRACE_MS;
    return this.#inhibitedBy(rule) ?? (isFresh ? edge : null);
  }

  async #annotate(event: string, change: (record: EventRecord, atMs: number) => EventRecord): Promise<NumberedEvent | null> {
    await this.#commits.settled();
    const found = await this.#deps.store.event(event);
    if (found === null) return null;
    const record = change(found.record, this.#deps.clock.nowMs());
    this.#rememberPeople(record);
    if (record !== found.record) this.#commits.add(record, record.steps.at(-1)?.text ?? '', []);
    const key = `${record.kind}/${record.unit}`;
    if (this.#builtIn.get(key)?.id === event) this.#builtIn.set(key, record);
    await this.#commits.settled();
    return { number: found.number, record };
  }

  #rememberPeople(record: EventRecord): void {
    const steps = record.steps.filter((step) => step.kind === 'acknowledge' || step.kind === 'comment');
    if (steps.length > 0) this.#people.set(record.id, { ackedMs: record.ackedMs, ackedBy: record.ackedBy, steps });
    const oldest = this.#people.size > MAX_PEOPLE ? this.#people.keys().next() : null;
    if (oldest !== null && oldest.done !== true) this.#people.delete(oldest.value);
  }

  /** An event that was on when the hub stopped: a silence may have kept it back. */
  #rememberOpen(record: EventRecord): void {
    const rule = record.rule === null ? null : (this.#rules.get(record.rule)?.rule ?? null);
    if (record.late || rule === null) return;
    const level = Math.max(
      0,
      rule.levels.findIndex(({ name }) => name === record.level),
    );
    const episode = { ...episodeOfRecord(record), level, count: record.count };
    this.#planner.rememberOpen(
      { kind: 'onset', atMs: record.onsetMs, value: record.onsetValue ?? 0, episode },
      rule,
      this.#siteOf(rule).edge,
    );
  }

  #beginBuiltIn(kind: BuiltInKind, unit: string, sinceMs: number, text: string): void {
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
    const kind: BuiltInKind = open.kind === 'threshold' ? 'connectivity' : open.kind;
    this.#builtIn.delete(`${kind}/${open.unit}`);
    const steps = withStep(open.steps, { atMs, kind: 'clear', text });
    const record: EventRecord = { ...open, status: 'cleared', clearMs: atMs, endReason: 'recovered', steps };
    const effect: Effect = { kind: 'clear', atMs, value: null, episode: episodeOfRecord(record), reason: 'recovered' };
    this.#plan(effect, this.#builtInRule(kind, open.unit), record, text, false);
  }

  /** Whoever is told of any rule of the unit is told when the unit itself is gone; of an edge, whoever is told of any of its units. */
  #builtInRule(kind: BuiltInKind, unit: string): Rule {
    const units = kind === 'edge' ? (this.#deps.unitsOf?.(unit) ?? []) : [unit];
    const receivers = new Set(
      units.flatMap((one) => this.#inForce(one)).flatMap(({ rule }) => (rule.enabled ? rule.notify : [])),
    );
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
    this.#watchEdges(nowMs);
    this.#ticks += 1;
    let place = this.#ticks;
    for (const [unit, runtime] of this.#units) {
      place += 1;
      if (place % POSITION_EVERY_TICKS === 0) {
        runtime.outlive(nowMs);
        runtime.savePosition();
      }
      this.#observeStates(unit, nowMs);
      this.#watchSilence(unit, runtime, nowMs);
    }
    for (const entry of this.#planner.afterSilences(nowMs, (rule) => this.#inhibitedLately(rule, nowMs)))
      this.#tellAfterSilence(entry.event, entry).catch((error: unknown) =>
        this.#deps.log.error({ err: error, event: entry.event }, 'what a silence kept back could not be told'),
      );
  }

  #watchEdges(nowMs: number): void {
    for (const { edge, online } of this.#deps.edges?.() ?? []) {
      const since = this.#edgeSince.get(edge);
      if (since?.online !== online) this.#edgeSince.set(edge, { online, atMs: nowMs });
      const open = this.#builtIn.get(`edge/${edge}`);
      if (online && open !== undefined) this.#endBuiltIn(open, 'the edge is back');
      else if (!online && open === undefined && since?.online === false && nowMs - since.atMs >= EDGE_GRACE_MS) {
        const units = this.#deps.unitsOf?.(edge) ?? [];
        const text = `the edge is offline, and ${units.length} units with it: ${units.join(', ')}`;
        this.#beginBuiltIn('edge', edge, since.atMs, text.slice(0, 400));
      }
    }
  }

  #watchSilence(unit: string, runtime: UnitRuntime, nowMs: number): void {
    if (this.#builtIn.has(`no-data/${unit}`) || this.#deps.isUnit?.(unit) === false) return;
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
    threshold: record.threshold,
    count: 1,
    windowEndMs: null,
  };
}
