/** How alerts are ordered, marked and put into words. Pure. Neighbours: the pages of this room draw it. */
import { attention, freshness } from '../fleet/attention.ts';
import type { UnitView } from '../fleet/fleet-model.ts';
import { formatAge } from '../format/instant.ts';
import { formatLevel } from '../format/level.ts';
import type { EventView, Metric, NotificationView, RuleView, ToldView } from './alert-api.ts';

const RANK: Readonly<Record<string, number>> = { critical: 3, alarm: 2, warn: 1 };

/** Active ones first, of these the unseen, of these the gravest, of these the newest. */
export function inOrder(events: readonly EventView[]): EventView[] {
  return [...events].sort(
    (a, b) =>
      Number(b.status === 'active') - Number(a.status === 'active') ||
      Number(isUnseen(b)) - Number(isUnseen(a)) ||
      (a.status === 'active' ? rank(b) - rank(a) : 0) ||
      Date.parse(b.onset_at) - Date.parse(a.onset_at),
  );
}

const rank = (event: EventView): number => RANK[event.level ?? ''] ?? 0;

/** On, and nobody has said that they know. */
export function isUnseen(event: EventView): boolean {
  return event.status === 'active' && event.acknowledged_at === null;
}

/** The newest events with older ones that were asked for beside them, each once, as it was heard of last. */
export function withOlder(newest: readonly EventView[], older: readonly EventView[]): EventView[] {
  const known = new Set(newest.map((event) => event.event_id));
  return [...newest, ...older.filter((event) => !known.has(event.event_id))];
}

/** The instant of the oldest event; `null` for none. */
export const oldestOf = (events: readonly EventView[]): string | null =>
  events.reduce<string | null>((oldest, { onset_at: at }) => (oldest === null || at < oldest ? at : oldest), null);

/** How long something has lasted. */
export const lastedText = (ms: number): string => (ms < 2000 ? `${Math.max(0, Math.round(ms / 1000))} s` : formatAge(ms));

/** What is on, and what is over. */
export function onAndOver(events: readonly EventView[]): { readonly on: EventView[]; readonly over: EventView[] } {
  const ordered = inOrder(events);
  return { on: ordered.filter(({ status }) => status === 'active'), over: ordered.filter(({ status }) => status !== 'active') };
}

/** `2 active, 1 of them not acknowledged`. */
export function summaryText(events: readonly EventView[]): string {
  const on = events.filter(({ status }) => status === 'active').length;
  const unseen = unseenCount(events);
  if (on === 0) return 'No active alerts.';
  return `${on} active, ${unseen === 0 ? 'all acknowledged' : unseen === on ? 'not acknowledged' : `${unseen} of them not acknowledged`}.`;
}

/** The level that a unit measures at this moment; `null` where its newest frame is too old to be called so. */
export function levelNow(view: UnitView | undefined, nowMs: number): number | null {
  return view !== undefined && freshness(view, nowMs)?.isStale === false ? (view.frame?.lp ?? null) : null;
}

/** A value that is older is not called the present one. */
const PRESENT_MS = 15_000;

/** Whether a value of this instant is how it is now. */
export const isPresent = (at: string, nowMs: number): boolean => nowMs - Date.parse(at) < PRESENT_MS;

/** What a rule tells whom and when, where that is worth a word. */
export function rulePhrases({ rule }: RuleView): string[] {
  const { levels, metric, schedule, notify = [] } = rule;
  const limits = isYesNo(metric) ? [] : [levels.map(({ name, threshold }) => `${name} ${threshold}`).join(', ')];
  const windows = schedule?.windows.length ?? 0;
  const when = windows === 0 ? [] : [windows === 1 ? 'in one window' : `in ${windows} windows`];
  return [...limits, ...when, notify.length === 0 ? 'tells nobody' : `tells ${notify.join(', ')}`];
}

const isYesNo = ({ kind }: Metric): boolean => kind === 'health' || kind === 'connectivity';

/** What is the matter with a unit, an edge or the hub, and what to do: as it stands now, else as it was when the event began. `null` for events about levels. */
export function matterText(event: EventView, view: UnitView | undefined, nowMs: number): string | null {
  if (event.kind === 'threshold') return null;
  const isAboutUnit = event.kind === 'connectivity' || event.kind === 'no-data';
  const judged = event.status === 'active' && isAboutUnit && view !== undefined ? attention(view, nowMs) : null;
  if (judged?.severity === 'trouble') return judged.sentence;
  return event.steps.findLast(({ kind }) => kind === 'onset' || kind === 'reopen')?.text ?? null;
}

/** A figure of an event with its unit, or `null` where there is none to show. */
export function figureText(value: number | null, { figures_in: unit }: Pick<EventView, 'figures_in'>): string | null {
  return value === null || unit === null ? null : `${formatLevel(value)} ${unit}`;
}

