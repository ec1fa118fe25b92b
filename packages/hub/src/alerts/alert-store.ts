/** Where rules, events, positions and the outbox live. Port; the real one is Prisma's, the in-memory twin passes the same contract test. */
import type { SeqRanges } from '../history/reading-store.ts';
import type { AlertFacts } from '../notify/alert-facts.ts';
import type { ToldStep } from '../notify/decision.ts';
import type { Receiver } from '../notify/receiver.ts';
import type { EventRecord } from './records/event-record.ts';
import type { Rule } from './rules/rule.ts';
import type { RuleInForce } from './rules/rule-in-force.ts';
import type { UnitCheckpoint } from './judging/unit-alerts.ts';

/** A rule as stored. `number` is the integer by which SLMM 0.4.0's API knows it. */
export interface RuleRecord {
  readonly rule: Rule;
  readonly number: number;
  /** From when this wording of the rule counts. */
  readonly sinceMs: number;
  /** The fields of SLMM 0.4.0 as they were written there, for its API; `null` for rules of our own. */
  readonly legacy: Readonly<Record<string, unknown>> | null;
}

/** `unit` or `rule` `null`: all of them. */
export interface Silence {
  readonly id: string;
  readonly unit: string | null;
  readonly rule: string | null;
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: string;
  readonly by: string;
}

/** A wording of a rule that is over: late readings of its time are judged by it. `zone` is the unit's while it counted. */
export interface FormerWording extends RuleInForce {
  readonly untilMs: number;
  readonly endReason: 'rule_changed' | 'rule_disabled';
}

/** One notification to one receiver on one channel: one id, however often it is tried. */
export interface OutboxEntry {
  /** Follows from event, receiver, channel and how many there were before, so that deciding twice makes one entry. */
  readonly id: string;
  readonly event: string;
  readonly unit: string;
  /** The site whose notifications travel together. */
  readonly edge: string | null;
  /** Rule, or kind of an event that needs none. */
  readonly rule: string;
  readonly receiver: string;
  /** Place in the receiver's channels. */
  readonly channel: number;
  readonly step: ToldStep;
  /** How many messages about this event there were before to this receiver. */
  readonly place: number;
  readonly alert: AlertFacts;
  readonly createdMs: number;
  readonly dueMs: number;
  readonly attempts: number;
  readonly state: 'waiting' | 'delivered' | 'gave-up' | 'dropped';
  readonly reason: string;
  readonly detail: string | null;
  readonly endedMs: number | null;
  /** The message in which it travels with others of its site; `null` until it is sent for the first time. */
  readonly message: string | null;
}

export interface EventQuery {
  readonly unit?: string;
  readonly units?: readonly string[];
  /** Events that were on at this instant or began after it. */
  readonly fromMs?: number;
  /** Events that began before this instant. */
  readonly toMs?: number;
  readonly status?: EventRecord['status'];
  /** Also those that later data did not confirm; default no. */
  readonly superseded?: boolean;
  /** Those that come after this one in the list. */
  readonly after?: { readonly onsetMs: number; readonly number: number };
  readonly limit: number;
}

/** An event with the integer by which SLMM 0.4.0's API knows it. */
export interface NumberedEvent {
  readonly number: number;
  readonly record: EventRecord;
}

/**
 * Where a unit's alerts stand. `position`: by its readings, with the numbers of those that were weighed; `gap`: where something may be missing, to tell again
 * from; `conditions`: by the state of meter, edge and hub.
 */
export interface StoredCheckpoint {
  readonly unit: string;
  readonly kind: 'position' | 'gap' | 'conditions';
  readonly checkpoint: UnitCheckpoint;
  /** Of a position: by epoch, the seqs that are in it. */
  readonly heard?: Readonly<Record<string, SeqRanges>>;
}

