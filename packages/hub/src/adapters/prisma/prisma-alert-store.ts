import type {
  AlertCommit,
  AlertStore,
  EventQuery,
  NumberedEvent,
  OutboxEntry,
  RuleRecord,
  Silence,
} from '../../alerts/alert-store.ts';
import type { EventRecord } from '../../alerts/event-record.ts';
import { ruleSchema } from '../../alerts/rule.ts';
import type { UnitCheckpoint } from '../../alerts/unit-alerts.ts';
import { type Receiver, receiverSchema } from '../../notify/receiver.ts';
import type { ConfigClient } from './config-database.ts';

/** Rules, events, positions and outbox in the configuration database. Documents are JSON; the columns beside them are what is asked by. */
export class PrismaAlertStore implements AlertStore {
  readonly #client: ConfigClient;

  constructor(client: ConfigClient) {
    this.#client = client;
  }

  async rules(): Promise<readonly RuleRecord[]> {
    const rows = await this.#client.alertRule.findMany({ orderBy: { number: 'asc' } });
    return rows.map(ruleRecord);
  }

  async putRule(rule: RuleRecord['rule'], sinceMs: number, legacy: RuleRecord['legacy']): Promise<RuleRecord> {
    const row = {
      unit: rule.unit,
      since: BigInt(sinceMs),
      rule: JSON.stringify(rule),
      legacy: legacy === null ? null : JSON.stringify(legacy),
    };
    return ruleRecord(
      await this.#client.alertRule.upsert({ where: { id: rule.id }, create: { id: rule.id, ...row }, update: row }),
    );
  }

