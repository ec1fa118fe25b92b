/**
 * One unit's rules about how it is with meter, edge and hub. They follow the present and go forward only: no history is kept of it that could come late.
 * Neighbours: state-metric.ts reads the values, unit-alerts.ts is the fold, engine.ts owns one of these per unit.
 */
import type { UnitState } from '@slmm/protocol';
import type { StoredCheckpoint } from '../alert-store.ts';
import type { CommitQueue } from '../records/commit-queue.ts';
import type { EventBook } from '../records/event-book.ts';
import type { Observation } from '../judging/observation.ts';
import type { RuleInForce } from '../rules/rule-in-force.ts';
import { type AlertChange, emptyCheckpoint, type RuleStanding, UnitAlerts, type UnitCheckpoint } from '../judging/unit-alerts.ts';

/** How it is right now; `null` where nobody can say. */
export interface Conditions {
  readonly state: UnitState | null;
  readonly clockOffsetS: number | null;
  readonly edgeOnline: boolean | null;
  readonly hubOnline: boolean;
}

export interface UnitConditionsDeps {
  readonly commits: CommitQueue;
  readonly book: EventBook;
}

export class UnitConditions {
  readonly #deps: UnitConditionsDeps;
  readonly #unit: string;
  #alerts: UnitAlerts;
  #dirty = false;

  constructor(
    unit: string,
    wordings: readonly RuleInForce[],
    stored: readonly StoredCheckpoint[],
    nowMs: number,
    deps: UnitConditionsDeps,
  ) {
    this.#unit = unit;
    this.#deps = deps;
    const from = stored.find(({ kind }) => kind === 'conditions')?.checkpoint ?? emptyCheckpoint(nowMs);
    this.#alerts = new UnitAlerts(wordings, from, []);
  }

  /** Goes on by other wordings; what the former ones had open ends. */
  reword(wordings: readonly RuleInForce[]): void {
    this.#alerts = new UnitAlerts(wordings, this.#alerts.checkpoint(), []);
    this.#take(this.#alerts.endWordings());
    this.#save();
  }

  /** How it is at this moment. What nobody can say is left out: time that passes meanwhile counts for neither side. */
  observe({ state, clockOffsetS, edgeOnline, hubOnline }: Conditions, nowMs: number): void {
    if (this.#alerts.wordings.length === 0) return;
    const before = namesOf(this.#alerts.checkpoint());
    const observations: Observation[] = [{ kind: 'hub-state', atMs: nowMs, online: hubOnline }];
    if (edgeOnline !== null) observations.push({ kind: 'edge-state', atMs: nowMs, online: edgeOnline });
    if (state !== null) observations.push({ kind: 'unit-state', atMs: nowMs, state });
    if (clockOffsetS !== null) observations.push({ kind: 'clock-offset', atMs: nowMs, offsetS: clockOffsetS });
    const changes = observations.flatMap((one) => this.#alerts.observe(one));
    this.#take(changes);
    this.#dirty = true;
    // There is no history to find it in again: what has begun or ended, or begun to count, must outlive a crash.
    if (changes.length > 0 || namesOf(this.#alerts.checkpoint()) !== before) this.#save();
  }

  standing(rule: string): RuleStanding | null {
    return this.#alerts.standing(rule);
  }

  failures(): ReturnType<UnitAlerts['failures']> {
    return this.#alerts.failures();
  }

  savePosition(): void {
    if (this.#dirty) this.#save();
  }

  #take(changes: readonly AlertChange[]): void {
    for (const { story, rule } of changes) this.#deps.book.tell(story.id, story, rule, false);
  }

  #save(): void {
    this.#dirty = false;
    this.#deps.commits.checkpoint({ unit: this.#unit, kind: 'conditions', checkpoint: this.#alerts.checkpoint() });
  }
}

/** What state each rule is in, in one text. */
const namesOf = ({ rules }: UnitCheckpoint): string =>
  Object.entries(rules)
    .map(([rule, { state }]) => `${rule} ${state.name}`)
    .join();
