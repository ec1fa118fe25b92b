/**
 * All rules of one unit, folded over its observations. Deterministic; shared by the live path, late data, restarts and rehearsal.
 * A rule that fails is set aside with its reason and stops no other. Neighbours: evaluate.ts for one rule, engine.ts holds one of these per unit.
 */
import { createRuleEvaluator, memoryMs, type RuleEvaluator } from './evaluate.ts';
import { type EventRecord, recordEffect } from './event-record.ts';
import { type Because, type Effect, episodeOf, formerEpisodeOf, initialState, type MachineState, sentenceOf } from './machine.ts';
import type { MetricSample, Observation } from './metric.ts';
import type { Rule } from './rule.ts';

/** A rule and the instant from which it counts: readings before it are none of its business. */
export interface RuleInForce {
  readonly rule: Rule;
  readonly sinceMs: number;
}

/** Everything that must be known to go on from an instant, given the readings after it (and those within the rules' memory before it). */
export interface UnitCheckpoint {
  /** Time of the last observation that is in it. */
  readonly atMs: number;
  readonly states: Readonly<Record<string, MachineState>>;
}

/** What one observation changed. */
export interface AlertChange {
  readonly rule: Rule;
  readonly effect: Effect;
  readonly record: EventRecord;
  readonly text: string;
}

/** Present position of a rule, for the page: why it fires, or why not. */
export interface RuleStanding {
  readonly state: MachineState;
  readonly because: Because | null;
  readonly sample: MetricSample | null;
  /** Why the rule was set aside; `null` for a rule that works. */
  readonly failure: string | null;
}

interface Held {
  readonly inForce: RuleInForce;
  /** `null` for a rule that could not even be set up. */
  evaluator: RuleEvaluator | null;
  record: EventRecord | null;
  because: Because | null;
  sample: MetricSample | null;
  failure: string | null;
}

export class UnitAlerts {
  readonly #held: Held[];
  #atMs: number;

  /**
   * `from`: continue there; rules it does not know start idle. `past`: observations up to `from`, as far back as `longestMemoryMs`.
   * `open`: records of events that are on, by rule.
   */
  constructor(
    rules: readonly RuleInForce[],
    zone: string,
    from: UnitCheckpoint | null,
    past: readonly Observation[],
    open: readonly EventRecord[] = [],
  ) {
    this.#atMs = from?.atMs ?? Number.NEGATIVE_INFINITY;
    this.#held = rules
      .filter(({ rule }) => rule.enabled)
      .map((inForce) => {
        const { rule, sinceMs } = inForce;
        // A position from before the rule's present wording says nothing about it.
        const state = (from !== null && from.atMs >= sinceMs ? from.states[rule.id] : undefined) ?? initialState;
        // A new wording need not wait an hour for its hour: what was measured before it fills its windows.
        const relevant = past.filter((one) => one.atMs > this.#atMs - memoryMs(rule));
        const held: Held = { inForce, evaluator: null, record: null, because: null, sample: null, failure: null };
        guard(held, () => {
          held.evaluator = createRuleEvaluator(rule, zone, state, relevant, sinceMs);
        });
        const episode = episodeOf(state) ?? formerEpisodeOf(state);
        held.record = open.find((record) => record.id === episode?.id) ?? null;
        return held;
      });
  }

  /** Time of the newest observation. */
  get atMs(): number {
    return this.#atMs;
  }

  /** Takes in the next observation; they come in the order of their own time. `late`: it is too old for anybody to be woken. */
  observe(observation: Observation, late: boolean): AlertChange[] {
    this.#atMs = Math.max(this.#atMs, observation.atMs);
    const changes: AlertChange[] = [];
    for (const held of this.#held) {
      const { evaluator } = held;
      if (evaluator === null || held.failure !== null) continue;
      guard(held, () => {
        if (observation.atMs < held.inForce.sinceMs) {
          evaluator.remember(observation);
          return;
        }
        const evaluation = evaluator.observe(observation);
        held.because = evaluation.because ?? held.because;
        held.sample = evaluation.sample ?? held.sample;
        for (const effect of evaluation.effects) changes.push(this.#recorded(held, effect, evaluation.because, late));
      });
    }
    return changes;
  }

  /** Ends what a rule has open, from outside: the rule was changed or switched off, or a person says so. */
  end(rule: string, atMs: number, reason: 'rule_changed' | 'rule_disabled' | 'operator'): AlertChange[] {
    const held = this.#held.find((one) => one.inForce.rule.id === rule);
    return held?.evaluator?.end(atMs, reason).map((effect) => this.#recorded(held, effect, null, false)) ?? [];
  }

  /** Whether an episode's window of the schedule was over at `atMs` while no reading has shown it yet. */
  hasOutlived(atMs: number): boolean {
    return this.#held.some((held) => windowEndOf(held) <= atMs);
  }

  /** Ends the episodes whose window was over at `atMs`, at the window's end. */
  outlive(atMs: number): AlertChange[] {
    return this.#held.flatMap((held) => {
      const endMs = windowEndOf(held);
      if (endMs > atMs) return [];
      return held.evaluator?.end(endMs, 'window_end').map((effect) => this.#recorded(held, effect, null, false)) ?? [];
    });
  }

  checkpoint(): UnitCheckpoint {
    return {
      atMs: this.#atMs,
      states: Object.fromEntries(this.#held.map((held) => [held.inForce.rule.id, held.evaluator?.state ?? initialState])),
    };
  }

  standing(rule: string): RuleStanding | null {
    const held = this.#held.find((one) => one.inForce.rule.id === rule);
    return held === undefined
      ? null
      : { state: held.evaluator?.state ?? initialState, because: held.because, sample: held.sample, failure: held.failure };
  }

  #recorded(held: Held, effect: Effect, because: Because | null, late: boolean): AlertChange {
    const { rule } = held.inForce;
    const text =
      effect.kind === 'clear' && effect.reason !== 'recovered'
        ? `ended: ${effect.reason.replaceAll('_', ' ')}`
        : because === null
          ? ''
          : sentenceOf(because);
    const before = held.record?.id === effect.episode.id ? held.record : null;
    held.record = recordEffect(before, effect, rule, text, late);
    return { rule, effect, record: held.record, text };
  }
}

function windowEndOf(held: Held): number {
  const episode = held.evaluator === null ? null : episodeOf(held.evaluator.state);
  return episode?.windowEndMs ?? Number.POSITIVE_INFINITY;
}

/** How far back a unit's readings are needed to fill the windows of these rules. */
export function longestMemoryMs(rules: readonly RuleInForce[]): number {
  return rules.reduce((longest, { rule }) => Math.max(longest, memoryMs(rule)), 0);
}

/** A rule that throws is a bug of ours or of the rule; either way it must not silence the others. */
function guard(held: Held, work: () => void): void {
  try {
    work();
  } catch (error) {
    held.failure = error instanceof Error ? error.message : String(error);
  }
}
