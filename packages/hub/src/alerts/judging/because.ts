/** Why a step of the machine went as it did: for the log, the database and the page. Pure. Neighbour: machine.ts gives one with every step. */
import type { EndReason } from './episode.ts';
import type { Metric, Rule } from '../rules/rule.ts';

/** `over` a limit is its loud side, or its low side where a rule watches for too little; `near`: back over it, but not by more than the margin. */
export type Because =
  | { readonly code: 'outside-window' | 'no-value' | 'silence' }
  | { readonly code: 'ended'; readonly reason: EndReason }
  | { readonly code: 'quiet' | 'over' | 'near'; readonly value: number; readonly threshold: number }
  | {
      readonly code: 'holding' | 'clearing';
      readonly value: number;
      readonly threshold: number;
      readonly doneMs: number;
      readonly neededMs: number;
    };

/** What the wording of a reason depends on. */
type Worded = Pick<Rule, 'metric' | 'comparison' | 'clear_margin'>;

/** The reason in words, as it reads after "because" or a colon. */
export function sentenceOf(because: Because, rule: Worded): string {
  switch (because.code) {
    case 'outside-window':
      return 'outside the schedule';
    case 'no-value':
      return 'not enough readings to believe the value';
    case 'silence':
      return 'no readings: what was there is held';
    case 'ended':
      return ENDED[because.reason];
    case 'quiet':
      return matter(because, rule) ?? `${number(because.value)} is not ${side(rule)} the limit of ${number(because.threshold)}`;
    case 'over':
      return matter(because, rule) ?? `${number(because.value)} is ${side(rule)} the limit of ${number(because.threshold)}`;
    case 'near':
      return `${number(because.value)} is still within ${number(rule.clear_margin)} of the limit of ${number(because.threshold)}`;
    case 'holding':
      return `${matter(because, rule) ?? `${number(because.value)} is ${side(rule)} ${number(because.threshold)}`}, ${waited(because)}`;
    case 'clearing':
      return `${matter(because, rule) ?? `${number(because.value)} is clear of ${number(because.threshold)}`}, ${waited(because)}`;
  }
}

const ENDED: Readonly<Record<EndReason, string>> = {
  recovered: 'the value is back',
  window_end: 'the window of the schedule is over',
  rule_changed: 'the rule was changed',
  rule_disabled: 'the rule was switched off or deleted',
  measurement_stopped: 'the measurement is stopped',
  operator: 'ended by a person',
};

/** Of a metric that holds or does not: what is so. `null` for the others, which have figures. */
function matter({ value }: { readonly value: number }, { metric }: Worded): string | null {
  const words = mattersOf(metric);
  return words === null ? null : words[value > 0 ? 0 : 1];
}

function mattersOf(metric: Metric): readonly [holds: string, holdsNot: string] | null {
  if (metric.kind === 'connectivity') return CONNECTIVITY[metric.of];
  return metric.kind === 'health' ? HEALTH[metric.of] : null;
}

const HEALTH: Readonly<Record<Extract<Metric, { kind: 'health' }>['of'], readonly [string, string]>> = {
  'battery-low': ['the battery is low', 'the battery is not low'],
  overload: ['the meter is overloaded', 'the meter is not overloaded'],
  asleep: ['the meter sleeps', 'the meter is awake'],
  stopped: ['the measurement is stopped', 'a measurement runs'],
  'stopped-without-order': ['the measurement stopped without an order', 'no measurement has stopped without an order'],
  wedged: ['the control port is stuck', 'the control port is not stuck'],
};

const CONNECTIVITY: Readonly<Record<Extract<Metric, { kind: 'connectivity' }>['of'], readonly [string, string]>> = {
  unit: ['the meter cannot be reached', 'the meter can be reached'],
  edge: ['the edge cannot be reached', 'the edge can be reached'],
  hub: ['the hub has lost its broker', 'the hub has its broker'],
};

const side = ({ comparison }: Worded): string => (comparison === 'above' ? 'over' : 'under');
const number = (value: number): string => (Math.round(value * 10) / 10).toString();
const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
const waited = ({ doneMs, neededMs }: { readonly doneMs: number; readonly neededMs: number }): string =>
  `for ${seconds(doneMs)} of the ${seconds(neededMs)} that it takes`;
