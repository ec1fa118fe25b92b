/** What a rule is: a document that people write, checked when it is written. Pure. Neighbours: machine.ts runs it, metric.ts computes what it looks at. */
import { idSchema } from '@slmm/protocol';
import { z } from 'zod';
import { scheduleSchema, type Schedule } from './schedule.ts';

const windowSeconds = z.int().min(1).max(86_400);

/** What a rule looks at. Levels in dB; the other units are said where they differ. */
export const metricSchema = z.discriminatedUnion('kind', [
  /** The level as sampled, once per frame. */
  z.object({ kind: z.literal('lp') }),
  /** What happened since the previous frame. */
  z.object({ kind: z.literal('interval'), of: z.enum(['leq', 'lmax', 'lmin', 'lpeak']) }),
  /** LAeq,T over the last T seconds (`moving`), or over each full T of local time (`clock`): different numbers, so it must be said. */
  z.object({ kind: z.literal('leq'), seconds: windowSeconds, mode: z.enum(['moving', 'clock']) }),
  /** The level exceeded `percent` % of the last T seconds. */
  z.object({ kind: z.literal('ln'), percent: z.number().min(0.1).max(99.9), seconds: windowSeconds }),
  /** The level that may still be averaged for the rest of the schedule's window so that its LAeq stays at or under `limit`. */
  z.object({ kind: z.literal('headroom'), limit: z.number().min(0).max(200) }),
  /** A value as the meter shows it. Most are cumulative since the measurement's start: they grow numb or latch, which the API warns of. */
  z.object({
    kind: z.literal('device'),
    of: z.enum(['lp', 'leq', 'le', 'lmax', 'lmin', 'lpeak', 'ln1', 'ln2', 'ln3', 'ln4', 'ln5', 'lieq', 'leqmov', 'ltm5']),
  }),
  /** 1 while the condition holds, 0 while it does not; `battery-low` and the like need no threshold of dB. */
  z.object({
    kind: z.literal('health'),
    of: z.enum(['battery-low', 'overload', 'asleep', 'stopped', 'stopped-without-order', 'wedged']),
  }),
  /** Free space on the card in MB. */
  z.object({ kind: z.literal('sd-free-mb') }),
  /** Meter clock minus true time, absolute, in seconds. */
  z.object({ kind: z.literal('clock-offset-s') }),
  /** 1 while there is no way to it, 0 while there is; of the hub: to its broker. */
  z.object({ kind: z.literal('connectivity'), of: z.enum(['unit', 'edge', 'hub']) }),
  /** Share of the last T seconds for which there are readings, 0..100 %. */
  z.object({ kind: z.literal('coverage'), seconds: windowSeconds }),
]);
export type Metric = z.infer<typeof metricSchema>;

/** How grave a level is, from the mildest on. */
export const LEVEL_NAMES = ['warn', 'alarm', 'critical'] as const;
export type LevelName = (typeof LEVEL_NAMES)[number];
/** Place among `LEVEL_NAMES`; -1 for what is none. */
export const gravityOf = (level: string | null): number => LEVEL_NAMES.findIndex((name) => name === level);

/** Levels of one rule, from the mildest to the gravest; the event carries the gravest that holds. */
const levelSchema = z.object({ name: z.enum(LEVEL_NAMES), threshold: z.number().min(-1000).max(1_000_000) });

const shape = z.object({
  id: idSchema,
  unit: idSchema,
  name: z.string().trim().min(1).max(200),
  enabled: z.boolean().default(true),
  metric: metricSchema,
  comparison: z.enum(['above', 'below']).default('above'),
  levels: z.array(levelSchema).min(1).max(3),
  /** Hysteresis: how far back over the threshold the value must go before a level ends, in the metric's unit. */
  clear_margin: z.number().min(0).max(1000).default(2),
  /** Covered time for which the condition must hold before an event begins. */
  hold_s: z.number().min(0).max(86_400).default(0),
  /** Covered time for which the value must be clear before an event (or a level of it) ends. */
  clear_hold_s: z.number().min(0).max(86_400).default(0),
  /** After a notification of this rule no further onset is notified for so long; events are recorded all the same. */
  cooldown_s: z.number().min(0).max(604_800).default(300),
  /** An onset within so long of the last clear continues the former event instead of opening another. */
  merge_s: z.number().min(0).max(86_400).default(0),
  /** Share of a metric's window that must be covered before it is believed, 0..1. */
  min_coverage: z.number().min(0).max(1).default(0.75),
  /** One reading speaks for at most so long; time beyond it is a gap: nothing is known about it, so it counts for neither side. */
  max_gap_s: z.number().min(1).max(3600).default(30),
  /** Tell people when there has been no reading for so long; `null`: never. */
  no_data_after_s: z.number().min(10).max(604_800).nullable().default(120),
  schedule: scheduleSchema.nullable().default(null),
  /** Receivers by id; none: recorded and shown, nobody is told. */
  notify: z.array(idSchema).max(50).default([]),
});

