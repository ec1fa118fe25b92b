/**
 * Every unit that has rules, or had them: its readings and conditions at work, the clock that stamps it, and the zone it is in.
 * Neighbours: engine.ts hands in what is heard, unit-readings.ts and unit-conditions.ts weigh it, rule-book.ts says by which rules.
 */
import type { Frame } from '@slmm/protocol';
import { type Clock, type Logger, Turns } from '@slmm/shared';
import type { ReadingStore } from '../../history/reading-store.ts';
import type { AlertStore, StoredCheckpoint } from '../alert-store.ts';
import { isOfReadings } from '../judging/metric.ts';
import type { RuleStanding } from '../judging/unit-alerts.ts';
import type { CommitQueue } from '../records/commit-queue.ts';
import type { EventBook } from '../records/event-book.ts';
import type { RuleBook } from '../rule-book.ts';
import type { Rule } from '../rules/rule.ts';
import type { RuleInForce } from '../rules/rule-in-force.ts';
import { UnitClock } from './unit-clock.ts';
import { type Conditions, UnitConditions } from './unit-conditions.ts';
import { UnitReadings } from './unit-readings.ts';

/** How far back a journal reaches where nothing else was set (`SLMM_EDGE_JOURNAL_DAYS`). */
const JOURNAL_REACH_MS = 30 * 86_400_000;

/** Stories that are told again at the same time: it is work for the whole process, and a thousand units must not do it at once. */
const MOST_TELLINGS = 4;

export interface AlertedUnitsDeps {
  readonly store: AlertStore;
  readonly readings: Pick<ReadingStore, 'readings' | 'streams'>;
  readonly commits: CommitQueue;
  readonly book: EventBook;
  readonly rules: RuleBook;
  readonly clock: Clock;
  readonly log: Logger;
  /** Present IANA zone of a unit. */
  readonly zoneOf: (unit: string) => string;
}

interface AlertedUnit {
  readonly readings: UnitReadings;
  readonly conditions: UnitConditions;
}

export class AlertedUnits {
  readonly #deps: AlertedUnitsDeps;
  readonly #turns = new Turns(MOST_TELLINGS);
  readonly #units = new Map<string, AlertedUnit>();
  /** Also of units without rules: a first rule must know what time it is there. */
  readonly #clocks = new Map<string, UnitClock>();
  readonly #zones = new Map<string, string>();
  /** What is wrong with rules that were set aside, as it was logged. */
  readonly #failures = new Map<string, string>();

  constructor(deps: AlertedUnitsDeps) {
    this.#deps = deps;
  }

  get ids(): IterableIterator<string> {
    return this.#units.keys();
  }

