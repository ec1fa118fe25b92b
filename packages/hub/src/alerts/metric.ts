/**
 * From what is known of a unit to the value a rule looks at. Deterministic and free of clocks: the observations carry their own time and come in its order.
 * Neighbours: sliding-window.ts keeps the statistics, evaluate.ts feeds the machine with what comes out.
 */
import type { Frame, UnitState } from '@slmm/protocol';
import { energyOf, levelOf } from '@slmm/shared';
import type { Rule } from './rule.ts';
import type { Occurrence } from './schedule.ts';
import { EnergyWindow, LevelWindow } from './sliding-window.ts';

/** Something that became known about a unit, at the measurement's own time. */
export type Observation =
  | { readonly kind: 'frame'; readonly atMs: number; readonly frame: Frame }
  | { readonly kind: 'unit-state'; readonly atMs: number; readonly state: UnitState }
  | { readonly kind: 'edge-state'; readonly atMs: number; readonly online: boolean }
  | { readonly kind: 'clock-offset'; readonly atMs: number; readonly offsetS: number };

/** A value of the metric. `value` is `null` where there was a reading but not enough of them to believe the metric. */
export interface MetricSample {
  readonly atMs: number;
  readonly coveredMs: number;
  readonly value: number | null;
  readonly coverage: number;
}

/** What an observation means for one rule. */
export type MetricOutcome =
  | { readonly kind: 'sample'; readonly sample: MetricSample }
  | { readonly kind: 'stopped'; readonly atMs: number };

