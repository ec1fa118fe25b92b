/** What the page asks the hub about alerts. Neighbours: api/hub-api.ts carries, alert-model.ts words. */
import { type Answer, getJson, sendJson } from '../api/hub-api.ts';

export interface EventView {
  readonly event_id: string;
  readonly kind: 'threshold' | 'no-data' | 'connectivity' | 'edge' | 'hub';
  readonly unit: string;
  readonly rule: string | null;
  readonly name: string;
  readonly metric: string;
  /** What its figures are counted in; `null` where it either holds or does not. */
  readonly figures_in: 'dB' | '%' | 'MB' | 's' | null;
  readonly status: 'active' | 'cleared' | 'superseded';
  readonly level: string | null;
  readonly gravest: string | null;
  readonly threshold: number | null;
  readonly onset_at: string;
  readonly onset_value: number | null;
  readonly peak_value: number | null;
  readonly peak_at: string | null;
  readonly clear_at: string | null;
  readonly end_reason: string | null;
  readonly count: number;
  readonly late: boolean;
  readonly acknowledged_at: string | null;
  readonly acknowledged_by: string | null;
  readonly steps: readonly { readonly at: string; readonly kind: string; readonly text: string }[];
  readonly told: readonly ToldView[];
}

/** What a receiver was told of an event, and why not more. */
export interface ToldView {
  readonly receiver: string;
  /** The gravest level that was told; `null`: nothing yet. */
  readonly level: string | null;
  readonly messages: number;
  readonly reason: string;
  readonly explanation: string;
  readonly at: string;
  readonly waits: boolean;
  readonly waits_until: string | null;
}

export interface NotificationView {
  readonly id: string;
  readonly event_id: string;
  readonly unit: string;
  readonly receiver: string;
  readonly channel: number;
  readonly step: string;
  readonly state: 'waiting' | 'delivered' | 'gave-up' | 'dropped';
  readonly explanation: string;
  readonly detail: string | null;
  readonly attempts: number;
  readonly created_at: string;
  readonly due_at: string;
  readonly ended_at: string | null;
}

export type Metric =
  | { readonly kind: 'lp' }
  | { readonly kind: 'interval'; readonly of: string }
  | { readonly kind: 'leq'; readonly seconds: number; readonly mode: 'moving' | 'clock' }
  | { readonly kind: 'ln'; readonly percent: number; readonly seconds: number }
  | { readonly kind: 'headroom'; readonly limit: number }
  | { readonly kind: 'device' | 'health' | 'connectivity'; readonly of: string }
  | { readonly kind: 'sd-free-mb' | 'clock-offset-s' }
  | { readonly kind: 'coverage'; readonly seconds: number };

export interface ScheduleWindow {
  readonly days: readonly number[];
  readonly from: string;
  readonly to: string;
  readonly thresholds?: readonly number[];
}

export interface RuleBody {
  readonly id?: string;
  readonly unit: string;
  readonly name: string;
  readonly enabled?: boolean;
  readonly metric: Metric;
  readonly comparison?: 'above' | 'below';
  readonly levels: readonly { readonly name: string; readonly threshold: number }[];
  readonly clear_margin?: number;
  readonly hold_s?: number;
  readonly clear_hold_s?: number;
  readonly cooldown_s?: number;
  readonly merge_s?: number;
  readonly min_coverage?: number;
  readonly max_gap_s?: number;
  readonly no_data_after_s?: number | null;
  readonly schedule?: {
    readonly windows: readonly ScheduleWindow[];
    readonly holidays: readonly string[];
    readonly on_holidays: string;
  } | null;
  readonly notify?: readonly string[];
}

export interface RuleView {
  readonly rule: RuleBody & { readonly id: string };
  readonly warning: string | null;
  readonly standing: {
    readonly state: string;
    readonly event_id: string | null;
    readonly value: number | null;
    readonly at: string | null;
    readonly reason: string | null;
    readonly failure: string | null;
  } | null;
}

export interface Preset {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly rule: Omit<RuleBody, 'unit'>;
}

export interface RehearsalView {
  readonly readings: number;
  readonly events: readonly EventView[];
  readonly truncated: boolean;
  readonly days: readonly {
    readonly date: string;
    readonly onsets: number;
    readonly alarm_minutes: number;
    readonly readings: number;
  }[];
  readonly told: Readonly<Record<string, number>>;
  readonly decisions: readonly { readonly at: string; readonly state: string; readonly reason: string }[];
  readonly extreme: { readonly at: string; readonly value: number } | null;
}

export interface ChannelView {
  readonly kind: string;
  readonly url?: string;
  readonly address?: string;
  readonly secrets?: readonly string[];
  readonly disabled?: string | null;
}

/** Whoever may not administer sees no more than id, name and whether it is enabled. */
export interface ReceiverView {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly channels?: readonly ChannelView[];
  readonly zone?: string;
  readonly quiet_hours?: RuleBody['schedule'];
  readonly max_per_hour?: number;
  readonly group_wait_s?: number;
  readonly warning?: string | null;
}

