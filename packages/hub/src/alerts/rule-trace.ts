/** What a rule decided over a time, and why: a line wherever it changed its mind, so that "why did it fire" and "why did it not" have an answer. Neighbour: rehearse.ts. */
import { type Because, sentenceOf } from './judging/because.ts';
import { exceeds } from './judging/episode.ts';
import type { MachineState } from './judging/machine.ts';
import type { RuleStanding } from './judging/unit-alerts.ts';
import type { Rule } from './rules/rule.ts';

/** From `atMs` on, until the next line. */
export interface TraceLine {
  readonly atMs: number;
  readonly state: MachineState['name'];
  readonly reason: string;
}

/** The value that came nearest to firing, or went furthest past it. */
export interface Extreme {
  readonly atMs: number;
  readonly value: number;
}

/** Of a rule that changes its mind more often, the first lines are kept. */
export const MAX_TRACE_LINES = 500;

export class RuleTrace {
  readonly decisions: TraceLine[] = [];
  extreme: Extreme | null = null;
  readonly #rule: Rule;
  #last: { readonly state: MachineState['name']; readonly code: Because['code'] } | null = null;

  constructor(rule: Rule) {
    this.#rule = rule;
  }

  /** Where the rule stood after the reading at `atMs`. */
  saw({ state, because, sample }: RuleStanding, atMs: number): void {
    const value = sample?.value ?? null;
    if (sample !== null && value !== null && (this.extreme === null || exceeds(this.#rule, value, this.extreme.value)))
      this.extreme = { atMs: sample.atMs, value };
    if (because === null || (this.#last?.state === state.name && this.#last.code === because.code)) return;
    this.#last = { state: state.name, code: because.code };
    if (this.decisions.length < MAX_TRACE_LINES)
      this.decisions.push({ atMs, state: state.name, reason: sentenceOf(because, this.#rule) });
  }
}