/** One durable step of the engine: all or nothing. */
export interface AlertCommit {
  readonly events: readonly EventRecord[];
  readonly checkpoints: readonly StoredCheckpoint[];
  /** Gap checkpoints of this unit from this instant on are no longer needed. */
  readonly forgetGaps?: readonly { readonly unit: string; readonly atMs: number }[];
  /** Single gap checkpoints that are given up. */
  readonly dropGaps?: readonly { readonly unit: string; readonly atMs: number }[];
  /** New entries; those whose id exists are left as they are. */
  readonly outbox: readonly OutboxEntry[];
}

export interface OutboxQuery {
  readonly event?: string;
  readonly receiver?: string;
  readonly channel?: number;
  readonly state?: OutboxEntry['state'];
  readonly units?: readonly string[];
  readonly message?: string;
  readonly sinceMs?: number;
  /** Those that come after this one in the list. */
  readonly after?: { readonly createdMs: number; readonly id: string };
  readonly limit: number;
}

/** A receiver's channel, by its place among the receiver's channels. */
export interface Lane {
  readonly receiver: string;
  readonly channel: number;
}

export interface AlertStore {
  rules(): Promise<readonly RuleRecord[]>;
  /** Writes a wording; `former` is what it replaces, kept for late readings. Both or neither. */
  putRule(rule: Rule, sinceMs: number, legacy: RuleRecord['legacy'], former?: FormerWording | null): Promise<RuleRecord>;
  deleteRule(id: string, former?: FormerWording | null): Promise<boolean>;
  /** Wordings that are over, also of rules that are gone, in no order. */
  formerWordings(): Promise<readonly FormerWording[]>;
  /** Forgets those that were over before this instant, or all of this unit's rules. */
  forgetWordings(which: { readonly beforeMs: number } | { readonly unit: string }): Promise<void>;
  receivers(): Promise<readonly Receiver[]>;
  putReceiver(receiver: Receiver): Promise<void>;
  deleteReceiver(id: string): Promise<boolean>;
  silences(): Promise<readonly Silence[]>;
  putSilence(silence: Silence): Promise<void>;
  deleteSilence(id: string): Promise<boolean>;
  /** Newest onset first; of those with one onset the highest number. */
  events(query: EventQuery): Promise<readonly NumberedEvent[]>;
  /** Events of which somebody is still to be told, whether they are on or over. */
  owedEvents(limit: number): Promise<readonly EventRecord[]>;
  event(id: string): Promise<NumberedEvent | null>;
  /** By the integer of SLMM 0.4.0's API. */
  eventByNumber(number: number): Promise<NumberedEvent | null>;
  /** Those of these events that exist, in no order. */
  eventsById(ids: readonly string[]): Promise<readonly NumberedEvent[]>;
  commit(change: AlertCommit): Promise<void>;
  /** Position and conditions of every unit, and its gap checkpoints oldest first. */
  checkpoints(): Promise<readonly StoredCheckpoint[]>;
  /** Forgets where the rules of a unit stood. */
  deleteCheckpoints(unit: string): Promise<void>;
  /** Entries that wait and are due at `nowMs`, oldest first; none of these lanes. */
  due(nowMs: number, limit: number, except?: readonly Lane[]): Promise<readonly OutboxEntry[]>;
  /** Entries that wait for their first sending in this lane and about this site, due or not, oldest first. */
  unsent(lane: Lane, edge: string | null, limit: number): Promise<readonly OutboxEntry[]>;
  /** Entries of an event, of a message or of all, newest first, equals by id: the delivery log. */
  outbox(query: OutboxQuery): Promise<readonly OutboxEntry[]>;
  outboxEntry(id: string): Promise<OutboxEntry | null>;
  updateOutbox(entries: readonly OutboxEntry[]): Promise<void>;
  /**
   * Deletes events that are over and nobody is owed anything of, if they began before `eventsBeforeMs`, entries that wait no more, if they were made before
   * `outboxBeforeMs`, and silences that were over before `silencesBeforeMs`.
   */
  forget(what: {
    readonly eventsBeforeMs: number;
    readonly outboxBeforeMs: number;
    readonly silencesBeforeMs: number;
  }): Promise<void>;
}

/** Whether somebody is still to be told of it. */
export const isOwed = (record: EventRecord): boolean => Object.values(record.tellings).some(({ waits }) => waits !== null);
