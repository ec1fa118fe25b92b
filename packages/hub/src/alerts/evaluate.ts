/**
 * One rule on one unit, folded over what is known of the unit in the order of its own time. Deterministic: the same observations give the same episodes,
 * whether they came live, late, or from history. Neighbours: metric.ts reads the value, schedule.ts the calendar, machine.ts decides.
 */
import { DateTime } from 'luxon';
import { type Because, type Effect, initialState, type MachineState, step } from './machine.ts';
import { createMetricReader, type MetricSample, type Observation } from './metric.ts';
import { type Rule, weighedRule } from './rule.ts';
import { type Occurrence, scheduleStatus, type ScheduleStatus } from './schedule.ts';

/** What one observation led to. */
export interface Evaluation {
  readonly state: MachineState;
  readonly effects: readonly Effect[];
  readonly because: Because | null;
  /** The newest value of the metric, for the page; `null` when the observation made none. */
  readonly sample: MetricSample | null;
}

export interface RuleEvaluator {
  observe(observation: Observation): Evaluation;
  /** Takes an observation into the metric's windows and moves no state: it is from before the rule counts. */
  remember(observation: Observation): void;
  /** Ends what is open, from outside. */
  end(atMs: number, reason: 'rule_changed' | 'rule_disabled' | 'operator' | 'window_end'): readonly Effect[];
  readonly state: MachineState;
}

/**
 * `zone` is the unit's IANA zone. `from` continues a former state; `past` are the observations (oldest first, all of them before what will be observed)
 * that the metric's windows must hold again: see `memoryMs`. They move no state. `sinceMs`: from when the rule counts.
 */
export function createRuleEvaluator(
  written: Rule,
  zone: string,
  from: MachineState = initialState,
  past: readonly Observation[] = [],
  sinceMs = Number.NEGATIVE_INFINITY,
): RuleEvaluator {
  const rule = weighedRule(written);
  const reader = createMetricReader(rule, sinceMs);
  const calendar = createCalendar(rule, zone);
  let state = from;
  const remember = (one: Observation): void => {
    reader.read(one, calendar.window(one.atMs), calendar.offsetMs(one.atMs));
  };
  for (const one of past) remember(one);
  return {
    get state() {
      return state;
    },
    remember,
    end(atMs, reason) {
      const result = step(rule, state, { kind: 'end', atMs, reason });
      state = result.state;
      return result.effects;
    },
    observe(observation) {
      const effects: Effect[] = [];
      let because: Because | null = null;
      let sample: MetricSample | null = null;
      for (const outcome of reader.read(observation, calendar.window(observation.atMs), calendar.offsetMs(observation.atMs))) {
        if (outcome.kind === 'sample') sample = outcome.sample;
        const thresholds = calendar.thresholds(outcome.kind === 'sample' ? outcome.sample.atMs : observation.atMs);
        const result =
          outcome.kind === 'stopped'
            ? step(rule, state, { kind: 'end', atMs: outcome.atMs, reason: 'measurement_stopped' })
            : step(rule, state, {
                kind: 'sample',
                atMs: outcome.sample.atMs,
                coveredMs: outcome.sample.coveredMs,
                value: outcome.sample.value,
                thresholds,
                // A clock-aligned value belongs to the window in which its time ends.
                window: calendar.window(outcome.sample.atMs - (outcome.sample.atMs < observation.atMs ? 1 : 0)),
              });
        state = result.state;
        because = result.because;
        effects.push(...result.effects);
      }
      return { state, effects, because, sample };
    },
  };
}

/** How far back the observations matter to a rule's metric: what a restart has to read again. */
export function memoryMs(rule: Rule): number {
  switch (rule.metric.kind) {
    case 'leq':
    case 'ln':
    case 'coverage':
      return (rule.metric.seconds + 1) * 1000;
    case 'headroom':
      // A window of a schedule is shorter than two days, also when clocks change.
      return 48 * 3_600_000;
    case 'lp':
    case 'interval':
    case 'device':
    case 'health':
    case 'sd-free-mb':
    case 'clock-offset-s':
    case 'connectivity':
      return rule.max_gap_s * 1000;
  }
}

interface Calendar {
  window(atMs: number): Occurrence | 'always' | null;
  thresholds(atMs: number): readonly number[];
  offsetMs(atMs: number): number;
}

/** Answers of the calendar are good for hours; it is asked at every frame. */
function createCalendar(rule: Rule, zone: string): Calendar {
  const own = rule.levels.map((level) => level.threshold);
  let status: (ScheduleStatus & { readonly fromMs: number }) | null = null;
  let offset: { readonly fromMs: number; readonly valueMs: number } | null = null;
  const window = (atMs: number): Occurrence | 'always' | null => {
    if (rule.schedule === null) return 'always';
    if (status === null || atMs < status.fromMs || atMs >= status.untilMs)
      status = { ...scheduleStatus(rule.schedule, zone, atMs), fromMs: atMs };
    return status.open;
  };
  return {
    window,
    thresholds(atMs) {
      const open = window(atMs);
      if (open === null || open === 'always') return own;
      return rule.schedule?.windows[open.window]?.thresholds ?? own;
    },
    offsetMs(atMs) {
      // Zones change their offset at full quarter hours.
      const fromMs = Math.floor(atMs / 900_000) * 900_000;
      if (offset === null || offset.fromMs !== fromMs)
        offset = { fromMs, valueMs: DateTime.fromMillis(fromMs, { zone }).offset * 60_000 };
      return offset.valueMs;
    },
  };
}
