/**
 * All rules of one unit, folded over its observations. Deterministic; shared by the live path, late data, restarts and rehearsal.
 * A rule that fails is set aside with its reason and stops no other. Neighbours: rule-evaluator.ts for one rule, unit-readings.ts holds one of these.
 */
import type { Frame } from '@slmm/protocol';
import { type Because, sentenceOf } from './because.ts';
import { type EventStory, toldOn, withEpisode } from './event-story.ts';
import { type Effect, episodeOf, formerEpisodeOf, initialState, type MachineState } from './machine.ts';
import type { MetricSample, Observation } from './observation.ts';
import type { Rule } from '../rules/rule.ts';
import { createRuleEvaluator, type RuleEvaluator, ruleMemoryMs } from './rule-evaluator.ts';
import type { RuleInForce } from '../rules/rule-in-force.ts';

/** Where one wording of a rule stands, with the story of what it has on or had on a moment ago. */
export interface RulePosition {
  /** Which wording it is. */
  readonly sinceMs: number;
  readonly state: MachineState;
  readonly story: EventStory | null;
}

/** Everything that must be known to go on from an instant, given the readings after it (and those within the rules' memory before it). */
export interface UnitCheckpoint {
  /** Time of the last observation that is in it. */
  readonly atMs: number;
  readonly run: Frame['run'];
  /** Place of the last reading in its stream: the next one that skips a number follows something that is missing. */
  readonly newest: { readonly epoch: string; readonly seq: number } | null;
  /** By rule id. */
  readonly rules: Readonly<Record<string, RulePosition>>;
}

export const emptyCheckpoint = (atMs: number): UnitCheckpoint => ({ atMs, run: 'unknown', newest: null, rules: {} });

/** What one observation changed. */
export interface AlertChange {
  readonly rule: Rule;
  readonly effect: Effect;
  readonly story: EventStory;
}

/** Present position of a rule, for the page: why it fires, or why not. */
export interface RuleStanding {
  readonly state: MachineState;
  /** The event that is on; `null` for none. */
  readonly event: string | null;
  readonly because: Because | null;
  readonly sample: MetricSample | null;
  /** Why the rule was set aside; `null` for a rule that works. */
  readonly failure: string | null;
}

interface Held {
  readonly inForce: RuleInForce;
  /** `null` for a rule that could not even be set up. */
  evaluator: RuleEvaluator | null;
  story: EventStory | null;
  because: Because | null;
  sample: MetricSample | null;
  failure: string | null;
  /** The wording is over. */
  ended: boolean;
  /** Where it stood at the last observation, when time alone has ended something since. */
  seen: Pick<RulePosition, 'state' | 'story'> | null;
}

export class UnitAlerts {
  readonly #held: readonly Held[];
  #atMs: number;
  #frontierMs: number;
  #run: Frame['run'];
  #newest: UnitCheckpoint['newest'];

  /** Continues from `from`; wordings that it does not know start idle. `past`: observations up to `from`, oldest first, as far back as `longestMemoryMs`. */
  constructor(wordings: readonly RuleInForce[], from: UnitCheckpoint, past: readonly Observation[]) {
    this.#atMs = from.atMs;
    this.#frontierMs = from.atMs;
    this.#run = from.run;
    this.#newest = from.newest;
    this.#held = wordings
      .filter(({ untilMs }) => untilMs === null || untilMs > from.atMs)
      .map((inForce) => {
        const { rule, zone, sinceMs } = inForce;
        const known = from.rules[rule.id];
        const position = known?.sinceMs === sinceMs ? known : null;
        const held: Held = {
          inForce,
          evaluator: null,
          story: position?.story ?? null,
          because: null,
          sample: null,
          failure: null,
          ended: false,
          seen: null,
        };
        guard(held, () => {
          const state = position?.state ?? initialState;
          // A new wording need not wait an hour for its hour: what was measured before it fills its windows.
          const fromMs = from.atMs - ruleMemoryMs(rule, zone, from.atMs);
          held.evaluator = createRuleEvaluator(rule, {
            zone,
            state,
            past: past.filter((one) => one.atMs > fromMs),
            sinceMs,
            run: from.run,
          });
        });
        return held;
      });
  }

  /** Time of the newest observation. */
  get atMs(): number {
    return this.#atMs;
  }

  /** Up to where the story is told: at the newest observation, or later where time alone has ended something. What lies before it and comes now is late. */
  get frontierMs(): number {
    return this.#frontierMs;
  }

  get newest(): UnitCheckpoint['newest'] {
    return this.#newest;
  }

  get wordings(): readonly RuleInForce[] {
    return this.#held.map(({ inForce }) => inForce);
  }

  /** Takes in the next observation; they come in the order of their own time. */
  observe(observation: Observation): AlertChange[] {
    const { atMs } = observation;
    this.#atMs = Math.max(this.#atMs, atMs);
    this.#frontierMs = Math.max(this.#frontierMs, atMs);
    if (observation.kind === 'frame') {
      const { run, epoch, seq } = observation.frame;
      if (run !== 'unknown') this.#run = run;
      this.#newest = { epoch, seq };
    }
    const changes: AlertChange[] = [];
    for (const held of this.#held) {
      const { evaluator, inForce } = held;
      held.seen = null;
      if (evaluator === null || held.failure !== null || held.ended) continue;
      try {
        if (atMs < inForce.sinceMs) evaluator.remember(observation);
        else if (inForce.untilMs !== null && atMs >= inForce.untilMs) {
          held.ended = true;
          for (const effect of evaluator.end(inForce.untilMs, inForce.endReason ?? 'rule_changed'))
            changes.push(changeOf(held, effect, null, inForce.untilMs));
        } else {
          const { effects, because, sample } = evaluator.observe(observation);
          held.because = because ?? held.because;
          held.sample = sample ?? held.sample;
          for (const effect of effects) changes.push(changeOf(held, effect, because, atMs));
        }
      } catch (error) {
        fail(held, error);
      }
    }
    return changes;
  }