/** One bucket of levels, as the chart of an event needs it. */
export interface LevelBucket {
  readonly start: string;
  readonly end: string;
  readonly leq: number | null;
  readonly lmax: number | null;
  /** `drd`, `lp`, `import`, or several of them. */
  readonly basis: string | null;
}

export interface SilenceView {
  readonly id: string;
  readonly unit: string | null;
  readonly rule: string | null;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly by: string;
}

const part = encodeURIComponent;

/** Newest onset first; everything that is on, and the newest of the rest. */
export async function readEvents(): Promise<Answer<readonly EventView[]>> {
  const [active, newest] = await Promise.all([
    getJson<{ events: readonly EventView[] }>('/api/v1/events?status=active&limit=1000'),
    getJson<{ events: readonly EventView[] }>(`/api/v1/events?limit=${EVENTS_PER_PAGE}`),
  ]);
  if (active.kind !== 'ok') return active;
  if (newest.kind !== 'ok') return newest;
  const known = new Set(active.value.events.map((event) => event.event_id));
  const others = newest.value.events.filter((event) => !known.has(event.event_id));
  return { ...active, value: [...active.value.events, ...others] };
}

/** Events of a page of the inbox. */
export const EVENTS_PER_PAGE = 100;
/** The newest that began at this instant or before it. */
export const readEventsUntil = (at: string) => {
  const to = new Date(Date.parse(at) + 1).toISOString();
  return getJson<{ readonly events: readonly EventView[] }>(`/api/v1/events?limit=${EVENTS_PER_PAGE}&to=${part(to)}`);
};
export const readEvent = (id: string) =>
  getJson<EventView & { readonly notifications: readonly NotificationView[] }>(`/api/v1/events/${part(id)}`);
export const acknowledge = (id: string, comment: string) =>
  sendJson<EventView>('POST', `/api/v1/events/${part(id)}/ack`, comment === '' ? {} : { comment });
export const addComment = (id: string, text: string) =>
  sendJson<EventView>('POST', `/api/v1/events/${part(id)}/comments`, { text });
export const readRule = (id: string) => getJson<RuleView>(`/api/v1/rules/${part(id)}`);
export const readLevels = (unit: string, fromMs: number, toMs: number, points: number) =>
  getJson<{ readonly buckets: readonly LevelBucket[] }>(
    `/api/v1/units/${part(unit)}/levels?from=${part(new Date(fromMs).toISOString())}&to=${part(new Date(toMs).toISOString())}&points=${points}&n=10`,
  );
export const readNotifications = () =>
  getJson<{ readonly notifications: readonly NotificationView[] }>('/api/v1/notifications?limit=50');
export const sendAgain = (id: string) => sendJson<NotificationView>('POST', `/api/v1/notifications/${part(id)}/replay`);
export const readRules = () => getJson<{ readonly rules: readonly RuleView[] }>('/api/v1/rules');
export const readPresets = () => getJson<{ readonly presets: readonly Preset[] }>('/api/v1/rules/presets');
export const writeRule = (rule: RuleBody) =>
  rule.id === undefined
    ? sendJson<RuleView>('POST', '/api/v1/rules', rule)
    : sendJson<RuleView>('PUT', `/api/v1/rules/${part(rule.id)}`, rule);
export const deleteRule = (id: string) => sendJson<null>('DELETE', `/api/v1/rules/${part(id)}`);
/** A week of readings takes some seconds, and others may rehearse at the same time. */
const REHEARSAL_PATIENCE_MS = 180_000;
export const rehearse = (rule: RuleBody, fromMs: number, toMs: number) => {
  const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
  return sendJson<RehearsalView>('POST', '/api/v1/rules/rehearse', { rule, from, to }, REHEARSAL_PATIENCE_MS);
};
export const readReceivers = () => getJson<{ readonly receivers: readonly ReceiverView[] }>('/api/v1/receivers');
export const writeReceiver = (id: string, body: unknown) => sendJson<ReceiverView>('PUT', `/api/v1/receivers/${part(id)}`, body);
/** A mail server or webhook may take its time to answer. */
const TEST_PATIENCE_MS = 60_000;
export const testReceiver = (id: string) =>
  sendJson<{ readonly channels: readonly { readonly kind: string; readonly delivered: boolean; readonly detail: string }[] }>(
    'POST',
    `/api/v1/receivers/${part(id)}/test`,
    undefined,
    TEST_PATIENCE_MS,
  );
export const deleteReceiver = (id: string) => sendJson<null>('DELETE', `/api/v1/receivers/${part(id)}`);
export const readSilences = () => getJson<{ readonly silences: readonly SilenceView[] }>('/api/v1/silences');
export const writeSilence = (body: unknown) => sendJson<SilenceView>('POST', '/api/v1/silences', body);
export const deleteSilence = (id: string) => sendJson<null>('DELETE', `/api/v1/silences/${part(id)}`);
