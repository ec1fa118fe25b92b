import {
  type AlertCommit,
  type AlertStore,
  type EventQuery,
  type FormerWording,
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
import {
  checkpointRow,
  entryOfRow,
  eventRow,
  formerWording,
  numberedEvent,
  outboxRow,
  receiverOf,
  ruleRecord,
  storedCheckpoint,
} from './alert-rows.ts';
import type { ConfigClient } from './config-database.ts';

/** Rules, events, positions and outbox in the configuration database. Neighbour: alert-rows.ts says what a row stands for. */
export class PrismaAlertStore implements AlertStore {
  readonly #client: ConfigClient;

  constructor(client: ConfigClient) {
    this.#client = client;
  }

  async rules(): Promise<readonly RuleRecord[]> {
    const rows = await this.#client.alertRule.findMany({ orderBy: { number: 'asc' } });
    return rows.map(ruleRecord);
  }

  async putRule(
    rule: RuleRecord['rule'],
    sinceMs: number,
    legacy: RuleRecord['legacy'],
    former: FormerWording | null = null,
  ): Promise<RuleRecord> {
    const row = {
      unit: rule.unit,
      since: BigInt(sinceMs),
      rule: JSON.stringify(rule),
      legacy: legacy === null ? null : JSON.stringify(legacy),
    };
    const client = this.#client;
    const written = client.alertRule.upsert({ where: { id: rule.id }, create: { id: rule.id, ...row }, update: row });
    if (former === null) return ruleRecord(await written);
    const [record] = await client.$transaction([written, this.#putWording(former)]);
    return ruleRecord(record);
  }

  async deleteRule(id: string, former: FormerWording | null = null): Promise<boolean> {
    const deleted = this.#client.alertRule.deleteMany({ where: { id } });
    if (former === null) return (await deleted).count > 0;
    const [{ count }] = await this.#client.$transaction([deleted, this.#putWording(former)]);
    return count > 0;
  }

  async formerWordings(): Promise<readonly FormerWording[]> {
    const rows = await this.#client.alertWording.findMany();
    return rows.flatMap((row) => formerWording(row) ?? []);
  }

  async forgetWordings(which: { readonly beforeMs: number } | { readonly unit: string }): Promise<void> {
    const where = 'unit' in which ? { unit: which.unit } : { until: { lt: BigInt(which.beforeMs) } };
    await this.#client.alertWording.deleteMany({ where });
  }

  #putWording({ rule, zone, sinceMs, untilMs, endReason }: FormerWording) {
    const row = { unit: rule.unit, until: BigInt(untilMs), reason: endReason, zone, document: JSON.stringify(rule) };
    const key = { rule: rule.id, since: BigInt(sinceMs) };
    return this.#client.alertWording.upsert({ where: { rule_since: key }, create: { ...key, ...row }, update: row });
  }

  async receivers(): Promise<readonly Receiver[]> {
    const rows = await this.#client.receiver.findMany({ orderBy: { id: 'asc' } });
    return rows.map(receiverOf);
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
    return rows.map(({ from, to, ...rest }) => ({ ...rest, fromMs: Number(from), toMs: Number(to) }));
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
        AND: query.after === undefined ? [] : [afterEvent(query.after)],
      },
      orderBy: [{ onset: 'desc' }, { number: 'desc' }],
      take: query.limit,
    });
    return rows.map(numberedEvent);
  }

  async owedEvents(limit: number): Promise<readonly EventRecord[]> {
    const rows = await this.#client.alertEvent.findMany({ where: { owed: true }, orderBy: { onset: 'desc' }, take: limit });
    return rows.map((row) => numberedEvent(row).record);
  }

  async event(id: string): Promise<NumberedEvent | null> {
    const row = await this.#client.alertEvent.findUnique({ where: { id } });
    return row === null ? null : numberedEvent(row);
  }

  async eventByNumber(number: number): Promise<NumberedEvent | null> {
    const row = await this.#client.alertEvent.findUnique({ where: { number } });
    return row === null ? null : numberedEvent(row);
  }

  async eventsById(ids: readonly string[]): Promise<readonly NumberedEvent[]> {
    const rows = await this.#client.alertEvent.findMany({ where: { id: { in: [...ids] } } });
    return rows.map(numberedEvent);
  }

  /**
   * One transaction: all of it is on disk, or nothing. A storm of alerts takes hardly more statements than a single one: what is replaced is deleted and made
   * anew, an event under its number. One process writes, so what is read before the transaction still holds in it.
   */
  async commit(change: AlertCommit): Promise<void> {
    const client = this.#client;
    const numbers = await this.#numbers(change.events.map(({ id }) => id));
    const rows = change.events.map((record) => ({ id: record.id, ...eventRow(record) }));
    const made = rows.filter(({ id }) => !numbers.has(id));
    const changed = rows.flatMap((row) => {
      const number = numbers.get(row.id);
      return number === undefined ? [] : [{ ...row, number }];
    });
    const entries = await this.#unknown(change.outbox);
    await client.$transaction([
      ...chunks(changed).map((part) => client.alertEvent.deleteMany({ where: { id: { in: part.map(({ id }) => id) } } })),
      ...chunks(changed).map((data) => client.alertEvent.createMany({ data })),
      ...chunks(made).map((data) => client.alertEvent.createMany({ data })),
      ...(change.forgetGaps ?? []).map(({ unit, atMs }) =>
        client.alertCheckpoint.deleteMany({ where: { unit, kind: 'gap', at: { gte: BigInt(atMs) } } }),
      ),
      ...(change.dropGaps ?? []).map(({ unit, atMs }) =>
        client.alertCheckpoint.deleteMany({ where: { unit, kind: 'gap', at: BigInt(atMs) } }),
      ),
      ...chunks(change.checkpoints.map(checkpointRow)).flatMap((data) => [
        client.alertCheckpoint.deleteMany({ where: { OR: data.map(({ unit, kind, at }) => ({ unit, kind, at })) } }),
        client.alertCheckpoint.createMany({ data }),
      ]),
      ...chunks(entries.map(outboxRow)).map((data) => client.outboxEntry.createMany({ data })),
    ]);
  }

  /** Of those that are written, the number by which SLMM's API knows them. */
  async #numbers(ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const found = await Promise.all(
      chunks(ids).map((part) =>
        this.#client.alertEvent.findMany({ where: { id: { in: part } }, select: { id: true, number: true } }),
      ),
    );
    return new Map(found.flat().map(({ id, number }) => [id, number]));
  }

  /** Those that are not written yet. */
  async #unknown(entries: readonly OutboxEntry[]): Promise<readonly OutboxEntry[]> {
    const found = await Promise.all(
      chunks(entries).map((part) =>
        this.#client.outboxEntry.findMany({ where: { id: { in: part.map(({ id }) => id) } }, select: { id: true } }),
      ),
    );
    const known = new Set(found.flat().map(({ id }) => id));
    return entries.filter(({ id }) => !known.has(id));
  }

  async checkpoints(): Promise<readonly StoredCheckpoint[]> {
    const rows = await this.#client.alertCheckpoint.findMany({ orderBy: [{ unit: 'asc' }, { at: 'asc' }] });
    return rows.map(storedCheckpoint);
  }

  async due(nowMs: number, limit: number, except: readonly Lane[] = []): Promise<readonly OutboxEntry[]> {
    const others = except.map(({ receiver, channel }) => ({ NOT: { receiver, channel } }));
    const where = { state: 'waiting', due: { lte: BigInt(nowMs) }, AND: others };
    const rows = await this.#client.outboxEntry.findMany({ where, orderBy: [{ due: 'asc' }, { id: 'asc' }], take: limit });
    return rows.map(entryOfRow);
  }

  async unsent({ receiver, channel }: Lane, edge: string | null, limit: number): Promise<readonly OutboxEntry[]> {
    const where = { state: 'waiting', message: null, receiver, channel, edge };
    const rows = await this.#client.outboxEntry.findMany({ where, orderBy: [{ created: 'asc' }, { id: 'asc' }], take: limit });
    return rows.map(entryOfRow);
  }

  async outbox(query: OutboxQuery): Promise<readonly OutboxEntry[]> {
    const rows = await this.#client.outboxEntry.findMany({
      where: {
        ...(query.event === undefined ? {} : { event: query.event }),
        ...(query.receiver === undefined ? {} : { receiver: query.receiver }),
        ...(query.channel === undefined ? {} : { channel: query.channel }),
        ...(query.state === undefined ? {} : { state: query.state }),
        ...(query.message === undefined ? {} : { message: query.message }),
        ...(query.units === undefined ? {} : { unit: { in: [...query.units] } }),
        ...(query.sinceMs === undefined ? {} : { created: { gte: BigInt(query.sinceMs) } }),
        AND: query.after === undefined ? [] : [afterEntry(query.after)],
      },
      orderBy: [{ created: 'desc' }, { id: 'asc' }],
      take: query.limit,
    });
    return rows.map(entryOfRow);
  }

  async outboxEntry(id: string): Promise<OutboxEntry | null> {
    const row = await this.#client.outboxEntry.findUnique({ where: { id } });
    return row === null ? null : entryOfRow(row);
  }

  async deleteCheckpoints(unit: string): Promise<void> {
    await this.#client.alertCheckpoint.deleteMany({ where: { unit } });
  }

  async forget({ eventsBeforeMs, outboxBeforeMs, silencesBeforeMs }: Parameters<AlertStore['forget']>[0]): Promise<void> {
    await this.#client.silence.deleteMany({ where: { to: { lt: BigInt(silencesBeforeMs) } } });
    await this.#client.alertEvent.deleteMany({
      where: { onset: { lt: BigInt(eventsBeforeMs) }, status: { not: 'active' }, owed: false },
    });
    await this.#client.outboxEntry.deleteMany({
      where: { created: { lt: BigInt(outboxBeforeMs) }, state: { not: 'waiting' } },
    });
  }

  async updateOutbox(entries: readonly OutboxEntry[]): Promise<void> {
    await this.#client.$transaction(
      chunks(entries.map(outboxRow)).flatMap((data) => [
        this.#client.outboxEntry.deleteMany({ where: { id: { in: data.map(({ id }) => id) } } }),
        this.#client.outboxEntry.createMany({ data }),
      ]),
    );
  }
}

/** What comes after it in the list of events. */
function afterEvent({ onsetMs, number }: NonNullable<EventQuery['after']>) {
  const onset = BigInt(Math.round(onsetMs));
  return { OR: [{ onset: { lt: onset } }, { onset, number: { lt: number } }] };
}

/** What comes after it in the delivery log. */
function afterEntry({ createdMs, id }: NonNullable<OutboxQuery['after']>) {
  const created = BigInt(Math.round(createdMs));
  return { OR: [{ created: { lt: created } }, { created, id: { gt: id } }] };
}

/** Rows of one statement: a database takes a thousand parameters, and the widest row has eleven. */
const MAX_ROWS = 80;

function chunks<T>(rows: readonly T[]): T[][] {
  const parts: T[][] = [];
  for (let from = 0; from < rows.length; from += MAX_ROWS) parts.push(rows.slice(from, from + MAX_ROWS));
  return parts;
}
