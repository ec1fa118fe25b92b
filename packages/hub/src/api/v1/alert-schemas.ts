// What the alert routes of /api/v1 answer with. Pure: records of alerts/ in, JSON out.
import { toInstant } from '@slmm/shared';
import { z } from 'zod';
import type { NumberedEvent, OutboxEntry, RuleRecord, Silence } from '../../alerts/alert-store.ts';
import { sentenceOf } from '../../alerts/judging/because.ts';
import { FIGURE_UNITS, figureUnitOf } from '../../alerts/judging/metric-name.ts';
import { metricWarning, type Rule, ruleSchema } from '../../alerts/rules/rule.ts';
import type { RuleStanding } from '../../alerts/judging/unit-alerts.ts';
import { sentenceOfDecision } from '../../notify/decision.ts';
import { type Channel, channelSchemaOf, type Receiver, receiverSchema } from '../../notify/receiver.ts';

const standingSchema = z.object({
  state: z.enum(['idle', 'pending', 'active', 'recovering', 'suspended']),
  event_id: z.string().nullable(),
  value: z.number().nullable(),
  coverage: z.number().nullable(),
  at: z.string().nullable(),
  reason: z.string().nullable(),
  failure: z.string().nullable(),
});

export const ruleAnswerSchema = z.object({
  rule: ruleSchema,
  number: z.int(),
  since: z.string(),
  warning: z.string().nullable(),
  standing: standingSchema.nullable(),
});

/** A rule, where it stands, and why. */
export function ruleAnswer(
  { rule, number, sinceMs }: RuleRecord,
  standing: RuleStanding | null,
  isReceiver: (id: string) => boolean = () => true,
): z.input<typeof ruleAnswerSchema> {
  return {
    rule,
    number,
    since: toInstant(sinceMs),
    warning: metricWarning(rule.metric) ?? receiverWarning(rule.notify.filter((id) => !isReceiver(id))),
    standing: standing === null ? null : standingAnswer(standing, rule),
  };
}

function receiverWarning(gone: readonly string[]): string | null {
  return gone.length === 0 ? null : `There is no receiver ${gone.join(', ')} any more: nobody is told there. Choose another one.`;
}

function standingAnswer({ state, event, because, sample, failure }: RuleStanding, rule: Rule): z.input<typeof standingSchema> {
  return {
    state: state.name,
    event_id: event,
    value: sample?.value ?? null,
    coverage: sample?.coverage ?? null,
    at: sample === null ? null : toInstant(sample.atMs),
    reason: because === null ? null : sentenceOf(because, rule),
    failure,
  };
}

export const eventAnswerSchema = z.object({
  event_id: z.string(),
  number: z.int(),
  kind: z.enum(['threshold', 'no-data', 'connectivity', 'edge', 'hub']),
  unit: z.string(),
  rule: z.string().nullable(),
  name: z.string(),
  metric: z.string(),
  /** Of `threshold`, `onset_value` and `peak_value`; `null` where the metric holds or does not, and they are no figures. */
  figures_in: z.enum(FIGURE_UNITS).nullable(),
  status: z.enum(['active', 'cleared', 'superseded']),
  level: z.string().nullable(),
  gravest: z.string().nullable(),
  threshold: z.number().nullable(),
  onset_at: z.string(),
  onset_value: z.number().nullable(),
  peak_value: z.number().nullable(),
  peak_at: z.string().nullable(),
  clear_at: z.string().nullable(),
  end_reason: z.string().nullable(),
  count: z.int(),
  late: z.boolean(),
  acknowledged_at: z.string().nullable(),
  acknowledged_by: z.string().nullable(),
  steps: z.array(z.object({ at: z.string(), kind: z.string(), text: z.string() })),
  /** Everybody it concerns, and the newest decision: told or not, and why. */
  told: z.array(
    z.object({
      receiver: z.string(),
      level: z.string().nullable(),
      messages: z.int(),
      reason: z.string(),
      explanation: z.string(),
      at: z.string(),
      waits: z.boolean(),
      waits_until: z.string().nullable(),
    }),
  ),
});

