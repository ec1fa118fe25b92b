/**
 * The whole life of one rule on one unit. Pure: time arrives with the input, the caller carries out the effects.
 * Live data, late data, replay and rehearsal all call `step`; that is why they agree.
 * Neighbours: metric.ts makes the samples, rule-evaluator.ts folds them, event-story.ts writes down what happened.
 */
import type { Because } from './because.ts';
import {
  type AlertEpisode,
  type EndReason,
  exceeds,
  heldLevel,
  longer,
  newEpisode,
  overRuns,
  type Place,
  placeAfter,
  reopened,
  type Run,
  type Seen,
  stillHeldLevel,
  withLevel,
  withPeak,
} from './episode.ts';
import type { Rule } from '../rules/rule.ts';
import type { OpenWindow } from '../rules/schedule.ts';

/** An episode that is over, for as long as another onset could continue it. */
interface Former {
  readonly episode: AlertEpisode;
  readonly clearMs: number;
}

type Running =
  | { readonly name: 'idle'; readonly former: Former | null }
  | {
      readonly name: 'pending';
      readonly over: readonly (Run | null)[];
      readonly former: Former | null;
      readonly place: Place | null;
    }
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
      readonly window: OpenWindow | 'always' | null;
    }
  /** No reading for longer than the rule tolerates. */
  | { readonly kind: 'silence'; readonly atMs: number }
  /** Nothing but that it is `atMs`: the window of what is on may be over. */
  | { readonly kind: 'time'; readonly atMs: number; readonly window: OpenWindow | 'always' | null }
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
    case 'time': {
      const { state: after, effects } = inItsWindow(running, input);
      return { state: after === running ? state : after, effects, because: { code: 'outside-window' } };
    }
    case 'end':
      return {
        state: initialState,
        effects: endedBy(running, input.atMs, input.reason),
        because: { code: 'ended', reason: input.reason },
      };
    case 'sample': {
      const within = inItsWindow(running, input);
      const sampled = weighed(rule, within.state, input);
      return within.effects.length === 0 ? sampled : { ...sampled, effects: [...within.effects, ...sampled.effects] };
    }
  }
}

type SampleInput = Extract<MachineInput, { kind: 'sample' }>;

/** What is left of the state now that it is `atMs`: what lived in a window that is over has ended with it, at its very end. */
function inItsWindow(
  state: Running,
  { atMs, window }: Pick<SampleInput, 'atMs' | 'window'>,
): { readonly state: Running; readonly effects: readonly Effect[] } {
  const place = placeOf(state);
  if (place === null || window === 'always') return { state, effects: [] };
  const after = placeAfter(place, window);
  if (after === place) return { state, effects: [] };
  if (after !== null) return { state: movedTo(state, after), effects: [] };
  // A calendar that was changed meanwhile ends it now, never in the future.
  return { state: { name: 'idle', former: null }, effects: endedBy(state, Math.min(place.endMs, atMs), 'window_end') };
}

function weighed(rule: Rule, state: Running, input: SampleInput): Step {
  const { window } = input;
  if (window === null) return { state: { name: 'idle', former: null }, effects: [], because: { code: 'outside-window' } };
  if (input.value === null) return { state, effects: [], because: { code: 'no-value' } };
  const openMs = window === 'always' ? Number.POSITIVE_INFINITY : Math.max(0, input.atMs - window.fromMs);
  const seen: Seen = {
    atMs: input.atMs,
    // What held before the window opened counts from its opening.
    coveredMs: Math.min(input.coveredMs, openMs),
    value: input.value,
    thresholds: input.thresholds,
    place: window === 'always' ? null : { window: window.window, endMs: window.untilMs },
  };
  const over = overRuns(rule, state.name === 'idle' ? [] : state.over, seen);
  return state.name === 'idle' || state.name === 'pending' ? quiet(rule, state, over, seen) : alerting(rule, state, over, seen);
}

type Quiet = Extract<Running, { readonly former: unknown }>;
type Alerting = Exclude<Running, Quiet>;

