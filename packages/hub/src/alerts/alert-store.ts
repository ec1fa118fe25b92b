/** Where rules, events, positions and the outbox live. Port; the real one is Prisma's, the in-memory twin passes the same contract test. */
import type { Receiver } from '../notify/receiver.ts';
import type { EventRecord, EventStep } from './event-record.ts';
import type { Rule } from './rule.ts';
import type { UnitCheckpoint } from './unit-alerts.ts';

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

/** One notification to one receiver on one channel: one id, however often it is tried. */
export interface OutboxEntry {
  /** Follows from event, step and receiver, so that deciding twice makes one entry. */
  readonly id: string;
  readonly event: string;
  readonly unit: string;
  readonly edge: string | null;
  readonly rule: string | null;
  readonly receiver: string;
  /** Place in the receiver's channels. */
  readonly channel: number;
  readonly step: EventStep['kind'] | 'no-data';
  /** Index of the level that is told. */
  readonly level: number;
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
  readonly limit: number;
}

/** An event with the integer by which SLMM 0.4.0's API knows it. */
export interface NumberedEvent {
  readonly number: number;
  readonly record: EventRecord;
}

/** One durable step of the engine: all or nothing. */
export interface AlertCommit {
  readonly events: readonly EventRecord[];
  readonly checkpoints: readonly {
    readonly unit: string;
    readonly kind: 'position' | 'gap';
    readonly checkpoint: UnitCheckpoint;
  }[];
  /** Gap checkpoints of this unit from before this instant that are no longer needed. */
  readonly forgetGaps?: readonly { readonly unit: string; readonly atMs: number }[];
  /** Single gap checkpoints that are given up. */
  readonly dropGaps?: readonly { readonly unit: string; readonly atMs: number }[];
  /** New entries; those whose id exists are left as they are. */
  readonly outbox: readonly OutboxEntry[];
}

export interface AlertStore {
  rules(): Promise<readonly RuleRecord[]>;
  putRule(rule: Rule, sinceMs: number, legacy: RuleRecord['legacy']): Promise<RuleRecord>;
  deleteRule(id: string): Promise<boolean>;
  receivers(): Promise<readonly Receiver[]>;
  putReceiver(receiver: Receiver): Promise<void>;
  deleteReceiver(id: string): Promise<boolean>;
  silences(): Promise<readonly Silence[]>;
  putSilence(silence: Silence): Promise<void>;
  deleteSilence(id: string): Promise<boolean>;
  /** Newest onset first. */
  events(query: EventQuery): Promise<readonly NumberedEvent[]>;
  event(id: string): Promise<NumberedEvent | null>;
  /** By the integer of SLMM 0.4.0's API. */
  eventByNumber(number: number): Promise<NumberedEvent | null>;
  /** Those of these events that exist, in no order. */
  eventsById(ids: readonly string[]): Promise<readonly NumberedEvent[]>;
  commit(change: AlertCommit): Promise<void>;
  /** The newest position and all gap checkpoints of every unit, oldest first. */
  checkpoints(): Promise<
    readonly { readonly unit: string; readonly kind: 'position' | 'gap'; readonly checkpoint: UnitCheckpoint }[]
  >;
  /** Entries that are due at `nowMs`, oldest first. */
  due(nowMs: number, limit: number): Promise<readonly OutboxEntry[]>;
  /** Entries of an event or of all, newest first: the delivery log. */
  outbox(query: {
    readonly event?: string;
    readonly receiver?: string;
    readonly sinceMs?: number;
    readonly limit: number;
  }): Promise<readonly OutboxEntry[]>;
  outboxEntry(id: string): Promise<OutboxEntry | null>;
  /** Forgets where the rules of a unit stood. */
  deleteCheckpoints(unit: string): Promise<void>;
  updateOutbox(entries: readonly OutboxEntry[]): Promise<void>;
}
