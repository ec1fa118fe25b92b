/** Rows of the alerts' tables and what they stand for. Documents are JSON; the columns beside them are what is asked by. Neighbour: prisma-alert-store.ts asks and writes. */
import {
  type FormerWording,
  isOwed,
  type NumberedEvent,
  type OutboxEntry,
  type RuleRecord,
  type StoredCheckpoint,
} from '../../alerts/alert-store.ts';
import type { EventRecord } from '../../alerts/records/event-record.ts';
import { ruleSchema } from '../../alerts/rules/rule.ts';
import { type Receiver, receiverSchema } from '../../notify/receiver.ts';

export function ruleRecord(row: {
  number: number;
  id: string;
  unit: string;
  since: bigint;
  rule: string;
  legacy: string | null;
}): RuleRecord {
  return {
    number: row.number,
    sinceMs: Number(row.since),
    rule: ruleOf(row),
    legacy: row.legacy === null ? null : (JSON.parse(row.legacy) as RuleRecord['legacy']),
  };
}

/** A document that cannot be read (of another version, or damaged) stops no other: it stands in the list, switched off, with what is wrong as its name. */
function ruleOf(row: { id: string; unit: string; rule: string }): RuleRecord['rule'] {
  const read = ruleSchema.safeParse(parsed(row.rule));
  if (read.success) return read.data;
  const { id, unit } = row;
  const name = `cannot be read: ${read.error.issues[0]?.message ?? ''}`.slice(0, 200);
  return ruleSchema.parse({ id, unit, name, enabled: false, metric: { kind: 'lp' }, levels: [{ name: 'warn', threshold: 200 }] });
}

/** `null`: a wording that cannot be read any more judges nothing; its events stay as they are written. */
export function formerWording(row: {
  zone: string;
  since: bigint;
  until: bigint;
  reason: string;
  document: string;
}): FormerWording | null {
  const rule = ruleSchema.safeParse(parsed(row.document));
  if (!rule.success) return null;
  const endReason = row.reason === 'rule_disabled' ? 'rule_disabled' : 'rule_changed';
  return { rule: rule.data, zone: row.zone, sinceMs: Number(row.since), untilMs: Number(row.until), endReason };
}

export function storedCheckpoint({ unit, kind, document }: { unit: string; kind: string; document: string }): StoredCheckpoint {
  const what = JSON.parse(document) as Pick<StoredCheckpoint, 'checkpoint' | 'heard'>;
  return { unit, kind: kind === 'gap' || kind === 'conditions' ? kind : 'position', ...what };
}

export function receiverOf(row: { id: string; document: string }): Receiver {
  const read = receiverSchema.safeParse(parsed(row.document));
  if (read.success) return read.data;
  const name = `cannot be read: ${read.error.issues[0]?.message ?? ''}`.slice(0, 200);
  return receiverSchema.parse({ id: row.id, name, enabled: false, channels: [{ kind: 'log' }] });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Records of former versions lack what was not there then. */
export function numberedEvent(row: { number: number; document: string }): NumberedEvent {
  const record = JSON.parse(row.document) as EventRecord;
  return {
    number: row.number,
    record: {
      ...record,
      tellings: record.tellings ?? {},
      wordingMs: record.wordingMs ?? 0,
      shownMs: record.shownMs ?? record.onsetMs,
    },
  };
}

export function entryOfRow(row: { document: string }): OutboxEntry {
  return JSON.parse(row.document) as OutboxEntry;
}

export function eventRow(record: EventRecord) {
  const clear = record.clearMs === null ? null : BigInt(Math.round(record.clearMs));
  return {
    unit: record.unit,
    status: record.status,
    onset: BigInt(Math.round(record.onsetMs)),
    clear,
    owed: isOwed(record),
    document: JSON.stringify(record),
  };
}

/** There is one position and one of conditions; gaps are told apart by their time. */
export function checkpointRow({ unit, kind, checkpoint, heard }: StoredCheckpoint) {
  const at = kind === 'gap' ? BigInt(checkpoint.atMs) : 0n;
  return { unit, kind, at, document: JSON.stringify({ checkpoint, heard }) };
}

export function outboxRow(entry: OutboxEntry) {
  const { id, event, unit, edge, receiver, channel, message, state } = entry;
  return {
    id,
    event,
    unit,
    edge,
    receiver,
    channel,
    message,
    state,
    due: BigInt(Math.round(entry.dueMs)),
    created: BigInt(Math.round(entry.createdMs)),
    document: JSON.stringify(entry),
  };
}
