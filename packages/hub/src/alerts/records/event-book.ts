/**
 * The events in play: those that are on, those of which somebody is still to be told, and the newest of the rest. What readings, people and notifications say of
 * an event comes together here and goes to the disk in one piece. Neighbours: the runtimes and watches.ts tell, notify/teller.ts decides, commit-queue.ts writes.
 */
import type { Clock, Logger } from '@slmm/shared';
import { sentenceOfDecision } from '../../notify/decision.ts';
import type { Surroundings, Teller } from '../../notify/teller.ts';
import { isOwed } from '../alert-store.ts';
import type { CommitQueue } from './commit-queue.ts';
import { type EventRecord, recorded, superseded } from './event-record.ts';
import type { EventStory } from '../judging/event-story.ts';
import type { Rule } from '../rules/rule.ts';

/** Events that are kept in mind. Beyond it the oldest of those that are over and told are let go; they are on disk. */
const MAX_EVENTS = 20_000;

export interface EventBookDeps {
  readonly commits: CommitQueue;
  readonly teller: Teller;
  readonly clock: Clock;
  readonly log: Logger;
  /** The rule by which this event is told; `null` where it is gone. */
  readonly ruleOf: (record: EventRecord) => Rule | null;
  /** What surrounds it. `forAWhile`: what is broken above it must have been well for a while. */
  readonly around: (record: EventRecord, rule: Rule | null, forAWhile: boolean) => Surroundings;
}

export class EventBook {
  readonly #deps: EventBookDeps;
  readonly #records = new Map<string, EventRecord>();
  /** Ids of the events of which somebody is still to be told. */
  readonly #owed = new Set<string>();

  constructor(deps: EventBookDeps) {
    this.#deps = deps;
  }

  /** Learns of events that are on disk; what is known here is newer and stays. */
  remember(records: readonly EventRecord[]): void {
    for (const record of records) if (!this.#records.has(record.id)) this.#keep(record);
  }

  record(id: string): EventRecord | null {
    return this.#records.get(id) ?? null;
  }

  /** Events of this kind that are on. */
  active(kind: EventRecord['kind']): EventRecord[] {
    return [...this.#records.values()].filter((record) => record.kind === kind && record.status === 'active');
  }

  /** A story has gone on, or was told again. `id`: under which it is written. `late`: its beginning is too long ago for anybody to be woken. */
  tell(id: string, story: EventStory, rule: Rule, late: boolean): void {
    this.#write(recorded(this.record(id), { ...story, id }, late), rule);
  }

  /** What full data does not confirm. */
  unconfirmed(record: EventRecord): void {
    this.#write(superseded(this.record(record.id) ?? record), this.#deps.ruleOf(record));
  }

  /** An event that needs no rule, or what people did to any. `rule` says who is told. */
  put(record: EventRecord, rule: Rule | null): void {
    this.#write(record, rule);
  }

  /** Looks again at everything of which somebody is still to be told. */
  look(nowMs: number): void {
    for (const id of this.#owed) {
      const before = this.#records.get(id);
      if (before === undefined) continue;
      const rule = this.#deps.ruleOf(before);
      const wasInhibited = Object.values(before.tellings).some(({ waits, reason }) => waits !== null && reason === 'inhibited');
      const { record, entries } = this.#deps.teller.consider(before, rule, this.#deps.around(before, rule, wasInhibited), nowMs);
      if (record === before) continue;
      this.#keep(record);
      this.#deps.commits.event(before, record, entries);
      this.#log(record, 'looked at again');
    }
  }

  #write(changed: EventRecord, rule: Rule | null): void {
    const { teller, clock, commits, around } = this.#deps;
    const before = this.record(changed.id);
    const { record, entries } = teller.consider(changed, rule, around(changed, rule, false), clock.nowMs());
    this.#keep(record);
    commits.event(before, record, entries);
    this.#log(record, record.steps.at(-1)?.kind ?? 'figures');
  }

  #log(record: EventRecord, what: string): void {
    const told = Object.entries(record.tellings).map(([receiver, { reason }]) => `${receiver}: ${sentenceOfDecision(reason)}`);
    this.#deps.log.info(
      { unit: record.unit, rule: record.rule, event: record.id, status: record.status, late: record.late, told },
      `alert ${record.ruleName}: ${what}, ${record.steps.at(-1)?.text ?? ''}`,
    );
  }

  #keep(record: EventRecord): void {
    this.#records.delete(record.id);
    this.#records.set(record.id, record);
    if (isOwed(record)) this.#owed.add(record.id);
    else this.#owed.delete(record.id);
    if (this.#records.size <= MAX_EVENTS) return;
    for (const [id, { status }] of this.#records) {
      if (status === 'active' || this.#owed.has(id)) continue;
      this.#records.delete(id);
      break;
    }
  }
}