  async deleteRule(id: string): Promise<boolean> {
    return (await this.#client.alertRule.deleteMany({ where: { id } })).count > 0;
  }

  async receivers(): Promise<readonly Receiver[]> {
    const rows = await this.#client.receiver.findMany({ orderBy: { id: 'asc' } });
    return rows.map((row) => receiverSchema.parse(JSON.parse(row.document)));
  }

  async putReceiver(receiver: Receiver): Promise<void> {
    const document = JSON.stringify(receiver);
    await this.#client.receiver.upsert({
      where: { id: receiver.id },
      create: { id: receiver.id, document },
      update: { document },
    });
  }

  async deleteReceiver(id: string): Promise<boolean> {
    return (await this.#client.receiver.deleteMany({ where: { id } })).count > 0;
  }

  async silences(): Promise<readonly Silence[]> {
    const rows = await this.#client.silence.findMany({ orderBy: { from: 'asc' } });
    return rows.map(({ id, unit, rule, from, to, reason, by }) => ({
      id,
      unit,
      rule,
      fromMs: Number(from),
      toMs: Number(to),
      reason,
      by,
    }));
  }

  async putSilence({ id, unit, rule, fromMs, toMs, reason, by }: Silence): Promise<void> {
    const row = { unit, rule, from: BigInt(fromMs), to: BigInt(toMs), reason, by };
    await this.#client.silence.upsert({ where: { id }, create: { id, ...row }, update: row });
  }

  async deleteSilence(id: string): Promise<boolean> {
    return (await this.#client.silence.deleteMany({ where: { id } })).count > 0;
  }

  async events(query: EventQuery): Promise<readonly NumberedEvent[]> {
    const rows = await this.#client.alertEvent.findMany({
      where: {
        ...(query.unit === undefined ? {} : { unit: query.unit }),
        ...(query.units === undefined ? {} : { unit: { in: [...query.units] } }),
        ...(query.status === undefined
          ? query.superseded === true
            ? {}
            : { status: { not: 'superseded' } }
          : { status: query.status }),
        ...(query.toMs === undefined ? {} : { onset: { lt: BigInt(query.toMs) } }),
        ...(query.fromMs === undefined
          ? {}
          : { OR: [{ clear: null }, { clear: { gte: BigInt(query.fromMs) } }, { onset: { gte: BigInt(query.fromMs) } }] }),
      },
      orderBy: [{ onset: 'desc' }, { number: 'desc' }],
      take: query.limit,
    });
    return rows.map(numberedEvent);
  }

  async event(id: string): Promise<NumberedEvent | null> {
    const row = await this.#client.alertEvent.findUnique({ where: { id } });
    return row === null ? null : numberedEvent(row);
  }

  async eventsById(ids: readonly string[]): Promise<readonly NumberedEvent[]> {
    const rows = await this.#client.alertEvent.findMany({ where: { id: { in: [...ids] } } });
    return rows.map(numberedEvent);
  }

  /** One transaction: all of it is on disk, or nothing. */
  async commit(change: AlertCommit): Promise<void> {
    const client = this.#client;
    await client.$transaction([
      ...change.events.map((record) => {
        const row = eventRow(record);
        return client.alertEvent.upsert({ where: { id: record.id }, create: { id: record.id, ...row }, update: row });
      }),
      ...(change.forgetGaps ?? []).map(({ unit, atMs }) =>
        client.alertCheckpoint.deleteMany({ where: { unit, kind: 'gap', at: { gte: BigInt(atMs) } } }),
      ),
      ...change.checkpoints.map(({ unit, kind, checkpoint }) => {
        // There is one position; gaps are told apart by their time.
        const at = kind === 'position' ? 0n : BigInt(checkpoint.atMs);
        const document = JSON.stringify(checkpoint);
        return client.alertCheckpoint.upsert({
          where: { unit_kind_at: { unit, kind, at } },
          create: { unit, kind, at, document },
          update: { document },
        });
      }),
      ...change.outbox.map((entry) =>
        client.outboxEntry.upsert({ where: { id: entry.id }, create: outboxRow(entry), update: {} }),
      ),
    ]);
  }

  async checkpoints(): ReturnType<AlertStore['checkpoints']> {
    const rows = await this.#client.alertCheckpoint.findMany({ orderBy: [{ unit: 'asc' }, { at: 'asc' }] });
    return rows.map((row) => ({
      unit: row.unit,
      kind: row.kind === 'gap' ? 'gap' : 'position',
      checkpoint: JSON.parse(row.document) as UnitCheckpoint,
    }));
  }

  async due(nowMs: number, limit: number): Promise<readonly OutboxEntry[]> {
    const where = { state: 'waiting', due: { lte: BigInt(nowMs) } };
    const rows = await this.#client.outboxEntry.findMany({ where, orderBy: [{ due: 'asc' }, { id: 'asc' }], take: limit });
    return rows.map((row) => JSON.parse(row.document) as OutboxEntry);
  }

  async outbox(query: Parameters<AlertStore['outbox']>[0]): Promise<readonly OutboxEntry[]> {
    const rows = await this.#client.outboxEntry.findMany({
      where: {
        ...(query.event === undefined ? {} : { event: query.event }),
        ...(query.receiver === undefined ? {} : { receiver: query.receiver }),
        ...(query.sinceMs === undefined ? {} : { created: { gte: BigInt(query.sinceMs) } }),
      },
      orderBy: [{ created: 'desc' }, { id: 'asc' }],
      take: query.limit,
    });
    return rows.map((row) => JSON.parse(row.document) as OutboxEntry);
  }

  async updateOutbox(entries: readonly OutboxEntry[]): Promise<void> {
    await this.#client.$transaction(
      entries.map((entry) => {
        const { id, ...row } = outboxRow(entry);
        return this.#client.outboxEntry.upsert({ where: { id }, create: { id, ...row }, update: row });
      }),
    );
  }
}

function ruleRecord(row: { number: number; since: bigint; rule: string; legacy: string | null }): RuleRecord {
  return {
    number: row.number,
    sinceMs: Number(row.since),
    rule: ruleSchema.parse(JSON.parse(row.rule)),
    legacy: row.legacy === null ? null : (JSON.parse(row.legacy) as RuleRecord['legacy']),
  };
}

function numberedEvent(row: { number: number; document: string }): NumberedEvent {
  return { number: row.number, record: JSON.parse(row.document) as EventRecord };
}

function eventRow(record: EventRecord) {
  const clear = record.clearMs === null ? null : BigInt(Math.round(record.clearMs));
  return {
    unit: record.unit,
    status: record.status,
    onset: BigInt(Math.round(record.onsetMs)),
    clear,
    document: JSON.stringify(record),
  };
}

function outboxRow(entry: OutboxEntry) {
  const { id, event, receiver, state } = entry;
  return {
    id,
    event,
    receiver,
    state,
    due: BigInt(Math.round(entry.dueMs)),
    created: BigInt(Math.round(entry.createdMs)),
    document: JSON.stringify(entry),
  };
}
