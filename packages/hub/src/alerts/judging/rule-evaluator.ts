/**
 * One wording of a rule on one unit, folded over what is known of the unit in the order of its own time. Deterministic: the same observations give the same
 * episodes, whether they came live, late, or from history. Neighbours: metric.ts reads the value, calendar.ts the schedule, machine.ts decides.
 */
import type { Frame } from '@slmm/protocol';
import type { Because } from './because.ts';
import { createCalendar } from '../rules/calendar.ts';
import type { EndReason } from './episode.ts';
import { type Effect, initialState, type MachineState, placeOf, step } from './machine.ts';
import { createRuleMetric, memoryMs } from './metric.ts';
import type { MetricSample, Observation } from './observation.ts';
import { type Rule, weighedRule } from '../rules/rule.ts';

/** What one observation led to. */
export interface Evaluation {
  readonly effects: readonly Effect[];
  /** `null` when the observation made no value of the metric. */
  readonly because: Because | null;
  readonly sample: MetricSample | null;
}

export interface RuleEvaluator {
  observe(observation: Observation): Evaluation;
  /** Takes an observation into the metric's windows and moves no state: it is from before the rule counts. */
  remember(observation: Observation): void;
  /** Time has passed without an observation: a window of the schedule may be over. */
  advance(atMs: number): readonly Effect[];
  /** Ends what is open, from outside. */
  end(atMs: number, reason: Exclude<EndReason, 'recovered'>): readonly Effect[];
  readonly state: MachineState;
}

export interface EvaluatorStart {
  /** IANA zone of the unit. */
  readonly zone: string;
  /** Continues a former state. */
  readonly state?: MachineState;
  /** Oldest first, all of them before what will be observed, as far back as `ruleMemoryMs`: what the metric's windows must hold again. They move no state. */
  readonly past?: readonly Observation[];
  /** From when the rule counts. */
  readonly sinceMs?: number;
  /** Run state at the last of the past readings. */
  readonly run?: Frame['run'];
}

export function createRuleEvaluator(
  written: Rule,
  { zone, state: from = initialState, past = [], sinceMs = Number.NEGATIVE_INFINITY, run = 'unknown' }: EvaluatorStart,
): RuleEvaluator {
  const rule = weighedRule(written);
  const metric = createRuleMetric(rule, sinceMs, run);
  const calendar = createCalendar(rule, zone);
  let state = from;
  const read = (one: Observation) => metric.read(one, { window: calendar.window(one.atMs), zone });
  for (const one of past) read(one);

  const take = (input: Parameters<typeof step>[2]): ReturnType<typeof step> => {
    const result = step(rule, state, input);
    state = result.state;
    return result;
  };
  const advance = (atMs: number): readonly Effect[] => {
    const effects: Effect[] = [];
    // A window whose next occurrence follows without a gap goes on, day after day.
    for (let place = placeOf(state); place !== null && place.endMs <= atMs; place = placeOf(state))
      effects.push(...take({ kind: 'time', atMs: place.endMs, window: calendar.window(place.endMs) }).effects);
    return effects;
  };
  return {
    get state() {
      return state;
    },
    remember: read,
    advance,
    end: (atMs, reason) => [...advance(atMs), ...take({ kind: 'end', atMs, reason }).effects],
    observe(observation) {
      const effects: Effect[] = [];
      let because: Because | null = null;
      let sample: MetricSample | null = null;
      for (const outcome of read(observation)) {
        if (outcome.kind === 'stopped') {
          const result = take({ kind: 'end', atMs: outcome.atMs, reason: 'measurement_stopped' });
          because = result.because;
          effects.push(...result.effects);
          continue;
        }
        ({ sample } = outcome);
        // A value of a time that is over (a full hour on the clock) belongs to the window in which that time ends.
        const window = calendar.window(sample.atMs - (sample.atMs < observation.atMs ? 1 : 0));
        const { atMs, coveredMs, value } = sample;
        const result = take({ kind: 'sample', atMs, coveredMs, value, thresholds: calendar.thresholds(window), window });
        because = result.because;
        effects.push(...result.effects);
      }
      effects.push(...advance(observation.atMs));
      return { effects, because, sample };
    },
  };
}

/** How far back from an instant a unit's readings are needed to fill this rule's windows again. */
export function ruleMemoryMs(rule: Rule, zone: string, atMs: number): number {
  if (rule.metric.kind !== 'headroom' || rule.schedule === null) return memoryMs(rule.metric, atMs, null);
  const open = createCalendar(rule, zone).window(atMs);
  return memoryMs(rule.metric, atMs, open === null || open === 'always' ? null : open.startMs);
}
