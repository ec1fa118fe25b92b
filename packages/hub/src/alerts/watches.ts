/**
 * What is watched without a rule: units that cannot be reached or say nothing, edges that are away, and the hub's own way to its broker.
 * Neighbours: built-in.ts words the events, event-book.ts keeps them; engine.ts tells what it hears and lets time pass.
 */
import type { UnitState } from '@slmm/protocol';
import { fromInstant } from '@slmm/shared';
import { builtInRecord, builtInRule, type BuiltInKind, ended, HUB } from './built-in.ts';
import type { EventBook } from './records/event-book.ts';
import { commented, type EventRecord } from './records/event-record.ts';
import type { Rule } from './rules/rule.ts';
import type { RuleBook } from './rule-book.ts';

/** An edge that is away for less (a restart, a hiccup of the line) is no event; and so long after its return its units are not blamed for their silence. */
const EDGE_GRACE_MS = 60_000;
/** The hub's own broker may be away for so long before anybody is told. */
const HUB_GRACE_MS = 30_000;
/** An edge that sends in batches is heard of its units seldom: they are not called silent before this. */
const BATCH_PATIENCE_MS = 150_000;
/** A hub that did not run for so long says so when it is back: nobody was watching. */
const AWAY_MS = 300_000;

/** What is known of the fleet, as far as watching goes. */
export interface WatchedFleet {
  /** Edges that should be there: those that were heard of, and those whose units have given readings before. */
  readonly edges: () => readonly { readonly edge: string; readonly online: boolean }[];
  readonly unitsOf: (edge: string) => readonly string[];
  readonly edgeOf: (unit: string) => string | null;
  /** Whether an edge sends its readings in batches (`uplink: economy` of its birth). */
  readonly sendsBatches: (edge: string) => boolean;
  /** Whether there is such a unit; rules may be there before it. */
  readonly isUnit: (unit: string) => boolean;
  /** Whether the hub has its broker. */
  readonly hubOnline: () => boolean;
}

/** How it is, and since when. `unheard`: the hub has not run for long enough to say that it is away. */
interface Standing {
  readonly name: 'online' | 'offline' | 'unheard';
  readonly sinceMs: number;
}

export class Watches {
  readonly #fleet: WatchedFleet;
  readonly #book: EventBook;
  readonly #rules: RuleBook;
  readonly #startedMs: number;
  readonly #edges = new Map<string, Standing>();
  #hub: Standing = { name: 'online', sinceMs: Number.NEGATIVE_INFINITY };
  readonly #states = new Map<string, UnitState>();
  readonly #lastArrivalMs = new Map<string, number>();
  /** Until when a unit's silence was explained by something else. */
  readonly #explainedMs = new Map<string, number>();
  /** Events that are on, by kind and unit. */
  readonly #open = new Map<string, EventRecord['id']>();

  constructor(fleet: WatchedFleet, book: EventBook, rules: RuleBook, nowMs: number) {
    this.#fleet = fleet;
    this.#book = book;
    this.#rules = rules;
    this.#startedMs = nowMs;
  }

