/**
 * The whole life of one rule on one unit. Pure: time arrives with the input, the caller carries out the effects.
 * Live data, late data, replay and rehearsal all call `step`; that is why they agree.
 * Neighbours: metric.ts makes the samples, evaluate.ts folds them, notify/decision.ts decides who is told.
 */
import type { Rule } from './rule.ts';
import type { Occurrence } from './schedule.ts';

/** For how long a condition has held: since when, and how much of that time was covered by readings. */
interface Run {
  readonly sinceMs: number;
  readonly coveredMs: number;
}

/** One episode. Its id follows from rule and onset, so that whoever computes it again finds the same one. */
export interface AlertEpisode {
  readonly id: string;
  readonly onsetMs: number;
  readonly onsetValue: number;
  /** Index into the rule's levels: the gravest that holds now. */
  readonly level: number;
  readonly gravest: number;
  readonly peakValue: number;
  readonly peakMs: number;
  /** Threshold of the gravest level, as it was when that was reached: windows may have their own. `null` where there is none. */
  readonly threshold: number | null;
  /** How often it began again within the merging time; 1 for the plain case. */
  readonly count: number;
  /** End of the schedule's window in which it lives; `null` without a schedule. */
  readonly windowEndMs: number | null;
}

/** Why an episode ended. */
export type EndReason = 'recovered' | 'window_end' | 'rule_changed' | 'rule_disabled' | 'measurement_stopped' | 'operator';

/** An episode that is over, for as long as another onset could continue it. */
interface Former {
  readonly episode: AlertEpisode;
  readonly clearMs: number;
}

type Running =
  | { readonly name: 'idle'; readonly former: Former | null }
  | { readonly name: 'pending'; readonly over: readonly (Run | null)[]; readonly former: Former | null }
  | { readonly name: 'active'; readonly over: readonly (Run | null)[]; readonly episode: AlertEpisode }
  | { readonly name: 'recovering'; readonly over: readonly (Run | null)[]; readonly under: Run; readonly episode: AlertEpisode };

/** `suspended` holds what was there before the data stopped: silence neither raises nor resolves an alert. */
export type MachineState = Running | { readonly name: 'suspended'; readonly held: Running; readonly sinceMs: number };

export type MachineInput =
  /** A value of the metric at `atMs` that speaks for the `coveredMs` before it. `null`: there was a reading, but the metric cannot be believed. */
  | {
      readonly kind: 'sample';
      readonly atMs: number;
      readonly coveredMs: number;
      readonly value: number | null;
      readonly thresholds: readonly number[];
      /** `'always'` without a schedule. */
      readonly window: Occurrence | 'always' | null;
    }
  /** No reading for longer than the rule tolerates. */
  | { readonly kind: 'silence'; readonly atMs: number }
  | { readonly kind: 'end'; readonly atMs: number; readonly reason: Exclude<EndReason, 'recovered'> };

export type Effect =
  | {
      readonly kind: 'onset' | 'reopen' | 'level-up' | 'level-down';
      readonly atMs: number;
      readonly value: number;
      readonly episode: AlertEpisode;
    }
  | {
      readonly kind: 'clear';
      readonly atMs: number;
      readonly value: number | null;
      readonly episode: AlertEpisode;
      readonly reason: EndReason;
    };

/** Why the step went as it did; `sentenceOf` puts it into words. */
export type Because =
  | { readonly code: 'outside-window' | 'no-value' | 'silence' | 'ended' }
  | { readonly code: 'below' | 'above'; readonly value: number; readonly threshold: number }
  | {
      readonly code: 'holding' | 'clearing';
      readonly value: number;
      readonly threshold: number;
      readonly doneMs: number;
      readonly neededMs: number;
    };

export interface Step {
  readonly state: MachineState;
  readonly effects: readonly Effect[];
  readonly because: Because;
}

export const initialState: MachineState = { name: 'idle', former: null };

/** One input, one new state, and what has to be done about it. */
export function step(rule: Rule, state: MachineState, input: MachineInput): Step {
  const running = state.name === 'suspended' ? state.held : state;
  switch (input.kind) {
    case 'silence':
      return {
        state: state.name === 'suspended' ? state : { name: 'suspended', held: running, sinceMs: input.atMs },
        effects: [],
        because: { code: 'silence' },
      };
    case 'end':
      return { state: initialState, effects: endedBy(running, input.atMs, input.reason), because: { code: 'ended' } };
    case 'sample':
      return sampled(rule, running, input);
  }
}

type SampleInput = Extract<MachineInput, { kind: 'sample' }>;