  /** It is `atMs`, and no observation shows it: windows of schedules that are over by then end what lived in them. */
  advance(atMs: number): AlertChange[] {
    return this.#held.flatMap((held) => this.#passed(held, atMs, () => held.evaluator?.advance(atMs) ?? []));
  }

  /** Ends the wordings that are over, and with them what they had open, also when no reading comes any more to show it. */
  endWordings(): AlertChange[] {
    return this.#held.flatMap((held) => {
      const { untilMs, endReason } = held.inForce;
      if (untilMs === null || held.ended) return [];
      const changes = this.#passed(held, untilMs, () => held.evaluator?.end(untilMs, endReason ?? 'rule_changed') ?? []);
      held.ended = true;
      // Readings from before it would have been its own.
      this.#frontierMs = Math.max(this.#frontierMs, untilMs);
      return changes;
    });
  }

  /** Where everything stood at the newest observation: what time alone has ended since is ended again by whoever goes on from here. */
  checkpoint(): UnitCheckpoint {
    const rules: Record<string, RulePosition> = {};
    for (const { inForce, evaluator, story, ended, seen } of this.#held) {
      const state = seen?.state ?? (ended ? initialState : (evaluator?.state ?? initialState));
      // One wording of a rule counts at a time; those that are over or have not begun are where every wording begins.
      if (isBlank(state)) continue;
      rules[inForce.rule.id] = { sinceMs: inForce.sinceMs, state, story: storyIn(state, seen === null ? story : seen.story) };
    }
    return { atMs: this.#atMs, run: this.#run, newest: this.#newest, rules };
  }

  /** Stories of what is on, with their peaks as they stand, and of what is over and may still go on. */
  stories(): EventStory[] {
    return this.#held.flatMap(({ evaluator, story, inForce }) => {
      const told = evaluator === null ? null : storyIn(evaluator.state, story);
      if (told === null || evaluator === null) return [];
      const episode = episodeOf(evaluator.state);
      return [episode === null ? told : withEpisode(told, episode, inForce.rule)];
    });
  }

  standing(rule: string): RuleStanding | null {
    const held = this.#held.find(({ inForce }) => inForce.rule.id === rule && inForce.untilMs === null);
    if (held === undefined) return null;
    const state = held.evaluator?.state ?? initialState;
    const { because, sample, failure } = held;
    return { state, event: episodeOf(state)?.id ?? null, because, sample, failure };
  }

  /** Rules that were set aside, with what is wrong with them. */
  failures(): { readonly rule: string; readonly failure: string }[] {
    return this.#held.flatMap(({ inForce, failure }) => (failure === null ? [] : [{ rule: inForce.rule.id, failure }]));
  }

  /** What the passing of time alone does to a rule. */
  #passed(held: Held, atMs: number, work: () => readonly Effect[]): AlertChange[] {
    if (held.ended || held.failure !== null || held.evaluator === null) return [];
    const seen = { state: held.evaluator.state, story: held.story };
    const effects = work();
    if (held.evaluator.state !== seen.state) {
      held.seen ??= seen;
      this.#frontierMs = Math.max(this.#frontierMs, atMs);
    }
    return effects.map((effect) => changeOf(held, effect, null, atMs));
  }
}

/** Nothing that would have to be remembered. */
function isBlank(state: MachineState): boolean {
  return state.name === 'idle' && state.former === null;
}

/** The story that the state is about: of an episode that is on, or over and not out of mind yet. */
function storyIn(state: MachineState, story: EventStory | null): EventStory | null {
  const episode = episodeOf(state) ?? formerEpisodeOf(state);
  return episode !== null && story?.id === episode.id ? story : null;
}

function changeOf(held: Held, effect: Effect, because: Because | null, shownMs: number): AlertChange {
  const { rule, sinceMs } = held.inForce;
  const text =
    effect.kind === 'clear' && effect.reason !== 'recovered'
      ? `ended: ${effect.reason.replaceAll('_', ' ')}`
      : because === null
        ? ''
        : sentenceOf(because, rule);
  const before = held.story?.id === effect.episode.id ? held.story : null;
  held.story = toldOn(before, effect, rule, sinceMs, text, shownMs);
  return { rule, effect, story: held.story };
}

/** How far back from an instant a unit's readings are needed to fill the windows of these rules. */
export function longestMemoryMs(wordings: readonly RuleInForce[], atMs: number): number {
  return wordings.reduce((longest, { rule, zone }) => Math.max(longest, ruleMemoryMs(rule, zone, atMs)), 0);
}

/** A rule that throws is a bug of ours or of the rule; either way it must not silence the others. */
function guard(held: Held, work: () => void): void {
  try {
    work();
  } catch (error) {
    fail(held, error);
  }
}

function fail(held: Held, error: unknown): void {
  held.failure = error instanceof Error ? error.message : String(error);
}