  /** Knows the events that were on when the hub stopped. `aliveMs`: when the hub was last known to run; `null` on its first start. */
  start(active: readonly EventRecord[], aliveMs: number | null): void {
    for (const { id, kind, unit } of active) if (kind !== 'threshold') this.#open.set(`${kind}/${unit}`, id);
    if (aliveMs === null || this.#startedMs - aliveMs < AWAY_MS) return;
    const text = 'the hub did not run: nobody was watching, and what happened meanwhile is found late';
    const record = builtInRecord('hub', HUB, aliveMs, text);
    this.#book.put(ended(record, this.#startedMs, 'the hub runs again'), this.rule('hub', HUB));
  }

  reading(unit: string, nowMs: number): void {
    this.#lastArrivalMs.set(unit, nowMs);
    this.#end('no-data', unit, nowMs, 'readings come again');
  }

  /** Since when nothing has come of the unit, if that is for longer than `afterS`; `null` otherwise. */
  silentSinceMs(unit: string, afterS: number | null, nowMs: number): number | null {
    const lastMs = this.#lastArrivalMs.get(unit) ?? null;
    return lastMs !== null && this.#isSilent(unit, lastMs, afterS, nowMs) ? lastMs : null;
  }

  unitState(unit: string, state: UnitState, nowMs: number): void {
    const before = this.#states.get(unit);
    this.#states.set(unit, state);
    const isLost = !state.reachable && !isLeftAlone(state);
    if (isLost && this.#open.has(`connectivity/${unit}`)) this.#foundOut(unit, before, state, nowMs);
    else if (isLost)
      this.#begin('connectivity', unit, fromInstant(state.since) ?? nowMs, state.reason ?? `the link is ${state.link}`);
    else if (state.reachable) this.#end('connectivity', unit, nowMs, 'the unit answers again');
    else this.#end('connectivity', unit, nowMs, LEFT_ALONE, 'operator');
  }

  /** What the unit's edge last said of it, while somebody could say otherwise. */
  state(unit: string): UnitState | null {
    const edge = this.#fleet.edgeOf(unit);
    return edge !== null && this.edgeOnline(edge) === false ? null : (this.#states.get(unit) ?? null);
  }

  /** The unit is gone, and nothing of it stays open. */
  forget(unit: string, nowMs: number): void {
    for (const kind of ['connectivity', 'no-data'] as const) this.#end(kind, unit, nowMs, 'the unit was removed', 'operator');
    for (const map of [this.#states, this.#lastArrivalMs, this.#explainedMs]) map.delete(unit);
  }

  /** Whether an edge is there; `null` while nobody can say. */
  edgeOnline(edge: string): boolean | null {
    const name = this.#edges.get(edge)?.name ?? 'unheard';
    return name === 'unheard' ? null : name === 'online';
  }

  get hubOnline(): boolean {
    return this.#hub.name === 'online';
  }

  /** What is broken above an event, so that it says nothing new. `forAWhile`: or was until a moment ago, and readings are still on their way. */
  brokenAbove(
    about: { readonly kind: string; readonly unit: string; readonly rule: Rule | null },
    forAWhile: boolean,
    nowMs: number,
  ): string | null {
    const metric = about.rule?.metric;
    const isAbout = (of: string): boolean => about.kind === of || (metric?.kind === 'connectivity' && metric.of === of);
    if (isAbout('hub')) return null;
    if (isBroken(this.#hub, forAWhile, nowMs)) return 'the hub has lost its broker';
    const edge = isAbout('edge') ? null : this.#fleet.edgeOf(about.unit);
    const standing = edge === null ? undefined : this.#edges.get(edge);
    return standing !== undefined && isBroken(standing, forAWhile, nowMs) ? edge : null;
  }

  /** Time passes. `units`: those that have rules. */
  tick(units: Iterable<string>, nowMs: number): void {
    this.#watchHub(nowMs);
    if (this.hubOnline) this.#watchEdges(nowMs);
    for (const unit of units) this.#watchSilence(unit, nowMs);
  }

  /** As a rule of its own: whoever is told of any rule of the unit is told when the unit is gone; of an edge or the hub, whoever is told of any of its units. */
  rule(kind: BuiltInKind, unit: string): Rule {
    const units = kind === 'hub' ? [...this.#rules.units()] : kind === 'edge' ? this.#fleet.unitsOf(unit) : [unit];
    const rules = units.flatMap((one) => this.#rules.enabled(one));
    // Who wants to hear nothing of silence says so in the rule.
    const wanted = kind === 'no-data' ? rules.filter(({ no_data_after_s: afterS }) => afterS !== null) : rules;
    return builtInRule(kind, unit, [...new Set(wanted.flatMap(({ notify }) => notify))]);
  }

  #watchHub(nowMs: number): void {
    const online = this.#fleet.hubOnline();
    if (online !== this.hubOnline) {
      this.#hub = { name: online ? 'online' : 'offline', sinceMs: nowMs };
      // Of edges nothing was known meanwhile: they get their time to say that they are there.
      if (online) for (const edge of this.#edges.keys()) this.#edges.set(edge, { name: 'unheard', sinceMs: nowMs });
    }
    if (online) this.#end('hub', HUB, nowMs, 'the hub has its broker again');
    else if (nowMs - this.#hub.sinceMs >= HUB_GRACE_MS)
      this.#begin('hub', HUB, this.#hub.sinceMs, 'the hub has lost its MQTT broker: it hears of no meter');
  }

  #watchEdges(nowMs: number): void {
    const edges = this.#fleet.edges();
    for (const { edge, online } of edges) {
      const standing = nextStanding(this.#edges.get(edge) ?? { name: 'unheard', sinceMs: this.#startedMs }, online, nowMs);
      this.#edges.set(edge, standing);
      if (online) this.#end('edge', edge, nowMs, 'the edge is back');
      else if (standing.name === 'offline' && nowMs - standing.sinceMs >= EDGE_GRACE_MS) {
        const units = this.#fleet.unitsOf(edge);
        const text = `the edge is offline, and ${units.length} units with it: ${units.join(', ')}`;
        this.#begin('edge', edge, standing.sinceMs, text.slice(0, 400));
      }
    }
    this.#forgetEdges(new Set(edges.map(({ edge }) => edge)), nowMs);
  }

  /** Edges that are enrolled no more are missed by nobody. */
  #forgetEdges(known: ReadonlySet<string>, nowMs: number): void {
    for (const edge of this.#edges.keys()) if (!known.has(edge)) this.#edges.delete(edge);
    for (const key of this.#open.keys()) {
      const edge = key.startsWith('edge/') ? key.slice('edge/'.length) : null;
      if (edge !== null && !known.has(edge)) this.#end('edge', edge, nowMs, 'the edge was removed', 'operator');
    }
  }

  #watchSilence(unit: string, nowMs: number): void {
    if (!this.#fleet.isUnit(unit)) return;
    const delays = this.#rules.enabled(unit).flatMap(({ no_data_after_s: afterS }) => (afterS === null ? [] : [afterS]));
    const afterS = delays.length === 0 ? null : Math.min(...delays);
    if (this.#open.has(`no-data/${unit}`)) {
      if (this.#isLeftAlone(unit)) this.#end('no-data', unit, nowMs, LEFT_ALONE, 'operator');
      else if (afterS === null) this.#end('no-data', unit, nowMs, 'no rule asks for readings any more', 'operator');
      return;
    }
    if (this.#isExplained(unit, nowMs)) this.#explainedMs.set(unit, nowMs);
    const lastMs = Math.max(this.#startedMs, this.#lastArrivalMs.get(unit) ?? 0, this.#explainedMs.get(unit) ?? 0);
    if (this.#isSilent(unit, lastMs, afterS, nowMs))
      this.#begin('no-data', unit, lastMs, `no reading for ${Math.round((nowMs - lastMs) / 1000)} s`);
  }

  /** Whether a silence since `lastMs` is worth an event. */
  #isSilent(unit: string, lastMs: number, afterS: number | null, nowMs: number): boolean {
    if (afterS === null) return false;
    const edge = this.#fleet.edgeOf(unit);
    const leastMs = edge !== null && this.#fleet.sendsBatches(edge) ? BATCH_PATIENCE_MS : 0;
    return nowMs - lastMs > Math.max(afterS * 1000, leastMs);
  }

  /** Where something else explains the silence, that is told instead. */
  #isExplained(unit: string, nowMs: number): boolean {
    const edge = this.#fleet.edgeOf(unit);
    return (
      this.#open.has(`connectivity/${unit}`) ||
      this.#isLeftAlone(unit) ||
      isBroken(this.#hub, true, nowMs) ||
      (edge !== null && this.edgeOnline(edge) === false)
    );
  }

  #isLeftAlone(unit: string): boolean {
    const state = this.#states.get(unit);
    return state !== undefined && isLeftAlone(state);
  }

  #begin(kind: BuiltInKind, unit: string, sinceMs: number, text: string): void {
    const key = `${kind}/${unit}`;
    if (this.#open.has(key)) return;
    const record = builtInRecord(kind, unit, sinceMs, text);
    this.#open.set(key, record.id);
    this.#book.put(record, this.rule(kind, unit));
  }

  /** The edge knows more of what is the matter than when the event began: it is written down, and nobody is woken for it. */
  #foundOut(unit: string, before: UnitState | undefined, { cause, link, reason }: UnitState, atMs: number): void {
    const record = this.#book.record(this.#open.get(`connectivity/${unit}`) ?? '');
    if (record === null || reason === null || (before?.cause === cause && before?.link === link)) return;
    if (record.steps.some(({ text }) => text.endsWith(reason))) return;
    this.#book.put(commented(record, this.#fleet.edgeOf(unit) ?? 'edge', reason, atMs), this.rule('connectivity', unit));
  }

  #end(kind: BuiltInKind, unit: string, atMs: number, text: string, reason: 'recovered' | 'operator' = 'recovered'): void {
    const id = this.#open.get(`${kind}/${unit}`);
    if (id === undefined) return;
    this.#open.delete(`${kind}/${unit}`);
    const record = this.#book.record(id);
    if (record?.status === 'active') this.#book.put(ended(record, atMs, text, reason), this.rule(kind, unit));
  }
}

/** Somebody has ordered that the meter is not spoken to. */
const isLeftAlone = ({ link }: UnitState): boolean => link === 'disabled' || link === 'standby';
const LEFT_ALONE = 'the unit is left alone on purpose';

function nextStanding(known: Standing, online: boolean, nowMs: number): Standing {
  if (online) return known.name === 'online' ? known : { name: 'online', sinceMs: nowMs };
  if (known.name === 'online') return { name: 'offline', sinceMs: nowMs };
  return known.name === 'unheard' && nowMs - known.sinceMs >= EDGE_GRACE_MS ? { ...known, name: 'offline' } : known;
}

/** Away, or back for so short a time that what it brings is still on its way. */
function isBroken({ name, sinceMs }: Standing, forAWhile: boolean, nowMs: number): boolean {
  return name === 'offline' || (forAWhile && name === 'online' && nowMs - sinceMs < EDGE_GRACE_MS);
}