/** What somebody was told, in a word and a colour. */
export function toldText({ level, waits, reason }: ToldView): { readonly word: string; readonly tone: string } {
  if (waits) return { word: level === null ? 'Waits' : 'Told, waits with the rest', tone: 'warn' };
  if (level !== null)
    return {
      word: reason === 'end-of-what-was-told' || reason === 'end-told' ? 'Told, and of the end' : 'Told',
      tone: 'running',
    };
  return { word: 'Not told', tone: '' };
}

export const unseenCount = (events: readonly EventView[]): number => events.filter(isUnseen).length;

/** The units that have events, in order. */
export const unitsOf = (events: readonly EventView[]): string[] => [...new Set(events.map((event) => event.unit))].sort();

/** The grade in a word and the colour that goes with it; the word alone must do. Of what is over, how grave it came to be. */
export function gradeOf(event: EventView): { readonly word: string; readonly tone: 'alarm' | 'warn' | 'over' } {
  const level = (event.status === 'active' ? event.level : null) ?? event.gravest ?? 'alarm';
  const word = level === 'warn' ? 'Warning' : level === 'critical' ? 'Critical' : 'Alarm';
  return { word, tone: event.status !== 'active' ? 'over' : level === 'warn' ? 'warn' : 'alarm' };
}

const ENDS: Readonly<Record<string, string>> = {
  recovered: 'the value fell again',
  window_end: 'the window of the schedule ended',
  rule_changed: 'the rule was changed',
  rule_disabled: 'the rule was switched off or deleted',
  measurement_stopped: 'the measurement was stopped',
  operator: 'ended by a person',
};

export const endText = (reason: string | null): string => (reason === null ? '' : (ENDS[reason] ?? reason));

const DELIVERIES: Readonly<Record<NotificationView['state'], string>> = {
  waiting: 'Waiting',
  delivered: 'Delivered',
  'gave-up': 'Given up',
  dropped: 'Not sent',
};
export const deliveryText = (state: NotificationView['state']): string => DELIVERIES[state];

const STEPS: Readonly<Record<string, string>> = {
  onset: 'Began',
  reopen: 'Began again',
  'level-up': 'Grew graver',
  'level-down': 'Grew milder',
  clear: 'Ended',
  acknowledge: 'Acknowledged',
  comment: 'Comment',
  superseded: 'Not confirmed',
};
export const stepText = (kind: string): string => STEPS[kind] ?? kind;

/** `15 min`, `1 h`, `90 s`. */
export function spanText(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

const HEALTH: Readonly<Record<string, string>> = {
  'battery-low': 'Battery is low',
  overload: 'Meter is overloaded',
  asleep: 'Meter sleeps',
  stopped: 'Measurement is stopped',
  'stopped-without-order': 'Measurement stopped without an order',
  wedged: 'Control port is stuck',
};

/** A metric as people say it. */
export function metricText(metric: Metric): string {
  switch (metric.kind) {
    case 'lp':
      return 'Level right now (Lp)';
    case 'interval':
      return `${metric.of === 'leq' ? 'Leq' : metric.of === 'lpeak' ? 'Peak' : metric.of} of each reading`;
    case 'leq':
      return `LAeq over ${spanText(metric.seconds)}, ${metric.mode === 'clock' ? 'on the clock' : 'moving'}`;
    case 'ln':
      return `L${metric.percent} over ${spanText(metric.seconds)}`;
    case 'headroom':
      return `Headroom: level still allowed for an average of ${metric.limit} dB`;
    case 'device':
      return `${metric.of.toUpperCase()} as the meter shows it`;
    case 'health':
      return HEALTH[metric.of] ?? metric.of;
    case 'sd-free-mb':
      return 'Free space on the card (MB)';
    case 'clock-offset-s':
      return 'Meter clock is off (s)';
    case 'connectivity':
      return metric.of === 'hub'
        ? 'Hub has lost its broker'
        : metric.of === 'edge'
          ? 'Edge cannot be reached'
          : 'Meter cannot be reached';
    case 'coverage':
      return `Share of the last ${spanText(metric.seconds)} with readings (%)`;
  }
}

const STANDINGS: Readonly<Record<string, { readonly word: string; readonly tone: string }>> = {
  idle: { word: 'Quiet', tone: 'running' },
  pending: { word: 'Rising', tone: 'warn' },
  active: { word: 'Active', tone: 'alarm' },
  recovering: { word: 'Calming', tone: 'warn' },
  suspended: { word: 'No data', tone: 'warn' },
};

/** A state of a rule in a word. */
export const standingWord = (state: string): string => STANDINGS[state]?.word ?? state;

/** Where a rule stands, in a word. */
export function standingText(view: RuleView): { readonly word: string; readonly tone: string } {
  if (view.rule.enabled === false) return { word: 'Off', tone: '' };
  if (view.standing?.failure != null) return { word: 'Broken', tone: 'alarm' };
  return STANDINGS[view.standing?.state ?? ''] ?? { word: 'Waiting', tone: '' };
}