const instantOrNull = (atMs: number | null): string | null => (atMs === null ? null : toInstant(atMs));

export function eventAnswer({ number, record }: NumberedEvent): z.input<typeof eventAnswerSchema> {
  return {
    event_id: record.id,
    number,
    kind: record.kind,
    unit: record.unit,
    rule: record.rule,
    name: record.ruleName,
    metric: record.metric,
    figures_in: figureUnitOf(record.metric),
    status: record.status,
    level: record.level,
    gravest: record.gravest,
    threshold: record.threshold,
    onset_at: toInstant(record.onsetMs),
    onset_value: record.onsetValue,
    peak_value: record.peakValue,
    peak_at: instantOrNull(record.peakMs),
    clear_at: instantOrNull(record.clearMs),
    end_reason: record.endReason,
    count: record.count,
    late: record.late,
    acknowledged_at: instantOrNull(record.ackedMs),
    acknowledged_by: record.ackedBy,
    steps: record.steps.map(({ atMs, kind, text }) => ({ at: toInstant(atMs), kind, text })),
    told: Object.entries(record.tellings).map(([receiver, { level, messages, reason, atMs, waits }]) => ({
      receiver,
      level,
      messages,
      reason,
      explanation: sentenceOfDecision(reason),
      at: toInstant(atMs),
      waits: waits !== null,
      waits_until: instantOrNull(waits?.untilMs ?? null),
    })),
  };
}

export const notificationAnswerSchema = z.object({
  id: z.string(),
  event_id: z.string(),
  unit: z.string(),
  receiver: z.string(),
  channel: z.int(),
  step: z.string(),
  state: z.enum(['waiting', 'delivered', 'gave-up', 'dropped']),
  reason: z.string(),
  /** The reason in words. */
  explanation: z.string(),
  detail: z.string().nullable(),
  attempts: z.int(),
  created_at: z.string(),
  due_at: z.string(),
  ended_at: z.string().nullable(),
});

export function notificationAnswer(entry: OutboxEntry): z.input<typeof notificationAnswerSchema> {
  const { id, event, unit, receiver, channel, step, state, reason, detail, attempts } = entry;
  const times = {
    created_at: toInstant(entry.createdMs),
    due_at: toInstant(entry.dueMs),
    ended_at: instantOrNull(entry.endedMs),
  };
  const explanation = sentenceOfDecision(reason);
  return { id, event_id: event, unit, receiver, channel, step, state, reason, explanation, detail, attempts, ...times };
}

/** What a secret reads as; sent back, it means "as it was". */
export const MASKED_SECRET = '***';

/** A receiver as it is shown: its secrets as masks. */
export const receiverAnswerSchema = receiverSchema.extend({
  channels: z.array(channelSchemaOf(z.string())),
  warning: z.string().nullable(),
});

/** A receiver without the secrets of its webhooks. `carries`: whether this hub can send over such a channel. */
export function receiverAnswer(
  receiver: Receiver,
  carries: (kind: Channel['kind']) => boolean,
): z.input<typeof receiverAnswerSchema> {
  const channels = receiver.channels.map((channel) =>
    channel.kind === 'webhook' ? { ...channel, secrets: channel.secrets.map(() => MASKED_SECRET) } : channel,
  );
  const lacksMail = receiver.channels.some(({ kind }) => kind === 'email') && !carries('email');
  return { ...receiver, channels, warning: lacksMail ? NO_MAIL : null };
}

const NO_MAIL = 'This hub has no mail server (SLMM_SMTP_URL, SLMM_SMTP_FROM): nobody is told by e-mail.';

export const silenceAnswerSchema = z.object({
  id: z.string(),
  unit: z.string().nullable(),
  rule: z.string().nullable(),
  from: z.string(),
  to: z.string(),
  reason: z.string(),
  by: z.string(),
});

export function silenceAnswer({ id, unit, rule, fromMs, toMs, reason, by }: Silence): z.input<typeof silenceAnswerSchema> {
  return { id, unit, rule, from: toInstant(fromMs), to: toInstant(toMs), reason, by };
}