/** Whether the metric is told by readings, which come late and are told again; the others follow the state as it is now. */
export function isOfReadings(metric: Rule['metric']): boolean {
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

/** Reads one rule's metric from the observations of its unit. Holds only what its windows need. */
export interface MetricReader {
  /** `window`: the schedule's occurrence at the observation's time; `offsetMs`: local time minus UTC there, for clock-aligned values. */
  read(observation: Observation, window: Occurrence | 'always' | null, offsetMs: number): readonly MetricOutcome[];
}

/** Metrics that end with the measurement: nothing is averaged across a stop. */
const OF_THE_MEASUREMENT: ReadonlySet<Rule['metric']['kind']> = new Set(['interval', 'leq', 'ln', 'headroom', 'device']);

/** `sinceMs`: from when the rule counts; what is about elapsed time waits until enough of it has passed since then. */
export function createMetricReader(rule: Rule, sinceMs = Number.NEGATIVE_INFINITY): MetricReader {
  const read = frameReader(rule, sinceMs) ?? stateReader(rule);
  let run: Frame['run'] = 'unknown';
  return {
    read(observation, window, offsetMs) {
      const outcomes: MetricOutcome[] = [];
      if (observation.kind === 'frame' && observation.frame.run !== 'unknown') {
        if (run === 'Start' && observation.frame.run === 'Stop' && OF_THE_MEASUREMENT.has(rule.metric.kind)) {
          outcomes.push({ kind: 'stopped', atMs: observation.atMs });
          read.reset();
        }
        run = observation.frame.run;
      }
      for (const sample of read.samples(observation, window, offsetMs)) outcomes.push({ kind: 'sample', sample });
      return outcomes;
    },
  };
}

interface Reading {
  samples(observation: Observation, window: Occurrence | 'always' | null, offsetMs: number): readonly MetricSample[];
  /** Forgets all windows: a new measurement begins. */
  reset(): void;
}

const nothing = (): readonly MetricSample[] => [];
const stateless = (samples: Reading['samples']): Reading => ({ samples, reset: () => undefined });

/** Time that a frame speaks for. A frame without an interval speaks for no time at all, but its values still count as seen. */
function coveredMsOf(rule: Rule, frame: Frame): number {
  return frame.interval === null ? 0 : Math.min(frame.interval.s * 1000, rule.max_gap_s * 1000);
}

/** The level that goes into averages. An overloaded one is a lower bound: it counts where a rule looks for too loud, never where it looks for too quiet. */
function usableLevel(rule: Rule, frame: Frame): number | null {
  if (frame.interval === null || frame.run === 'Stop') return null;
  return frame.over && rule.comparison === 'below' ? null : frame.interval.leq;
}

function frameReader(rule: Rule, sinceMs: number): Reading | null {
  const metric = rule.metric;
  const direct = (valueOf: (frame: Frame) => number | null): Reading =>
    stateless((observation) => {
      if (observation.kind !== 'frame') return nothing();
      return [
        {
          atMs: observation.atMs,
          coveredMs: coveredMsOf(rule, observation.frame),
          value: valueOf(observation.frame),
          coverage: 1,
        },
      ];
    });
  switch (metric.kind) {
    case 'lp':
      return direct((frame) => frame.lp);
    case 'interval':
      return direct((frame) => frame.interval?.[metric.of] ?? null);
    case 'device':
      return direct((frame) => deviceValue(frame, metric.of));
    case 'leq':
      return metric.mode === 'moving' ? movingLevel(rule, metric.seconds) : clockLevel(rule, metric.seconds);
    case 'ln':
      return movingPercentile(rule, metric.percent, metric.seconds);
    case 'headroom':
      return headroom(rule, metric.limit);
    case 'coverage':
      return coverageOf(metric.seconds, sinceMs);
    case 'health':
    case 'sd-free-mb':
    case 'clock-offset-s':
    case 'connectivity':
      return null;
  }
}

function deviceValue(frame: Frame, of: Extract<Rule['metric'], { kind: 'device' }>['of']): number | null {
  switch (of) {
    case 'ln1':
    case 'ln2':
    case 'ln3':
    case 'ln4':
    case 'ln5':
      return frame.ln[Number(of.slice(2)) - 1] ?? null;
    case 'lp':
    case 'leq':
    case 'le':
    case 'lmax':
    case 'lmin':
    case 'lpeak':
      return frame[of];
  }
}

function movingLevel(rule: Rule, seconds: number): Reading {
  let window = new EnergyWindow(seconds);
  return {
    samples(observation) {
      if (observation.kind !== 'frame') return nothing();
      const level = usableLevel(rule, observation.frame);
      const coveredMs = coveredMsOf(rule, observation.frame);
      if (level !== null) window.add(observation.atMs, coveredMs, level);
      const { value, coverage } = window.at(observation.atMs);
      return [{ atMs: observation.atMs, coveredMs, value: coverage >= rule.min_coverage ? value : null, coverage }];
    },
    reset: () => {
      window = new EnergyWindow(seconds);
    },
  };
}

function movingPercentile(rule: Rule, percent: number, seconds: number): Reading {
  let window = new LevelWindow(seconds);
  return {
    samples(observation) {
      if (observation.kind !== 'frame') return nothing();
      const level = usableLevel(rule, observation.frame);
      const coveredMs = coveredMsOf(rule, observation.frame);
      if (level !== null) window.add(observation.atMs, coveredMs, level);
      const { value, coverage } = window.at(observation.atMs, percent);
      return [{ atMs: observation.atMs, coveredMs, value: coverage >= rule.min_coverage ? value : null, coverage }];
    },
    reset: () => {
      window = new LevelWindow(seconds);
    },
  };
}

/** One value at the end of each full T of local time, as soon as a reading shows that it is over. */
function clockLevel(rule: Rule, seconds: number): Reading {
  const lengthMs = seconds * 1000;
  let block: { readonly startMs: number; energyMs: number; coveredMs: number } | null = null;
  const finished = (): readonly MetricSample[] => {
    if (block === null) return nothing();
    const coverage = Math.min(1, block.coveredMs / lengthMs);
    const level = block.coveredMs > 0 ? levelOf(block.energyMs / block.coveredMs) : null;
    return [
      { atMs: block.startMs + lengthMs, coveredMs: lengthMs, value: coverage >= rule.min_coverage ? level : null, coverage },
    ];
  };
  return {
    samples(observation, _window, offsetMs) {
      if (observation.kind !== 'frame') return nothing();
      const samples: MetricSample[] = [];
      const coveredMs = coveredMsOf(rule, observation.frame);
      const level = usableLevel(rule, observation.frame);
      let fromMs = observation.atMs - coveredMs;
      do {
        const startMs = Math.floor((fromMs + offsetMs) / lengthMs) * lengthMs - offsetMs;
        if (block !== null && startMs > block.startMs) {
          samples.push(...finished());
          block = null;
        }
        block ??= { startMs, energyMs: 0, coveredMs: 0 };
        const endMs = Math.min(observation.atMs, startMs + lengthMs);
        if (level !== null && startMs === block.startMs) {
          block.energyMs += energyOf(level) * (endMs - fromMs);
          block.coveredMs += endMs - fromMs;
        }
        fromMs = endMs;
      } while (fromMs < observation.atMs);
      return samples;
    },
    reset: () => {
      block = null;
    },
  };
}

/** What may be averaged for the rest of the open window: its energy budget less what was used; time without readings is taken to be like the rest. */
function headroom(rule: Rule, limitDb: number): Reading {
  let used: { readonly startMs: number; energyMs: number; coveredMs: number } | null = null;
  return {
    samples(observation, window) {
      if (observation.kind !== 'frame' || window === null || window === 'always') return nothing();
      if (used === null || used.startMs !== window.startMs) used = { startMs: window.startMs, energyMs: 0, coveredMs: 0 };
      const coveredMs = Math.min(coveredMsOf(rule, observation.frame), observation.atMs - window.startMs);
      const level = usableLevel(rule, observation.frame);
      if (level !== null) {
        used.energyMs += energyOf(level) * coveredMs;
        used.coveredMs += coveredMs;
      }
      const elapsedMs = observation.atMs - window.startMs;
      const remainingMs = window.endMs - observation.atMs;
      const coverage = elapsedMs > 0 ? Math.min(1, used.coveredMs / elapsedMs) : 0;
      if (remainingMs <= 0) return nothing();
      const usedMs = coverage > 0 ? used.energyMs / coverage : 0;
      const left = (energyOf(limitDb) * (window.endMs - window.startMs) - usedMs) / remainingMs;
      const value = coverage >= rule.min_coverage ? Math.max(0, levelOf(left) ?? 0) : null;
      return [{ atMs: observation.atMs, coveredMs, value, coverage }];
    },
    reset: () => undefined,
  };
}

/** Of a rule that is younger than T nothing is known yet: time before it was written may have had no readings for good reason. */
function coverageOf(seconds: number, sinceMs: number): Reading {
  let window = new EnergyWindow(seconds);
  return {
    samples(observation) {
      if (observation.kind !== 'frame' || observation.frame.interval === null) return nothing();
      const coveredMs = observation.frame.interval.s * 1000;
      window.add(observation.atMs, coveredMs, 0);
      const isKnown = observation.atMs - sinceMs >= seconds * 1000;
      const value = isKnown ? window.at(observation.atMs).coverage * 100 : null;
      return [{ atMs: observation.atMs, coveredMs, value, coverage: 1 }];
    },
    reset: () => {
      window = new EnergyWindow(seconds);
    },
  };
}

/** Metrics of the unit's and the edge's state: a value holds from one state to the next. */
function stateReader(rule: Rule): Reading {
  let last: { readonly atMs: number; readonly value: number } | null = null;
  return stateless((observation) => {
    const value = stateValue(rule.metric, observation);
    if (value === null) {
      // A frame carries no new state, but it shows that time has passed with the last one in force.
      if (observation.kind !== 'frame' || last === null || observation.atMs <= last.atMs) return nothing();
      const coveredMs = observation.atMs - last.atMs;
      last = { atMs: observation.atMs, value: last.value };
      return [{ atMs: observation.atMs, coveredMs, value: last.value, coverage: 1 }];
    }
    const coveredMs = last !== null && last.value === value ? Math.max(0, observation.atMs - last.atMs) : 0;
    last = { atMs: observation.atMs, value };
    return [{ atMs: observation.atMs, coveredMs, value, coverage: 1 }];
  });
}

function stateValue(metric: Rule['metric'], observation: Observation): number | null {
  if (metric.kind === 'health' && metric.of === 'overload')
    return observation.kind === 'frame' ? Number(observation.frame.over) : null;
  if (metric.kind === 'clock-offset-s') return observation.kind === 'clock-offset' ? Math.abs(observation.offsetS) : null;
  if (metric.kind === 'connectivity' && metric.of === 'edge')
    return observation.kind === 'edge-state' ? Number(!observation.online) : null;
  if (observation.kind !== 'unit-state') return null;
  const state = observation.state;
  if (metric.kind === 'connectivity') return Number(!state.reachable);
  if (metric.kind === 'sd-free-mb') return state.sd_free_mb;
  if (metric.kind !== 'health') return null;
  switch (metric.of) {
    case 'battery-low':
      return state.battery === null ? null : Number(/^(low|dead|empty|[lde])$/i.test(state.battery));
    case 'asleep':
      return Number(state.link === 'asleep');
    case 'wedged':
      return Number(state.link === 'wedged');
    case 'stopped':
      return state.run === 'unknown' ? null : Number(state.run === 'Stop');
    case 'overload':
      return null;
  }
}
