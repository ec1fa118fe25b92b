import type { AlertStore, EventQuery, NumberedEvent, OutboxEntry, RuleRecord, Silence } from '../../alerts/alert-store.ts';
import type { EventRecord } from '../../alerts/event-record.ts';
import type { UnitCheckpoint } from '../../alerts/unit-alerts.ts';
import type { Receiver } from '../../notify/receiver.ts';

/** In-memory twin of the alert store: same promises but for the disk. */
export class MemoryAlertStore implements AlertStore {
  readonly #rules = new Map<string, RuleRecord>();
  readonly #receivers = new Map<string, Receiver>();
  readonly #silences = new Map<string, Silence>();
  readonly #events = new Map<string, NumberedEvent>();
  readonly #positions = new Map<string, UnitCheckpoint>();
  readonly #gaps = new Map<string, Map<number, UnitCheckpoint>>();
  readonly #outbox = new Map<string, OutboxEntry>();
  #number = 0;
  #eventNumber = 0;

  rules(): Promise<readonly RuleRecord[]> {
    return Promise.resolve([...this.#rules.values()].sort((a, b) => a.number - b.number));
  }

  putRule(rule: RuleRecord['rule'], sinceMs: number, legacy: RuleRecord['legacy']): Promise<RuleRecord> {
    const record: RuleRecord = { rule, sinceMs, legacy, number: this.#rules.get(rule.id)?.number ?? (this.#number += 1) };
    this.#rules.set(rule.id, record);
    return Promise.resolve(record);
  }

  deleteRule(id: string): Promise<boolean> {
    return Promise.resolve(this.#rules.delete(id));
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
    const matching = [...this.#events.values()].filter(({ record }) => matches(record, query));
    return Promise.resolve(
      matching.sort((a, b) => b.record.onsetMs - a.record.onsetMs || b.number - a.number).slice(0, query.limit),
    );
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

  commit(change: Parameters<AlertStore['commit']>[0]): Promise<void> {
    for (const record of change.events) {
      this.#events.set(record.id, { record, number: this.#events.get(record.id)?.number ?? (this.#eventNumber += 1) });
    }
    for (const { unit, atMs } of change.forgetGaps ?? []) {
      for (const gapMs of this.#gaps.get(unit)?.keys() ?? []) if (gapMs >= atMs) this.#gaps.get(unit)?.delete(gapMs);
    }
    for (const { unit, atMs } of change.dropGaps ?? []) this.#gaps.get(unit)?.delete(atMs);
    for (const { unit, kind, checkpoint } of change.checkpoints) {
      if (kind === 'position') this.#positions.set(unit, checkpoint);
      else this.#gaps.set(unit, (this.#gaps.get(unit) ?? new Map<number, UnitCheckpoint>()).set(checkpoint.atMs, checkpoint));
    }
    for (const entry of change.outbox) if (!this.#outbox.has(entry.id)) this.#outbox.set(entry.id, entry);
    return Promise.resolve();
  }

  checkpoints(): ReturnType<AlertStore['checkpoints']> {
    const positions = [...this.#positions].map(([unit, checkpoint]) => ({ unit, kind: 'position' as const, checkpoint }));
    const gaps = [...this.#gaps].flatMap(([unit, all]) =>
      [...all.values()].sort((a, b) => a.atMs - b.atMs).map((checkpoint) => ({ unit, kind: 'gap' as const, checkpoint })),
    );
    return Promise.resolve([...positions, ...gaps]);
  }

  due(nowMs: number, limit: number): Promise<readonly OutboxEntry[]> {
    const due = [...this.#outbox.values()].filter((entry) => entry.state === 'waiting' && entry.dueMs <= nowMs);
    return Promise.resolve(due.sort((a, b) => a.dueMs - b.dueMs).slice(0, limit));
  }

  outbox(query: Parameters<AlertStore['outbox']>[0]): Promise<readonly OutboxEntry[]> {
    const matching = [...this.#outbox.values()].filter(
      (entry) =>
        (query.event === undefined || entry.event === query.event) &&
        (query.receiver === undefined || entry.receiver === query.receiver) &&
        (query.sinceMs === undefined || entry.createdMs >= query.sinceMs),
    );
    return Promise.resolve(matching.sort((a, b) => b.createdMs - a.createdMs).slice(0, query.limit));
  }

  outboxEntry(id: string): Promise<OutboxEntry | null> {
    return Promise.resolve(this.#outbox.get(id) ?? null);
  }

  deleteCheckpoints(unit: string): Promise<void> {
    this.#positions.delete(unit);
    this.#gaps.delete(unit);
    return Promise.resolve();
  }

  updateOutbox(entries: readonly OutboxEntry[]): Promise<void> {
    for (const entry of entries) this.#outbox.set(entry.id, entry);
    return Promise.resolve();
  }
}

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
