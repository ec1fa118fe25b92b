import {
  type AlertCommit,
  type AlertStore,
  type EventQuery,
  type FormerWording,
  isOwed,
  type Lane,
  type NumberedEvent,
  type OutboxEntry,
  type OutboxQuery,
  type RuleRecord,
  type Silence,
  type StoredCheckpoint,
} from '../../alerts/alert-store.ts';
import type { EventRecord } from '../../alerts/records/event-record.ts';
import type { Receiver } from '../../notify/receiver.ts';

/** In-memory twin of the alert store: same promises but for the disk. */
export class MemoryAlertStore implements AlertStore {
  readonly #rules = new Map<string, RuleRecord>();
  readonly #receivers = new Map<string, Receiver>();
  readonly #silences = new Map<string, Silence>();
  readonly #events = new Map<string, NumberedEvent>();
  /** By rule and since. */
  readonly #wordings = new Map<string, FormerWording>();
  readonly #checkpoints = new Map<string, StoredCheckpoint>();
  readonly #outbox = new Map<string, OutboxEntry>();
  #number = 0;
  #eventNumber = 0;

  rules(): Promise<readonly RuleRecord[]> {
    return Promise.resolve([...this.#rules.values()].sort((a, b) => a.number - b.number));
  }

  putRule(
    rule: RuleRecord['rule'],
    sinceMs: number,
    legacy: RuleRecord['legacy'],
    former: FormerWording | null = null,
  ): Promise<RuleRecord> {
    const record: RuleRecord = { rule, sinceMs, legacy, number: this.#rules.get(rule.id)?.number ?? (this.#number += 1) };
    this.#rules.set(rule.id, record);
    if (former !== null) this.#wordings.set(`${former.rule.id} ${former.sinceMs}`, former);
    return Promise.resolve(record);
  }

  deleteRule(id: string, former: FormerWording | null = null): Promise<boolean> {
    if (former !== null) this.#wordings.set(`${former.rule.id} ${former.sinceMs}`, former);
    return Promise.resolve(this.#rules.delete(id));
  }

  formerWordings(): Promise<readonly FormerWording[]> {
    return Promise.resolve([...this.#wordings.values()]);
  }

  forgetWordings(which: { readonly beforeMs: number } | { readonly unit: string }): Promise<void> {
    for (const [key, { rule, untilMs }] of this.#wordings)
      if ('unit' in which ? rule.unit === which.unit : untilMs < which.beforeMs) this.#wordings.delete(key);
    return Promise.resolve();
  }

  receivers(): Promise<readonly Receiver[]> {
    return Promise.resolve([...this.#receivers.values()]);
  }

  putReceiver(receiver: Receiver): Promise<void> {
    this.#receivers.set(receiver.id, receiver);
    return Promise.resolve();
  }

  deleteReceiver(id: string): Promise<boolean> {
    return Promise.resolve(this.#receivers.delete(id));
  }

  silences(): Promise<readonly Silence[]> {
    return Promise.resolve([...this.#silences.values()]);
  }

  putSilence(silence: Silence): Promise<void> {
    this.#silences.set(silence.id, silence);
    return Promise.resolve();
  }

  deleteSilence(id: string): Promise<boolean> {
    return Promise.resolve(this.#silences.delete(id));
  }

  events(query: EventQuery): Promise<readonly NumberedEvent[]> {
    const { after } = query;
    const isFurther = ({ number, record }: NumberedEvent): boolean =>
      after === undefined || record.onsetMs < after.onsetMs || (record.onsetMs === after.onsetMs && number < after.number);
    const matching = [...this.#events.values()].filter((event) => matches(event.record, query) && isFurther(event));
    return Promise.resolve(
      matching.sort((a, b) => b.record.onsetMs - a.record.onsetMs || b.number - a.number).slice(0, query.limit),
    );
  }

  owedEvents(limit: number): Promise<readonly EventRecord[]> {
    const owed = [...this.#events.values()].map(({ record }) => record).filter(isOwed);
    return Promise.resolve(owed.sort((a, b) => b.onsetMs - a.onsetMs).slice(0, limit));
  }

  event(id: string): Promise<NumberedEvent | null> {
    return Promise.resolve(this.#events.get(id) ?? null);
  }

  eventByNumber(number: number): Promise<NumberedEvent | null> {
    return Promise.resolve([...this.#events.values()].find((event) => event.number === number) ?? null);
  }

  eventsById(ids: readonly string[]): Promise<readonly NumberedEvent[]> {
    return Promise.resolve(ids.flatMap((id) => this.#events.get(id) ?? []));
  }

  commit(change: AlertCommit): Promise<void> {
    for (const record of change.events) {
      this.#events.set(record.id, { record, number: this.#events.get(record.id)?.number ?? (this.#eventNumber += 1) });
    }
    for (const { unit, atMs } of change.forgetGaps ?? []) this.#dropGaps(unit, (gapMs) => gapMs >= atMs);
    for (const { unit, atMs } of change.dropGaps ?? []) this.#dropGaps(unit, (gapMs) => gapMs === atMs);
    for (const one of change.checkpoints) {
      const at = one.kind === 'gap' ? one.checkpoint.atMs : '';
      // As a database would: what is kept is a copy.
      this.#checkpoints.set(`${one.unit}/${one.kind}/${at}`, JSON.parse(JSON.stringify(one)) as StoredCheckpoint);
    }
    for (const entry of change.outbox) if (!this.#outbox.has(entry.id)) this.#outbox.set(entry.id, entry);
    return Promise.resolve();
  }

  #dropGaps(unit: string, isGone: (atMs: number) => boolean): void {
    for (const [key, one] of this.#checkpoints)
      if (one.kind === 'gap' && one.unit === unit && isGone(one.checkpoint.atMs)) this.#checkpoints.delete(key);
  }

  checkpoints(): Promise<readonly StoredCheckpoint[]> {
    const order = ({ kind, checkpoint }: StoredCheckpoint): number => (kind === 'gap' ? checkpoint.atMs : 0);
    return Promise.resolve([...this.#checkpoints.values()].sort((a, b) => order(a) - order(b)));
  }

  due(nowMs: number, limit: number, except: readonly Lane[] = []): Promise<readonly OutboxEntry[]> {
    const isFree = (entry: OutboxEntry): boolean =>
      !except.some(({ receiver, channel }) => receiver === entry.receiver && channel === entry.channel);
    const due = [...this.#outbox.values()].filter((entry) => entry.state === 'waiting' && entry.dueMs <= nowMs && isFree(entry));
    return Promise.resolve(due.sort((a, b) => a.dueMs - b.dueMs).slice(0, limit));
  }

  unsent({ receiver, channel }: Lane, edge: string | null, limit: number): Promise<readonly OutboxEntry[]> {
    const unsent = [...this.#outbox.values()].filter(
      (entry) =>
        entry.state === 'waiting' &&
        entry.message === null &&
        entry.receiver === receiver &&
        entry.channel === channel &&
        entry.edge === edge,
    );
    return Promise.resolve(unsent.sort((a, b) => a.createdMs - b.createdMs).slice(0, limit));
  }

  outbox(query: OutboxQuery): Promise<readonly OutboxEntry[]> {
    const matching = [...this.#outbox.values()].filter(
      (entry) =>
        (query.event === undefined || entry.event === query.event) &&
        (query.receiver === undefined || entry.receiver === query.receiver) &&
        (query.channel === undefined || entry.channel === query.channel) &&
        (query.state === undefined || entry.state === query.state) &&
        (query.message === undefined || entry.message === query.message) &&
        (query.units === undefined || query.units.includes(entry.unit)) &&
        (query.sinceMs === undefined || entry.createdMs >= query.sinceMs) &&
        (query.after === undefined || newestFirst(query.after, entry) < 0),
    );
    return Promise.resolve(matching.sort(newestFirst).slice(0, query.limit));
  }

  outboxEntry(id: string): Promise<OutboxEntry | null> {
    return Promise.resolve(this.#outbox.get(id) ?? null);
  }

  deleteCheckpoints(unit: string): Promise<void> {
    for (const [key, one] of this.#checkpoints) if (one.unit === unit) this.#checkpoints.delete(key);
    return Promise.resolve();
  }

  forget({ eventsBeforeMs, outboxBeforeMs, silencesBeforeMs }: Parameters<AlertStore['forget']>[0]): Promise<void> {
    for (const [id, { toMs }] of this.#silences) if (toMs < silencesBeforeMs) this.#silences.delete(id);
    for (const [id, { record }] of this.#events)
      if (record.onsetMs < eventsBeforeMs && record.status !== 'active' && !isOwed(record)) this.#events.delete(id);
    for (const [id, { createdMs, state }] of this.#outbox)
      if (createdMs < outboxBeforeMs && state !== 'waiting') this.#outbox.delete(id);
    return Promise.resolve();
  }

  updateOutbox(entries: readonly OutboxEntry[]): Promise<void> {
    for (const entry of entries) this.#outbox.set(entry.id, entry);
    return Promise.resolve();
  }
}

type Placed = Pick<OutboxEntry, 'createdMs' | 'id'>;
const newestFirst = (a: Placed, b: Placed): number => b.createdMs - a.createdMs || (a.id < b.id ? -1 : Number(a.id > b.id));

function matches(record: EventRecord, query: EventQuery): boolean {
  if (query.unit !== undefined && record.unit !== query.unit) return false;
  if (query.units !== undefined && !query.units.includes(record.unit)) return false;
  if (query.status !== undefined && record.status !== query.status) return false;
  if (record.status === 'superseded' && query.superseded !== true && query.status !== 'superseded') return false;
  if (query.toMs !== undefined && record.onsetMs >= query.toMs) return false;
  return (
    query.fromMs === undefined || record.onsetMs >= query.fromMs || record.clearMs === null || record.clearMs >= query.fromMs
  );
}
