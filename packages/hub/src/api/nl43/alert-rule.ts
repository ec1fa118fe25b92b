// Rules in SLMM 0.4.0's words, both ways. Pure.
import { z } from 'zod';
import type { NumberedEvent, RuleRecord } from '../../alerts/alert-store.ts';
import { type Rule, ruleSchema } from '../../alerts/rules/rule.ts';
import { atMost, booleanField, type FieldRule, floatField, integerField, lengthAtMost, textField, valueError } from './field.ts';
import { naiveTime } from './naive-time.ts';

const METRICS = ['lp', 'leq', 'lmax', 'lmin', 'lpeak', 'ln1', 'ln2'] as const;
const DAY_NAMES = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

const oneOf =
  (...words: readonly string[]): FieldRule<string> =>
  (word) =>
    words.includes(word) ? null : valueError(`expected one of: ${words.join(', ')}`);
/** What a level can be; beyond it no rule of ours can stand. */
const isLevel: FieldRule<number> = (value) =>
  value >= -1000 && value <= 1000 ? null : valueError('expected a level from -1000 to 1000 dB');
const notNegative: FieldRule<number> = (value) => (value >= 0 ? null : valueError('must not be negative'));
const timeOfDay: FieldRule<string> = (text) =>
  /^([01]\d|2[0-3]):[0-5]\d$/.test(text) ? null : valueError('expected a time of day like 22:00');
const days: FieldRule<string> = (text) =>
  weekdaysOf(text) === null ? valueError('expected days like 0,1,2,3,4 (0 is Monday) or mon,tue') : null;

/** The body of SLMM's rule routes. What it took unchecked and could not evaluate is refused here. */
export const slmmRuleSchema = z.object({
  name: textField({ maxLength: 200 }, lengthAtMost(200)).prefault('Alert'),
  metric: textField({ enum: [...METRICS] }, oneOf(...METRICS)).prefault('lp'),
  comparison: textField({ enum: ['above', 'below'] }, oneOf('above', 'below')).prefault('above'),
  threshold_db: floatField({ minimum: -1000, maximum: 1000 }, isLevel),
  duration_s: integerField({ minimum: 0 }, notNegative).prefault(0),
  clear_margin_db: floatField({ minimum: 0, maximum: 1000 }, notNegative, atMost(1000)).prefault(2),
  cooldown_s: integerField({ minimum: 0 }, notNegative).prefault(300),
  schedule_start: textField({}, timeOfDay).nullish(),
  schedule_end: textField({}, timeOfDay).nullish(),
  schedule_days: textField({}, days).nullish(),
  channels: textField({}, lengthAtMost(200)).prefault('log'),
  recipients: textField({}, lengthAtMost(1000)).nullish(),
  enabled: booleanField().prefault(true),
});
export type SlmmRule = z.output<typeof slmmRuleSchema>;

/** Weekdays (1 Monday to 7 Sunday) of SLMM's list; `null` for a list that is none. */
function weekdaysOf(text: string): number[] | null {
  const weekdays = text.split(',').map((part) => {
    const word = part.trim().toLowerCase();
    if (/^[0-6]$/.test(word)) return Number(word) + 1;
    return DAY_NAMES.indexOf(word.slice(0, 3)) + 1;
  });
  return weekdays.every((weekday) => weekday >= 1) ? [...new Set(weekdays)] : null;
}

/** SLMM's rule as a rule of ours. A cumulative metric stays what it was, and carries its warning. */
export function ruleFromSlmm(id: string, unit: string, slmm: SlmmRule): Rule {
  const every = [1, 2, 3, 4, 5, 6, 7];
  const bounded = slmm.schedule_start != null && slmm.schedule_end != null;
  const chosenDays = slmm.schedule_days == null || slmm.schedule_days === '' ? null : weekdaysOf(slmm.schedule_days);
  const window = { days: chosenDays ?? every, from: slmm.schedule_start ?? '00:00', to: slmm.schedule_end ?? '00:00' };
  return ruleSchema.parse({
    id,
    unit,
    name: slmm.name.trim() === '' ? 'Alert' : slmm.name,
    enabled: slmm.enabled,
    metric: slmm.metric === 'lp' ? { kind: 'lp' } : { kind: 'device', of: slmm.metric },
    comparison: slmm.comparison,
    levels: [{ name: 'alarm', threshold: slmm.threshold_db }],
    // SLMM's duration debounces both edges.
    hold_s: Math.min(slmm.duration_s, 86_400),
    clear_hold_s: Math.min(slmm.duration_s, 86_400),
    clear_margin: slmm.clear_margin_db,
    cooldown_s: Math.min(slmm.cooldown_s, 604_800),
    schedule: bounded || chosenDays !== null ? { windows: [window], holidays: [], on_holidays: 'off' } : null,
  });
}

/** A rule as SLMM shows it. Rules of ours that say more than SLMM's words can are shown as near as they allow. */
export function slmmRuleAnswer({ rule, number, legacy }: RuleRecord): Readonly<Record<string, unknown>> {
  const window = rule.schedule?.windows[0];
  return {
    id: number,
    unit_id: rule.unit,
    name: rule.name,
    metric: rule.metric.kind === 'device' ? rule.metric.of : rule.metric.kind,
    comparison: rule.comparison,
    threshold_db: rule.levels[0]?.threshold ?? 0,
    duration_s: rule.hold_s,
    clear_margin_db: rule.clear_margin,
    cooldown_s: rule.cooldown_s,
    schedule_start: window?.from ?? null,
    schedule_end: window?.to ?? null,
    schedule_days: window === undefined ? null : window.days.map((day) => day - 1).join(','),
    channels: 'log',
    recipients: null,
    ...legacy,
    enabled: rule.enabled,
  };
}

/** An event as SLMM shows it. */
export function slmmEventAnswer({ number, record }: NumberedEvent, ruleNumber: number): Readonly<Record<string, unknown>> {
  const time = (atMs: number | null): string | null => (atMs === null ? null : naiveTime(Math.round(atMs)));
  return {
    id: number,
    rule_id: ruleNumber,
    unit_id: record.unit,
    rule_name: record.ruleName,
    metric: record.metric,
    threshold_db: record.threshold ?? 0,
    onset_at: time(record.onsetMs),
    onset_value: record.onsetValue,
    peak_value: record.peakValue,
    clear_at: time(record.clearMs),
    status: record.status,
    acknowledged_at: time(record.ackedMs),
    acknowledged_by: record.ackedBy,
  };
}
