/**
 * Metrics of how it is with meter, edge and hub: a value holds from one word on it to the next, and is asked for about once a second while somebody could
 * say otherwise. Neighbours: metric.ts chooses, unit-conditions.ts feeds.
 */
import type { UnitState } from '@slmm/protocol';
import { type MetricReader, NO_SAMPLES, type Observation } from './observation.ts';
import type { Metric, Rule } from '../rules/rule.ts';

export function createStateReader(rule: Rule): MetricReader {
  let last: { readonly atMs: number; readonly value: number } | null = null;
  return {
    samples(observation) {
      const value = stateValue(rule.metric, observation);
      if (value === null) return NO_SAMPLES;
      // What lies between two words counts as covered only while they come as closely as the rule asks of readings.
      const stepMs = last !== null && last.value === value ? Math.max(0, observation.atMs - last.atMs) : 0;
      last = { atMs: observation.atMs, value };
      const coveredMs = stepMs <= rule.max_gap_s * 1000 ? stepMs : 0;
      return [{ atMs: observation.atMs, coveredMs, value, coverage: 1 }];
    },
    reset: () => undefined,
  };
}

function stateValue(metric: Metric, observation: Observation): number | null {
  switch (metric.kind) {
    case 'clock-offset-s':
      return observation.kind === 'clock-offset' ? Math.abs(observation.offsetS) : null;
    case 'sd-free-mb':
      return observation.kind === 'unit-state' ? observation.state.sd_free_mb : null;
    case 'connectivity':
      if (metric.of === 'unit') return observation.kind === 'unit-state' ? Number(!observation.state.reachable) : null;
      return observation.kind === `${metric.of}-state` && 'online' in observation ? Number(!observation.online) : null;
    case 'health':
      return observation.kind === 'unit-state' ? healthValue(metric.of, observation.state) : null;
    case 'lp':
    case 'interval':
    case 'leq':
    case 'ln':
    case 'headroom':
    case 'device':
    case 'coverage':
      return null;
  }
}

/** 1 where it holds, 0 where not, `null` where the meter has not said. */
function healthValue(of: Extract<Metric, { kind: 'health' }>['of'], state: UnitState): number | null {
  switch (of) {
    case 'battery-low':
      // The words of `Battery Level?` (Full, Middle, Low, Empty) and the letters of a `DRD?status` line.
      return state.battery === null ? null : Number(/^(low|dead|empty|[lde])$/i.test(state.battery));
    case 'asleep':
      return Number(state.link === 'asleep');
    case 'wedged':
      return Number(state.link === 'wedged');
    case 'stopped':
      return state.run === 'unknown' ? null : Number(state.run === 'Stop');
    case 'stopped-without-order':
      if (state.run === 'Start') return 0;
      return state.run === 'unknown' || state.run_ordered == null ? null : Number(!state.run_ordered);
    case 'overload':
      return null;
  }
}