function sampled(rule: Rule, state: Running, input: SampleInput): Step {
  const windowEndMs = input.window === 'always' || input.window === null ? null : input.window.endMs;
  const episode = episodeOf(state);
  if (episode !== null && episode.windowEndMs !== null && episode.windowEndMs !== windowEndMs) {
    // A calendar that was changed meanwhile ends it now, never in the future.
    const closed = endedBy(state, Math.min(episode.windowEndMs, input.atMs), 'window_end');
    const next = sampled(rule, { name: 'idle', former: null }, input);
    return { ...next, effects: [...closed, ...next.effects] };
  }
  if (input.window === null) return { state: { name: 'idle', former: null }, effects: [], because: { code: 'outside-window' } };
  if (input.value === null) return { state, effects: [], because: { code: 'no-value' } };
  const windowStartMs = input.window === 'always' ? Number.NEGATIVE_INFINITY : input.window.startMs;
  const seen = {
    ...input,
    value: input.value,
    coveredMs: Math.min(input.coveredMs, Math.max(0, input.atMs - windowStartMs)),
    windowEndMs,
  };
  const over = overRuns(rule, state.name === 'idle' ? [] : state.over, seen);
  return episode === null ? quiet(rule, state, over, seen) : alerting(rule, state, episode, over, seen);
}

type Seen = SampleInput & { readonly value: number; readonly windowEndMs: number | null };

/** No episode yet: wait until a level has held for long enough. */
function quiet(rule: Rule, state: Running, over: readonly (Run | null)[], seen: Seen): Step {
  const former =
    'former' in state && state.former !== null && seen.atMs - state.former.clearMs <= rule.merge_s * 1000 ? state.former : null;
  const threshold = seen.thresholds[0] ?? 0;
  const first = over[0] ?? null;
  if (first === null)
    return { state: { name: 'idle', former }, effects: [], because: { code: 'below', value: seen.value, threshold } };
  const level = heldLevel(rule, over);
  if (level < 0) {
    const because: Because = {
      code: 'holding',
      value: seen.value,
      threshold,
      doneMs: first.coveredMs,
      neededMs: rule.hold_s * 1000,
    };
    return { state: { name: 'pending', over, former }, effects: [], because };
  }
  const episode = former === null ? newEpisode(rule, first.sinceMs, level, seen) : reopened(rule, former.episode, level, seen);
  const effect: Effect = {
    kind: former === null ? 'onset' : 'reopen',
    atMs: former === null ? episode.onsetMs : first.sinceMs,
    value: seen.value,
    episode,
  };
  return {
    state: { name: 'active', over, episode },
    effects: [effect],
    because: { code: 'above', value: seen.value, threshold: seen.thresholds[level] ?? threshold },
  };
}

/** An episode is on: it may grow graver, milder, or end. */
function alerting(rule: Rule, state: Running, before: AlertEpisode, over: readonly (Run | null)[], seen: Seen): Step {
  const peaked = exceeds(rule, seen.value, before.peakValue) ? { ...before, peakValue: seen.value, peakMs: seen.atMs } : before;
  const threshold = seen.thresholds[peaked.level] ?? 0;
  const risen = heldLevel(rule, over);
  if (risen > peaked.level) {
    const grave = Math.max(risen, peaked.gravest);
    const reached = grave > peaked.gravest ? (seen.thresholds[grave] ?? peaked.threshold) : peaked.threshold;
    const episode = { ...peaked, level: risen, gravest: grave, threshold: reached };
    const effect: Effect = { kind: 'level-up', atMs: seen.atMs, value: seen.value, episode };
    return {
      state: { name: 'active', over, episode },
      effects: [effect],
      because: { code: 'above', value: seen.value, threshold: seen.thresholds[risen] ?? threshold },
    };
  }
  const still = stillHeldLevel(rule, peaked.level, seen);
  if (still === peaked.level)
    return {
      state: { name: 'active', over, episode: peaked },
      effects: [],
      because: { code: 'above', value: seen.value, threshold },
    };

  const under = longer(state.name === 'recovering' ? state.under : null, seen);
  const neededMs = rule.clear_hold_s * 1000;
  if (under.coveredMs < neededMs) {
    const because: Because = { code: 'clearing', value: seen.value, threshold, doneMs: under.coveredMs, neededMs };
    return { state: { name: 'recovering', over, under, episode: peaked }, effects: [], because };
  }
  if (still >= 0) {
    const episode = { ...peaked, level: still };
    const effect: Effect = { kind: 'level-down', atMs: seen.atMs, value: seen.value, episode };
    return {
      state: { name: 'active', over, episode },
      effects: [effect],
      because: { code: 'below', value: seen.value, threshold },
    };
  }
  // The end is when the value fell, not when we had waited long enough to believe it.
  const clearMs = Math.max(peaked.onsetMs, under.sinceMs);
  const effect: Effect = { kind: 'clear', atMs: clearMs, value: seen.value, episode: peaked, reason: 'recovered' };
  return {
    state: { name: 'idle', former: { episode: peaked, clearMs } },
    effects: [effect],
    because: { code: 'below', value: seen.value, threshold },
  };
}

