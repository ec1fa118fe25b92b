/**
 * From an event as it stands to messages in the outbox, one per receiver and channel. Holds what was sent lately, so that deciding needs no query; takes time as
 * an argument, so that a rehearsal can use it. Neighbours: decision.ts weighs, alerts/event-book.ts asks, outbox.ts sends what is due.
 */
import { createHash } from 'node:crypto';
import type { OutboxEntry, Silence } from '../alerts/alert-store.ts';
import type { EventRecord } from '../alerts/records/event-record.ts';
import type { Rule } from '../alerts/rules/rule.ts';
import { decide, type RuleManners, type Telling, type ToldStep } from './decision.ts';
import { alertFacts } from './alert-facts.ts';
import type { Receiver } from './receiver.ts';

const HOUR_MS = 3_600_000;
/** Per receiver the last so many messages are remembered, which is more than any rate cap allows in an hour. */
const MAX_SENT = 1000;
/** Rules and receivers whose last onset is remembered; oldest forgotten first, and their cooldown with them. */
const MAX_ONSETS = 50_000;
/** An event has at most so many things to tell at one look: that it began, and that it is over. */
const MAX_AT_ONCE = 2;

/** What is known around an event when it is weighed. */
export interface Surroundings {
  readonly edge: string | null;
  /** What is broken above the unit; `null` for nothing. */
  readonly inhibitedBy: string | null;
}

/** What came of a look at an event. */
export interface Considered {
  /** The record with its newest decisions; the very same object when nothing has changed. */
  readonly record: EventRecord;
  readonly entries: readonly OutboxEntry[];
}

export class Teller {
  #receivers = new Map<string, Receiver>();
  #silences: readonly Silence[] = [];
  /** Last onset that was told, by rule and receiver. */
  readonly #lastOnsetMs = new Map<string, number>();
  readonly #sentMs = new Map<string, readonly number[]>();
  /** Until when what happens at a site joins the message that is being gathered, by receiver and site. */
  readonly #gatheringMs = new Map<string, number>();

  /** Takes the newest receivers and silences. */
  configure(receivers: readonly Receiver[], silences: readonly Silence[]): void {
    this.#receivers = new Map(receivers.map((receiver) => [receiver.id, receiver]));
    this.#silences = silences;
  }

  /** Learns again after a restart what was told before. */
  remember(entries: readonly OutboxEntry[]): void {
    const messages = new Set<string>();
    for (const entry of [...entries].sort((a, b) => a.createdMs - b.createdMs)) {
      if (entry.step !== 'clear') this.#onsetTold(entry.rule, entry.receiver, entry.createdMs);
      // What was not sent yet and is due together travels together.
      const message = `${entry.receiver}/${entry.message ?? `${entry.edge ?? ''} ${entry.dueMs}`}`;
      if (entry.channel === 0 && !messages.has(message)) this.#sent(entry.receiver, entry.createdMs);
      messages.add(message);
    }
  }

  receiver(id: string): Receiver | null {
    return this.#receivers.get(id) ?? null;
  }

  /** Looks at an event for everybody its rule names, and everybody who was told of it before. `rule` is `null` where it is gone: then only ends are owed. */
  consider(record: EventRecord, rule: Rule | null, around: Surroundings, nowMs: number): Considered {
    const entries: OutboxEntry[] = [];
    const tellings = new Map(Object.entries(record.tellings));
    let isNew = false;
    for (const id of new Set([...(rule?.notify ?? []), ...tellings.keys()])) {
      const receiver = this.#receivers.get(id);
      if (receiver === undefined) {
        const owed = tellings.get(id);
        if (owed === undefined || owed.waits === null) continue;
        isNew = true;
        tellings.set(id, { ...owed, reason: 'receiver-gone', atMs: nowMs, waits: null });
        continue;
      }
      for (let round = 0; round < MAX_AT_ONCE; round += 1) {
        const before = tellings.get(id) ?? null;
        const after = this.#look(record, rule, receiver, before, around, nowMs, entries);
        if (before !== null && isSame(before, after)) break;
        isNew = true;
        tellings.set(id, after);
        if (after.messages === (before?.messages ?? 0)) break;
      }
    }
    return { record: isNew ? { ...record, tellings: Object.fromEntries(tellings) } : record, entries };
  }

