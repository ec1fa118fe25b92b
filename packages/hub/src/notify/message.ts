/** What people and programs read. Pure. Neighbours: outbox.ts asks, channels carry. */
import { DateTime } from 'luxon';
import { roundForDisplay } from '@slmm/shared';
import type { OutboxEntry } from '../alerts/alert-store.ts';
import { figureUnitOf } from '../alerts/judging/metric-name.ts';
import type { Message } from './channel.ts';
import type { Receiver } from './receiver.ts';

/** Where people find the page (`SLMM_PUBLIC_URL`, without a slash at its end); `null`: messages carry no link. */
export type PublicUrl = string | null;

/** One message about one or several steps at one site. `id` is the notification's and stays the same over all attempts. */
export function composeMessage(id: string, told: readonly OutboxEntry[], receiver: Receiver, page: PublicUrl): Message {
  const first = told[0];
  const createdMs = first?.createdMs ?? 0;
  const only = told.length === 1 ? first : undefined;
  const subject = only === undefined ? groupSubject(told) : subjectFor(only);
  const lines = told.map((entry) => sentenceFor(entry, receiver.zone));
  const link = page === null ? null : only === undefined ? `${page}/#/alerts` : linkTo(page, only);
  return {
    id,
    createdMs,
    subject,
    text: `${lines.join('\n')}\n${link === null ? '' : `\n${link}\n`}`,
    html: htmlFor(told, receiver.zone, page),
    data: {
      type: only === undefined ? 'alert.group' : `alert.${only.step}`,
      timestamp: new Date(createdMs).toISOString(),
      data: { receiver: receiver.id, alerts: told.map((entry) => dataFor(entry, page)) },
    },
  };
}

/** A message about no event, by which people see whether a receiver can be reached. */
export function testMessage(id: string, receiver: Receiver, nowMs: number, page: PublicUrl): Message {
  const text = `This is a test. Alerts for ${receiver.name} come here; times in them are those of ${receiver.zone}.`;
  const link = page === null ? '' : `<p><a href="${escapeHtml(page)}/#/alerts">${escapeHtml(page)}</a></p>`;
  return {
    id,
    createdMs: nowMs,
    subject: oneLine(`[TEST] Alerts for ${receiver.name}`),
    text: `${text}\n${page === null ? '' : `\n${page}/#/alerts\n`}`,
    html: `<p>${escapeHtml(text)}</p>${link}`,
    data: { type: 'alert.test', timestamp: new Date(nowMs).toISOString(), data: { receiver: receiver.id, alerts: [] } },
  };
}

const linkTo = (page: string, entry: OutboxEntry): string => `${page}/#/event/${encodeURIComponent(entry.event)}`;

/** A subject is one header line: names are people's texts and may hold anything. */
const oneLine = (text: string): string => text.replace(/[\r\n\t]+/g, ' ');

function subjectFor(entry: OutboxEntry): string {
  return oneLine(`[${markOf(entry)}] ${entry.unit}: ${entry.alert.name}`);
}

/** The gravest is named; the rest is counted. */
function groupSubject(told: readonly OutboxEntry[]): string {
  const site = told[0]?.edge ?? 'one site';
  const marks = ['CRITICAL', 'ALARM', 'WARN', 'END'].flatMap((mark) => {
    const count = told.filter((entry) => markOf(entry) === mark).length;
    return count === 0 ? [] : [`${count} ${mark}`];
  });
  return oneLine(`[${marks.join(', ')}] ${told.length} alerts at ${site}`);
}

function markOf({ step, alert }: OutboxEntry): string {
  return step === 'clear' ? 'END' : (alert.level ?? alert.gravest ?? 'alarm').toUpperCase();
}

/** `value 81.2 dB`, or nothing where there is none to give. */
function figure(label: string, value: number | null, metric: string): string[] {
  const unit = figureUnitOf(metric);
  return value === null || unit === null ? [] : [`${label} ${roundForDisplay(value)} ${unit}`];
}