function endedBy(state: Running, atMs: number, reason: EndReason): Effect[] {
  const episode = episodeOf(state);
  return episode === null ? [] : [{ kind: 'clear', atMs: Math.max(episode.onsetMs, atMs), value: null, episode, reason }];
}

/** The episode that is over and may still go on; `null` where there is none. */
export function formerEpisodeOf(state: MachineState): AlertEpisode | null {
  const running = state.name === 'suspended' ? state.held : state;
  return 'former' in running ? (running.former?.episode ?? null) : null;
}

/** The episode that is on, if one is. */
export function episodeOf(state: MachineState): AlertEpisode | null {
  const running = state.name === 'suspended' ? state.held : state;
  return running.name === 'active' || running.name === 'recovering' ? running.episode : null;
}

function newEpisode(rule: Rule, onsetMs: number, level: number, seen: Seen): AlertEpisode {
  return {
    id: `${rule.id}-${onsetMs.toString(36)}`,
    onsetMs,
    onsetValue: seen.value,
    level,
    gravest: level,
    peakValue: seen.value,
    peakMs: seen.atMs,
    threshold: seen.thresholds[level] ?? null,
    count: 1,
    windowEndMs: seen.windowEndMs,
  };
}

function reopened(rule: Rule, former: AlertEpisode, level: number, seen: Seen): AlertEpisode {
  const higher = exceeds(rule, seen.value, former.peakValue);
  return {
    ...former,
    level,
    gravest: Math.max(level, former.gravest),
    count: former.count + 1,
    peakValue: higher ? seen.value : former.peakValue,
    peakMs: higher ? seen.atMs : former.peakMs,
    threshold: level > former.gravest ? (seen.thresholds[level] ?? former.threshold) : former.threshold,
    windowEndMs: seen.windowEndMs,
  };
}

function exceeds(rule: Rule, value: number, threshold: number): boolean {
  return rule.comparison === 'above' ? value > threshold : value < threshold;
}

/** Per level, for how long it has been exceeded without a break. */
function overRuns(rule: Rule, before: readonly (Run | null)[], seen: Seen): (Run | null)[] {
  return seen.thresholds.map((threshold, level) =>
    exceeds(rule, seen.value, threshold) ? longer(before[level] ?? null, seen) : null,
  );
}

function longer(run: Run | null, seen: Seen): Run {
  return run === null
    ? { sinceMs: seen.atMs - seen.coveredMs, coveredMs: seen.coveredMs }
    : { sinceMs: run.sinceMs, coveredMs: run.coveredMs + seen.coveredMs };
}

/** The gravest level that has held for the rule's time; -1 for none. */
function heldLevel(rule: Rule, over: readonly (Run | null)[]): number {
  return over.findLastIndex((run) => run !== null && run.coveredMs >= rule.hold_s * 1000);
}

/** The gravest level, at most `level`, that the value has not left by more than the margin; -1 for none. */
function stillHeldLevel(rule: Rule, level: number, seen: Seen): number {
  const sign = rule.comparison === 'above' ? 1 : -1;
  for (let index = level; index >= 0; index -= 1) {
    if ((seen.value - (seen.thresholds[index] ?? 0)) * sign > -rule.clear_margin) return index;
  }
  return -1;
}

/** The reason in words, for the log, the database and the page. */
export function sentenceOf(because: Because): string {
  switch (because.code) {
    case 'outside-window':
      return 'outside the schedule';
    case 'no-value':
      return 'not enough readings to believe the value';
    case 'silence':
      return 'no readings: what was there is held';
    case 'ended':
      return 'ended from outside';
    case 'below':
      return `${number(because.value)} is on the quiet side of ${number(because.threshold)}`;
    case 'above':
      return `${number(because.value)} is over the limit of ${number(because.threshold)}`;
    case 'holding':
      return `${number(because.value)} is over ${number(because.threshold)}, for ${seconds(because.doneMs)} of the ${seconds(because.neededMs)} that it takes`;
    case 'clearing':
      return `${number(because.value)} is clear of ${number(because.threshold)}, for ${seconds(because.doneMs)} of the ${seconds(because.neededMs)} that it takes`;
  }
}

const number = (value: number): string => (Math.round(value * 10) / 10).toString();
const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
