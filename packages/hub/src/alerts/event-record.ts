/**
 * What is written down of an episode, and how its story follows from the machine's effects. Pure.
 * Neighbours: unit-alerts.ts folds effects into records, reconcile.ts compares two tellings, alert-store.ts keeps them.
 */
import type { Effect, EndReason } from './machine.ts';
import type { Rule } from './rule.ts';

/** What an event is about. `connectivity` and `no-data` come from silence of a unit, `edge` from that of a whole site (then `unit` names the edge); `threshold` comes from values. */
export type EventKind = 'threshold' | 'no-data' | 'connectivity' | 'edge';

/** One step in the life of an event, for whoever asks why. */
export interface EventStep {
  readonly atMs: number;
  readonly kind: Effect['kind'] | 'acknowledge' | 'comment' | 'superseded';
  readonly text: string;
}

export interface EventRecord {
  /** The same however often it is computed: rule and onset. */
  readonly id: string;
  readonly kind: EventKind;
  readonly unit: string;
  /** `null` for the built-in event of a unit that cannot be reached. */
  readonly rule: string | null;
  readonly ruleName: string;
  readonly metric: string;
  /** Threshold of the gravest level that was reached; `null` where there is none. */
  readonly threshold: number | null;
  readonly level: string | null;
  readonly gravest: string | null;
  readonly onsetMs: number;
  readonly onsetValue: number | null;
  readonly peakValue: number | null;
  readonly peakMs: number | null;
  readonly clearMs: number | null;
  readonly endReason: EndReason | null;
  readonly count: number;
  /** Found in data that came late: recorded, shown, never paged. */
  readonly late: boolean;
  /** `superseded`: an earlier telling, from incomplete data, that later data did not confirm. */
  readonly status: 'active' | 'cleared' | 'superseded';
  readonly ackedMs: number | null;
  readonly ackedBy: string | null;
  readonly steps: readonly EventStep[];
}

/** Most steps that are kept of one event; of a flapping one the first and the newest tell enough. */
const MAX_STEPS = 100;

/** The record after one more effect. `before` is `null` for an episode that is new. */
export function recordEffect(before: EventRecord | null, effect: Effect, rule: Rule, text: string, late: boolean): EventRecord {
  const { episode } = effect;
  const cleared = effect.kind === 'clear';
  const base: EventRecord = before ?? {
    id: episode.id,
    kind: 'threshold',
    unit: rule.unit,
    rule: rule.id,
    ruleName: rule.name,
    metric: metricName(rule.metric),
    threshold: null,
    level: null,
    gravest: null,
    onsetMs: episode.onsetMs,
    onsetValue: episode.onsetValue,
    peakValue: null,
    peakMs: null,
    clearMs: null,
    endReason: null,
    count: 1,
    late,
    status: 'active',
    ackedMs: null,
    ackedBy: null,
    steps: [],
  };
  return {
    ...base,
    threshold: episode.threshold,
    level: rule.levels[episode.level]?.name ?? null,
    gravest: rule.levels[episode.gravest]?.name ?? null,
    peakValue: episode.peakValue,
    peakMs: episode.peakMs,
    count: episode.count,
    clearMs: cleared ? effect.atMs : null,
    endReason: cleared ? effect.reason : null,
    status: cleared ? 'cleared' : 'active',
    steps: withStep(base.steps, { atMs: effect.atMs, kind: effect.kind, text }),
  };
}

export function withStep(steps: readonly EventStep[], step: EventStep): readonly EventStep[] {
  return steps.length < MAX_STEPS ? [...steps, step] : [...steps.slice(0, 10), ...steps.slice(11 - MAX_STEPS), step];
}

/** A metric in one word, as SLMM 0.4.0 spells those it knows. */
export function metricName(metric: Rule['metric']): string {
  switch (metric.kind) {
    case 'lp':
      return 'lp';
    case 'interval':
      return `interval_${metric.of}`;
    case 'leq':
      return `leq_${metric.seconds}s_${metric.mode}`;
    case 'ln':
      return `l${metric.percent}_${metric.seconds}s`;
    case 'headroom':
      return 'headroom';
    case 'device':
      return metric.of;
    case 'health':
      return metric.of;
    case 'sd-free-mb':
    case 'clock-offset-s':
      return metric.kind;
    case 'connectivity':
      return metric.of === 'unit' ? 'connectivity' : 'edge_connectivity';
    case 'coverage':
      return `coverage_${metric.seconds}s`;
  }
}