const localTime = (ms: number, zone: string): string => DateTime.fromMillis(ms, { zone }).toFormat('yyyy-MM-dd HH:mm:ss ZZ');

function sentenceFor(entry: OutboxEntry, zone: string): string {
  const { alert, step } = entry;
  const about = `${entry.unit}, ${alert.name}`;
  const peak = figure('peak', alert.peakValue, alert.metric);
  const began = localTime(alert.onsetMs, zone);
  const times = alert.count > 1 ? [`${alert.count} times`] : [];
  if (step === 'clear') {
    const ended =
      alert.status === 'superseded'
        ? 'not confirmed by later data'
        : `ended ${localTime(alert.clearMs ?? entry.createdMs, zone)}`;
    return `${about}: ${[`${ended}${reasonOf(entry)}`, `began ${began}`, ...peak, ...times].join(', ')}`;
  }
  // The value of its beginning says nothing of how it grew or goes on: the peak does.
  const value = step === 'onset' ? figure('began at', alert.onsetValue, alert.metric) : [];
  const figures = [...value, ...figure('limit', alert.threshold, alert.metric), ...peak, ...times];
  const level = alert.level ?? 'alert';
  const what = step === 'onset' ? level : step === 'reopen' ? `goes on, ${level}` : `has grown to ${level}, on`;
  const why = alert.text === '' ? '' : ` (${alert.text})`;
  return `${about}: ${what} since ${[began, ...figures].join(', ')}${why}`;
}

function reasonOf({ alert: { endReason, text } }: OutboxEntry): string {
  if (endReason === null || endReason === 'recovered') return '';
  return endReason === 'operator' && text !== '' ? ` (${text})` : ` (${endReason.replaceAll('_', ' ')})`;
}

const COLOURS: Readonly<Record<string, string>> = { CRITICAL: '#8b0000', ALARM: '#c62828', WARN: '#b26a00', END: '#2e7d32' };

/** Read on a phone at night: one block per alert, the grade first, then unit and rule, then the figures. Styles inline, because mail programs drop all others. */
function htmlFor(told: readonly OutboxEntry[], zone: string, page: PublicUrl): string {
  const blocks = told.map((entry) => {
    const mark = markOf(entry);
    const name = `${entry.unit}: ${entry.alert.name}`;
    const head = page === null ? escapeHtml(name) : `<a href="${escapeHtml(linkTo(page, entry))}">${escapeHtml(name)}</a>`;
    const sentence = sentenceFor(entry, zone).slice(`${entry.unit}, ${entry.alert.name}: `.length);
    return (
      `<div style="border-left:4px solid ${COLOURS[mark] ?? '#555555'};padding:2px 0 2px 10px;margin:0 0 14px">` +
      `<div style="font-weight:bold"><span style="color:${COLOURS[mark] ?? '#555555'}">${escapeHtml(mark)}</span> ${head}</div>` +
      `<div>${escapeHtml(sentence)}</div></div>`
    );
  });
  return `<div style="font-family:sans-serif;font-size:15px;line-height:1.4">${blocks.join('')}</div>`;
}

function dataFor(entry: OutboxEntry, page: PublicUrl): Readonly<Record<string, unknown>> {
  const { alert } = entry;
  return {
    event_id: entry.event,
    kind: entry.step,
    about: alert.kind,
    unit: entry.unit,
    edge: entry.edge,
    rule: alert.kind === 'threshold' ? entry.rule : null,
    name: alert.name,
    metric: alert.metric,
    level: alert.level,
    threshold: alert.threshold,
    onset_at: new Date(alert.onsetMs).toISOString(),
    clear_at: alert.clearMs === null ? null : new Date(alert.clearMs).toISOString(),
    value: alert.onsetValue,
    peak: alert.peakValue,
    end_reason: alert.status === 'superseded' ? 'not_confirmed' : alert.endReason,
    count: alert.count,
    reason: alert.text,
    ...(page === null ? {} : { url: linkTo(page, entry) }),
  };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
