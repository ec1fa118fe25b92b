/** What people and programs read. Pure. Neighbours: outbox.ts asks, channels carry. */
import { DateTime } from 'luxon';
import { roundForDisplay } from '@slmm/shared';
import type { OutboxEntry } from '../alerts/alert-store.ts';
import type { EventRecord } from '../alerts/event-record.ts';
import type { Message } from './channel.ts';
import type { Receiver } from './receiver.ts';

/** A step and the event it belongs to, as it stands now. */
export interface Told {
  readonly entry: OutboxEntry;
  readonly record: EventRecord;
}

/** One message about one or several steps at one site. `id` is the notification's and stays the same over all attempts. */
export function composeMessage(id: string, told: readonly Told[], receiver: Receiver): Message {
  const first = told[0];
  const lines = told.map((one) => sentenceFor(one, receiver.zone));
  const subject =
    told.length === 1 && first !== undefined ? subjectFor(first) : `${told.length} alerts at ${first?.entry.edge ?? 'one site'}`;
  return {
    id,
    createdMs: first?.entry.createdMs ?? 0,
    subject,
    text: `${lines.join('\n')}\n`,
    html: `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`,
    data: {
      type: told.length === 1 && first !== undefined ? `alert.${first.entry.step}` : 'alert.group',
      timestamp: new Date(first?.entry.createdMs ?? 0).toISOString(),
      data: { receiver: receiver.id, alerts: told.map(dataFor) },
    },
  };
}

function subjectFor({ entry, record }: Told): string {
  // A subject is one header line: names are people's texts and may hold anything.
  const name = `${record.unit}: ${record.ruleName}`.replace(/[\r\n\t]+/g, ' ');
  if (entry.step === 'clear') return `[END] ${name}`;
  return `[${(record.gravest ?? 'alert').toUpperCase()}] ${name}`;
}

function sentenceFor({ entry, record }: Told, zone: string): string {
  const at = (ms: number): string => DateTime.fromMillis(ms, { zone }).toFormat('yyyy-MM-dd HH:mm:ss ZZ');
  const about = `${record.unit}, ${record.ruleName}`;
  const peak = record.peakValue === null ? '' : `, peak ${roundForDisplay(record.peakValue)}`;
  if (entry.step === 'clear') {
    const reason =
      record.endReason === null || record.endReason === 'recovered' ? '' : ` (${record.endReason.replaceAll('_', ' ')})`;
    return `${about}: ended ${at(record.clearMs ?? entry.createdMs)}${reason}, began ${at(record.onsetMs)}${peak}`;
  }
  const limit = record.threshold === null ? '' : `, limit ${record.threshold}`;
  const value = record.onsetValue === null ? '' : `, value ${roundForDisplay(record.onsetValue)}`;
  const text = record.steps.at(-1)?.text ?? '';
  return `${about}: ${record.level ?? 'alert'} since ${at(record.onsetMs)}${value}${limit}${peak}${text === '' ? '' : ` (${text})`}`;
}

function dataFor({ entry, record }: Told): Readonly<Record<string, unknown>> {
  return {
    event_id: record.id,
    kind: entry.step,
    unit: record.unit,
    edge: entry.edge,
    rule: record.rule,
    name: record.ruleName,
    metric: record.metric,
    level: record.level,
    threshold: record.threshold,
    onset_at: new Date(record.onsetMs).toISOString(),
    clear_at: record.clearMs === null ? null : new Date(record.clearMs).toISOString(),
    value: record.onsetValue,
    peak: record.peakValue,
    end_reason: record.endReason,
    count: record.count,
  };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