/** No episode yet: wait until a level has held for long enough. */
function quiet(rule: Rule, state: Quiet, over: readonly (Run | null)[], seen: Seen): Step {
  const threshold = seen.thresholds[0] ?? 0;
  const first = over[0] ?? null;
  const beganMs = first?.sinceMs ?? seen.atMs;
  const former = state.former !== null && beganMs - state.former.clearMs <= rule.merge_s * 1000 ? state.former : null;
  if (first === null)
    return { state: { name: 'idle', former }, effects: [], because: { code: 'quiet', value: seen.value, threshold } };
  const level = heldLevel(rule, over);
  if (level < 0) {
    const because: Because = {
      code: 'holding',
      value: seen.value,
      threshold,
      doneMs: first.coveredMs,
      neededMs: rule.hold_s * 1000,
    };
    return { state: { name: 'pending', over, former, place: seen.place }, effects: [], because };
  }
  const episode = former === null ? newEpisode(rule, beganMs, level, seen) : reopened(rule, former.episode, level, seen);
  const effect: Effect = { kind: former === null ? 'onset' : 'reopen', atMs: beganMs, value: seen.value, episode };
  return {
    state: { name: 'active', over, episode },
    effects: [effect],
    because: { code: 'over', value: seen.value, threshold: seen.thresholds[level] ?? threshold },
  };
}

/** An episode is on: it may grow graver, milder, or end. */
function alerting(rule: Rule, state: Alerting, over: readonly (Run | null)[], seen: Seen): Step {
  const peaked = withPeak(rule, state.episode, seen);
  const threshold = seen.thresholds[peaked.level] ?? 0;
  const risen = heldLevel(rule, over);
  if (risen > peaked.level) {
    const episode = withLevel(peaked, risen, seen);
    const effect: Effect = { kind: 'level-up', atMs: seen.atMs, value: seen.value, episode };
    return {
      state: { name: 'active', over, episode },
      effects: [effect],
      because: { code: 'over', value: seen.value, threshold: seen.thresholds[risen] ?? threshold },
    };
  }
  const still = stillHeldLevel(rule, peaked.level, seen);
  if (still === peaked.level) {
    const code = exceeds(rule, seen.value, threshold) ? 'over' : 'near';
    return {
      state: { name: 'active', over, episode: peaked },
      effects: [],
      because: { code, value: seen.value, threshold },
    };
  }

  const under = longer(state.name === 'recovering' ? state.under : null, seen);
  const neededMs = rule.clear_hold_s * 1000;
  // The mildest of the levels that the value has left.
  const left = seen.thresholds[still + 1] ?? threshold;
  if (under.coveredMs < neededMs) {
    const because: Because = { code: 'clearing', value: seen.value, threshold: left, doneMs: under.coveredMs, neededMs };
    return { state: { name: 'recovering', over, under, episode: peaked }, effects: [], because };
  }
  const quieter: Because = { code: 'quiet', value: seen.value, threshold: left };
  if (still >= 0) {
    const episode = withLevel(peaked, still, seen);
    const effect: Effect = { kind: 'level-down', atMs: seen.atMs, value: seen.value, episode };
    return { state: { name: 'active', over, episode }, effects: [effect], because: quieter };
  }
  // The end is when the value fell, not when we had waited long enough to believe it.
  const clearMs = Math.max(peaked.onsetMs, under.sinceMs);
  const effect: Effect = { kind: 'clear', atMs: clearMs, value: seen.value, episode: peaked, reason: 'recovered' };
  const former = rule.merge_s > 0 ? { episode: peaked, clearMs } : null;
  return { state: { name: 'idle', former }, effects: [effect], because: quieter };
}

function endedBy(state: Running, atMs: number, reason: EndReason): Effect[] {
  const episode = episodeOf(state);
  return episode === null ? [] : [{ kind: 'clear', atMs: Math.max(episode.onsetMs, atMs), value: null, episode, reason }];
}

/** The window in which what is going on lives; `null` where nothing is or where there is no schedule. */
export function placeOf(state: MachineState): Place | null {
  const running = state.name === 'suspended' ? state.held : state;
  switch (running.name) {
    case 'idle':
      return running.former?.episode.place ?? null;
    case 'pending':
      return running.place;
    case 'active':
    case 'recovering':
      return running.episode.place;
  }
}

function movedTo(state: Running, place: Place): Running {
  const moved = (former: Former | null): Former | null =>
    former === null ? null : { ...former, episode: { ...former.episode, place } };
  switch (state.name) {
    case 'idle':
      return { ...state, former: moved(state.former) };
    case 'pending':
      return { ...state, place, former: moved(state.former) };
    case 'active':
    case 'recovering':
      return { ...state, episode: { ...state.episode, place } };
  }
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