/** A rule, complete and without contradiction. */
export const ruleSchema = shape.superRefine((rule, context) => {
  const problem = levelOrderProblem(rule.levels, rule.comparison);
  if (problem !== null) context.addIssue({ code: 'custom', path: ['levels'], message: problem });
  for (const [index, window] of (rule.schedule?.windows ?? []).entries()) {
    if (window.thresholds === undefined) continue;
    const path = ['schedule', 'windows', index, 'thresholds'];
    if (window.thresholds.length !== rule.levels.length) {
      context.addIssue({ code: 'custom', path, message: `expected ${rule.levels.length} thresholds, one per level of the rule` });
      continue;
    }
    const levels = window.thresholds.map((threshold, level) => ({ name: rule.levels[level]?.name ?? 'warn', threshold }));
    const windowProblem = levelOrderProblem(levels, rule.comparison);
    if (windowProblem !== null) context.addIssue({ code: 'custom', path, message: windowProblem });
  }
  if (rule.metric.kind === 'headroom' && rule.schedule === null) {
    context.addIssue({
      code: 'custom',
      path: ['schedule'],
      message: 'headroom is what remains of a window of the schedule, so it needs a schedule',
    });
  }
  if (isYesNo(rule.metric) && rule.levels.length > 1)
    context.addIssue({ code: 'custom', path: ['levels'], message: 'this metric either holds or does not: it has one level' });
  const gravities = rule.levels.map(({ name }) => gravityOf(name));
  if (gravities.some((gravity, place) => gravity <= (gravities[place - 1] ?? -1)))
    context.addIssue({
      code: 'custom',
      path: ['levels'],
      message: 'levels stand in the order warn, alarm, critical, each at most once',
    });
});

export type Rule = z.output<typeof ruleSchema>;
export type RuleDraft = z.input<typeof ruleSchema>;
export type { Schedule };

/** Metrics that hold or do not hold: 1 or 0. */
export function isYesNo(metric: Metric): boolean {
  return metric.kind === 'health' || metric.kind === 'connectivity';
}

/** The rule as it is weighed. Of a metric that holds or does not, threshold, margin and side follow from that, whatever was written. */
export function weighedRule(rule: Rule): Rule {
  if (!isYesNo(rule.metric)) return rule;
  return { ...rule, comparison: 'above', clear_margin: 0, levels: rule.levels.map((level) => ({ ...level, threshold: 0.5 })) };
}

/** Values of the meter that are no averages or extremes since the measurement's start. */
const OF_THE_MOMENT: ReadonlySet<string> = new Set(['lp', 'leqmov', 'ltm5']);

/** Cumulative metrics by which nobody should be alerted, with the sentence that says why; `null` for a sane metric. */
export function metricWarning(metric: Metric): string | null {
  if (metric.kind !== 'device' || OF_THE_MOMENT.has(metric.of)) return null;
  const value = metric.of.toUpperCase();
  if (metric.of === 'lmax' || metric.of === 'lpeak')
    return `${value} is the highest since the measurement's start: once over the threshold it stays there until the next start. Use interval ${metric.of} instead.`;
  if (metric.of === 'lmin')
    return "LMIN is the lowest since the measurement's start: once under the threshold it stays there until the next start. Use interval lmin instead.";
  return `${value} is cumulative since the measurement's start and hardly moves after an hour. Use a moving or clock-aligned LAeq,T or LN,T instead.`;
}

function levelOrderProblem(levels: readonly { readonly threshold: number }[], comparison: 'above' | 'below'): string | null {
  for (const [index, level] of levels.entries()) {
    const milder = levels[index - 1];
    if (milder === undefined) continue;
    const graver = comparison === 'above' ? level.threshold > milder.threshold : level.threshold < milder.threshold;
    if (!graver)
      return `each level must be graver than the one before it: ${comparison === 'above' ? 'higher' : 'lower'} thresholds`;
  }
  return null;
}
