/**
 * From what is known of a unit to the value a rule looks at. Deterministic and free of clocks: the observations carry their own time and come in its order.
 * Neighbours: frame-metric.ts and state-metric.ts read the values, rule-evaluator.ts feeds the machine with what comes out.
 */
import type { Frame } from '@slmm/protocol';
import { createFrameReader, createOverloadReader } from './frame-metric.ts';
import type { MetricReader, MetricSample, Observation, Placed } from './observation.ts';
import type { Metric, Rule } from '../rules/rule.ts';
import { windowMemoryMs } from './window-ring.ts';
import { createStateReader } from './state-metric.ts';

const HOUR_S = 3_600;
const DAY_S = 86_400;

/** What an observation means for one rule. */
export type MetricOutcome =
  | { readonly kind: 'sample'; readonly sample: MetricSample }
  /** No measurement runs. */
  | { readonly kind: 'stopped'; readonly atMs: number };

/** Whether the metric is told by readings, which come late and are told again; the others follow the state as it is now. */
export function isOfReadings(metric: Metric): boolean {
  switch (metric.kind) {
    case 'health':
      return metric.of === 'overload';
    case 'sd-free-mb':
    case 'clock-offset-s':
    case 'connectivity':
      return false;
    case 'lp':
    case 'interval':
    case 'leq':
    case 'ln':
    case 'headroom':
    case 'device':
    case 'coverage':
      return true;
  }
}

/** Whether the metric is of a measurement that runs: nothing is averaged across a stop, and what a stopped meter still shows is no news. */
function isOfTheMeasurement(metric: Metric): boolean {
  switch (metric.kind) {
    case 'interval':
    case 'leq':
    case 'ln':
    case 'headroom':
      return true;
    case 'device':
      return metric.of !== 'lp';
    case 'lp':
    case 'coverage':
    case 'health':
    case 'sd-free-mb':
    case 'clock-offset-s':
    case 'connectivity':
      return false;
  }
}

/** One rule's metric, with the end of the measurement seen to. */
export interface RuleMetric {
  read(observation: Observation, placed: Placed): readonly MetricOutcome[];
}

/** `sinceMs`: from when the rule counts. `run`: the run state that the last reading before the first observation had. */
export function createRuleMetric(rule: Rule, sinceMs: number, run: Frame['run']): RuleMetric {
  const reader = createReader(rule, sinceMs);
  const endsWithIt = isOfTheMeasurement(rule.metric);
  const read = (observation: Observation, placed: Placed): readonly MetricOutcome[] =>
    reader.samples(observation, placed).map((sample) => ({ kind: 'sample', sample }));
  let newestRun = run;
  let isReset = false;
  return {
    read(observation, placed) {
      if (!endsWithIt || observation.kind !== 'frame') return read(observation, placed);
      const stopped: readonly MetricOutcome[] = [{ kind: 'stopped', atMs: observation.atMs }];
      if (observation.frame.run !== 'unknown') newestRun = observation.frame.run;
      if (observation.frame.run === 'Stop') {
        if (!isReset) reader.reset();
        isReset = true;
        return stopped;
      }
      isReset = false;
      // Into its windows goes what the reading itself says of the run: a restart, which fills them again, knows no more.
      const outcomes = read(observation, placed);
      return newestRun === 'Stop' ? stopped : outcomes;
    },
  };
}

function createReader(rule: Rule, sinceMs: number): MetricReader {
  const { metric } = rule;
  switch (metric.kind) {
    case 'health':
      return metric.of === 'overload' ? createOverloadReader(rule) : createStateReader(rule);
    case 'sd-free-mb':
    case 'clock-offset-s':
    case 'connectivity':
      return createStateReader(rule);
    case 'lp':
    case 'interval':
    case 'leq':
    case 'ln':
    case 'headroom':
    case 'device':
    case 'coverage':
      return createFrameReader(rule, metric, sinceMs);
  }
}

/** How far back from an instant its readings matter to the metric: what a restart has to read again. `windowStartMs`: of the schedule's window there, if one is open. */
export function memoryMs(metric: Metric, atMs: number, windowStartMs: number | null): number {
  switch (metric.kind) {
    case 'leq':
      // A local day may have an hour more.
      return windowMemoryMs(metric.seconds + (metric.mode === 'clock' && metric.seconds === DAY_S ? HOUR_S : 0));
    case 'ln':
    case 'coverage':
      return windowMemoryMs(metric.seconds);
    case 'headroom':
      return windowStartMs === null ? 0 : atMs - windowStartMs;
    case 'lp':
    case 'interval':
    case 'device':
    case 'health':
    case 'sd-free-mb':
    case 'clock-offset-s':
    case 'connectivity':
      return 0;
  }
}
