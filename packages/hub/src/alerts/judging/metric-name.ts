/** A metric in one word, as events keep it, and what its figures are. Pure. Neighbours: event-story.ts writes the name, messages and the API give figures their unit. */
import type { Rule } from '../rules/rule.ts';

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
      return metric.of === 'unit' ? 'connectivity' : `${metric.of}_connectivity`;
    case 'coverage':
      return `coverage_${metric.seconds}s`;
  }
}

/** Metrics that hold or do not: their 1 and 0 are no figures. */
const YES_NO: ReadonlySet<string> = new Set([
  'battery-low',
  'overload',
  'asleep',
  'stopped',
  'stopped-without-order',
  'wedged',
  'connectivity',
  'edge_connectivity',
  'hub_connectivity',
  'no_data',
]);

export const FIGURE_UNITS = ['dB', '%', 'MB', 's'] as const;
export type FigureUnit = (typeof FIGURE_UNITS)[number];

/** What the figures of a metric (by its `metricName`) are counted in; `null` where it has none, because it holds or does not. */
export function figureUnitOf(metric: string): FigureUnit | null {
  if (metric.startsWith('coverage_')) return '%';
  if (metric === 'sd-free-mb') return 'MB';
  if (metric === 'clock-offset-s') return 's';
  return YES_NO.has(metric) ? null : 'dB';
}