  #look(
    record: EventRecord,
    rule: Rule | null,
    receiver: Receiver,
    before: Telling | null,
    around: Surroundings,
    nowMs: number,
    entries: OutboxEntry[],
  ): Telling {
    const site = `${receiver.id}/${around.edge ?? ''}`;
    const decision = decide(record, mannersOf(rule), receiver, before, {
      nowMs,
      silencedUntilMs: this.#silenceOver(record, nowMs)?.toMs ?? null,
      inhibitedBy: around.inhibitedBy,
      lastOnsetToldMs: this.#lastOnsetMs.get(`${record.rule ?? record.kind}/${receiver.id}`) ?? null,
      sentMs: this.#sentMs.get(receiver.id) ?? [],
      joins: nowMs < (this.#gatheringMs.get(site) ?? Number.NEGATIVE_INFINITY),
    });
    const { messages = 0, level = null, ended = false } = before ?? {};
    const { reason } = decision;
    // Nothing to add to what was told last: that stays the last word.
    if (decision.kind === 'rest' && before !== null && before.waits === null && level !== null) return before;
    if (decision.kind !== 'tell') {
      const waits = decision.kind === 'wait' ? { untilMs: decision.untilMs } : null;
      return { messages, level, ended, reason, atMs: nowMs, waits };
    }
    const dueMs = this.#gather(site, receiver, nowMs);
    for (const channel of receiver.channels.keys())
      entries.push(entryOf(record, decision.step, reason, receiver, channel, messages, around.edge, nowMs, dueMs));
    if (decision.step !== 'clear') this.#onsetTold(record.rule ?? record.kind, receiver.id, nowMs);
    const told = decision.step === 'clear' ? level : (record.level ?? record.gravest);
    return { messages: messages + 1, level: told, ended: decision.step === 'clear', reason, atMs: nowMs, waits: null };
  }

  /** When the message goes out in which this is told: that of the site that is being gathered, or a new one. */
  #gather(site: string, receiver: Receiver, nowMs: number): number {
    const gatheringMs = this.#gatheringMs.get(site);
    if (gatheringMs !== undefined && nowMs < gatheringMs) return gatheringMs;
    const dueMs = nowMs + receiver.group_wait_s * 1000;
    this.#gatheringMs.set(site, dueMs);
    this.#sent(receiver.id, nowMs);
    return dueMs;
  }

  #silenceOver(record: EventRecord, nowMs: number): Silence | null {
    return this.#silences.find((silence) => covers(silence, record, nowMs)) ?? null;
  }

  #onsetTold(rule: string | null, receiver: string, atMs: number): void {
    const key = `${rule ?? ''}/${receiver}`;
    this.#lastOnsetMs.delete(key);
    this.#lastOnsetMs.set(key, atMs);
    const oldest = this.#lastOnsetMs.size > MAX_ONSETS ? this.#lastOnsetMs.keys().next().value : undefined;
    if (oldest !== undefined) this.#lastOnsetMs.delete(oldest);
  }

  #sent(receiver: string, atMs: number): void {
    const recent = (this.#sentMs.get(receiver) ?? []).filter((sentMs) => atMs - sentMs < HOUR_MS);
    this.#sentMs.set(receiver, [...recent, atMs].slice(-MAX_SENT));
  }
}

function mannersOf(rule: Rule | null): RuleManners {
  return {
    mildest: rule?.levels[0]?.name ?? 'warn',
    cooldownMs: (rule?.cooldown_s ?? 0) * 1000,
    mergeMs: (rule?.merge_s ?? 0) * 1000,
  };
}

/** Whether a decision says what the one before it said. */
function isSame(a: Telling, b: Telling): boolean {
  return (
    a.messages === b.messages &&
    a.reason === b.reason &&
    (a.waits === null) === (b.waits === null) &&
    a.waits?.untilMs === b.waits?.untilMs
  );
}

function covers(silence: Silence, record: EventRecord, atMs: number): boolean {
  return (
    silence.fromMs <= atMs &&
    atMs < silence.toMs &&
    (silence.unit === null || silence.unit === record.unit) &&
    (silence.rule === null || silence.rule === record.rule)
  );
}

function entryOf(
  record: EventRecord,
  step: ToldStep,
  reason: string,
  receiver: Receiver,
  channel: number,
  place: number,
  edge: string | null,
  nowMs: number,
  dueMs: number,
): OutboxEntry {
  return {
    id: notificationId(record.id, place, receiver.id, channel),
    event: record.id,
    unit: record.unit,
    edge,
    rule: record.rule ?? record.kind,
    receiver: receiver.id,
    channel,
    step,
    place,
    alert: alertFacts(record, step),
    createdMs: nowMs,
    dueMs,
    attempts: 0,
    state: 'waiting',
    reason,
    detail: null,
    endedMs: null,
    message: null,
  };
}

/** The n-th message about an event to one receiver on one channel has the same id, however often it is decided: so a crash tells nobody twice. */
export function notificationId(event: string, place: number, receiver: string, channel: number): string {
  const parts = [event, place, receiver, channel].join('\n');
  return `ntf_${createHash('sha256').update(parts).digest('base64url').slice(0, 27)}`;
}