  /** Begins where it stood; resolves when everything since then is told. */
  begin(unit: string, stored: readonly StoredCheckpoint[]): Promise<void> {
    const { clock, zoneOf } = this.#deps;
    const [ofReadings, ofConditions] = this.#wordings(unit);
    const begun: AlertedUnit = {
      readings: new UnitReadings(unit, ofReadings, stored, {
        ...this.#deps,
        turns: this.#turns,
        unitClock: this.#clockOf(unit),
      }),
      conditions: new UnitConditions(unit, ofConditions, stored, clock.nowMs(), this.#deps),
    };
    this.#units.set(unit, begun);
    this.#zones.set(unit, zoneOf(unit));
    return begun.readings.start();
  }

  /** Goes on by the rules as they are now; resolves when what that changes is told. */
  async reword(unit: string): Promise<void> {
    const known = this.#units.get(unit);
    if (known === undefined) return this.begin(unit, []);
    const [ofReadings, ofConditions] = this.#wordings(unit);
    known.conditions.reword(ofConditions);
    await known.readings.reword(ofReadings);
  }

  /** In another zone what goes by local time begins anew. */
  async rezone(unit: string): Promise<void> {
    const former = this.#zones.get(unit);
    const zone = this.#deps.zoneOf(unit);
    if (former === undefined || former === zone) return;
    this.#zones.set(unit, zone);
    await this.#deps.rules.rezone(unit, former, this.#nextMs(unit));
    await this.reword(unit);
  }

  frame(unit: string, frame: Frame, atMs: number, late: boolean): void {
    if (!late) this.#clockOf(unit).heard(frame, atMs, this.#deps.clock.nowMs());
    this.#units.get(unit)?.readings.frame(frame, atMs);
  }

  observe(unit: string, conditions: Conditions): void {
    this.#units.get(unit)?.conditions.observe(conditions, this.#deps.clock.nowMs());
  }

  standing({ id, unit, metric }: Rule): RuleStanding | null {
    const known = this.#units.get(unit);
    if (known === undefined) return null;
    return isOfReadings(metric) ? known.readings.standing(id) : known.conditions.standing(id);
  }

  /**
   * From when a rule that is new counts. Where nothing was ever measured, from before everything that can come: what an edge has in its journal from before the hub knew the
   * unit is judged too, and found late. Otherwise from now on: what was measured before, and came then, was none of its business. Readings are missing only from now on, too.
   */
  async firstSinceMs(rule: Rule): Promise<number> {
    const sinceMs = this.sinceMs(rule);
    if (!isOfReadings(rule.metric) || rule.metric.kind === 'coverage') return sinceMs;
    if ((await this.#deps.readings.streams({ unit: rule.unit })).length > 0) return sinceMs;
    return Math.max(0, sinceMs - JOURNAL_REACH_MS);
  }

  /** From when a wording written now counts: after this moment by the clock that stamps what it looks at, and after every reading that was judged already. */
  sinceMs({ unit, metric }: Rule): number {
    return isOfReadings(metric) ? this.#nextMs(unit) : this.#deps.clock.nowMs() + 1;
  }

  /** Lets time pass for every `most`-th unit, beginning with another one at each `turn`, and writes down where they stand: no commit is a long one. */
  tick(turn: number, most: number): void {
    let place = turn;
    for (const { readings, conditions } of this.#units.values()) {
      place += 1;
      if (place % most !== 0) continue;
      readings.outlive();
      readings.savePosition();
      conditions.savePosition();
      for (const one of [...readings.failures(), ...conditions.failures()]) this.#logFailure(one);
    }
  }

  async forget(unit: string): Promise<void> {
    await this.#units.get(unit)?.readings.close();
    this.#units.delete(unit);
    this.#clocks.delete(unit);
    this.#zones.delete(unit);
  }

  async settled(): Promise<void> {
    for (const { readings } of this.#units.values()) await readings.settled();
  }

  async close(): Promise<void> {
    for (const { readings, conditions } of this.#units.values()) {
      await readings.close();
      conditions.savePosition();
    }
  }

  /** Once, until it fails otherwise. */
  #logFailure({ rule, failure }: ReturnType<UnitReadings['failures']>[number]): void {
    if (this.#failures.get(rule) === failure) return;
    this.#failures.set(rule, failure);
    this.#deps.log.error({ rule, failure }, 'a rule does not work and was set aside: nobody is told by it');
  }

  #nextMs(unit: string): number {
    const nowMs = this.#clockOf(unit).nowMs(this.#deps.clock.nowMs());
    return Math.max(nowMs, this.#units.get(unit)?.readings.newestMs ?? 0) + 1;
  }

  /** Wordings that are told by readings, and those that follow the present. */
  #wordings(unit: string): readonly [readings: RuleInForce[], conditions: RuleInForce[]] {
    const all = this.#deps.rules.inForce(unit);
    return [all.filter(({ rule }) => isOfReadings(rule.metric)), all.filter(({ rule }) => !isOfReadings(rule.metric))];
  }

  #clockOf(unit: string): UnitClock {
    let known = this.#clocks.get(unit);
    if (known === undefined) this.#clocks.set(unit, (known = new UnitClock()));
    return known;
  }
}
