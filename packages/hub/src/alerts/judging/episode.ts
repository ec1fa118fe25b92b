/** One alert episode, and the two clocks by which the machine judges it: what has held for how long, and in which window of the schedule. Pure. Neighbour: machine.ts. */
import type { Rule } from '../rules/rule.ts';
import type { OpenWindow } from '../rules/schedule.ts';

/** For how long a condition has held: since when, and how much of that time was covered by readings. */
export interface Run {
  readonly sinceMs: number;
  readonly coveredMs: number;
}

/** The window of the schedule in which something lives, and when that is over. */
export interface Place {
  readonly window: number;
  readonly endMs: number;
}

/** One episode. Its id follows from rule and onset; one that was written down with another onset before late readings came keeps the id it was told by. */
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
  /** `null` without a schedule. */
  readonly place: Place | null;
}

/** Why an episode ended. */
export type EndReason = 'recovered' | 'window_end' | 'rule_changed' | 'rule_disabled' | 'measurement_stopped' | 'operator';

/** A value as the machine weighs it, within an open window. */
export interface Seen {
  readonly atMs: number;
  readonly coveredMs: number;
  readonly value: number;
  readonly thresholds: readonly number[];
  readonly place: Place | null;
}

export function newEpisode(rule: Rule, onsetMs: number, level: number, seen: Seen): AlertEpisode {
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
    place: seen.place,
  };
}

/** The former episode, begun again. */
export function reopened(rule: Rule, former: AlertEpisode, level: number, seen: Seen): AlertEpisode {
  return withPeak(rule, withLevel({ ...former, count: former.count + 1, place: seen.place }, level, seen), seen);
}

/** The episode at another level; the gravest one stays remembered, with its threshold. */
export function withLevel(episode: AlertEpisode, level: number, seen: Seen): AlertEpisode {
  const threshold = level > episode.gravest ? (seen.thresholds[level] ?? episode.threshold) : episode.threshold;
  return { ...episode, level, gravest: Math.max(level, episode.gravest), threshold };
}

export function withPeak(rule: Rule, episode: AlertEpisode, seen: Seen): AlertEpisode {
  return exceeds(rule, seen.value, episode.peakValue) ? { ...episode, peakValue: seen.value, peakMs: seen.atMs } : episode;
}

export function exceeds(rule: Rule, value: number, threshold: number): boolean {
  return rule.comparison === 'above' ? value > threshold : value < threshold;
}

/** Per level, for how long it has been exceeded without a break. */
export function overRuns(rule: Rule, before: readonly (Run | null)[], seen: Seen): (Run | null)[] {
  return seen.thresholds.map((threshold, level) =>
    exceeds(rule, seen.value, threshold) ? longer(before[level] ?? null, seen) : null,
  );
}

export function longer(run: Run | null, seen: Seen): Run {
  return run === null
    ? { sinceMs: seen.atMs - seen.coveredMs, coveredMs: seen.coveredMs }
    : { sinceMs: run.sinceMs, coveredMs: run.coveredMs + seen.coveredMs };
}

/** The gravest level that has held for the rule's time; -1 for none. */
export function heldLevel(rule: Rule, over: readonly (Run | null)[]): number {
  return over.findLastIndex((run) => run !== null && run.coveredMs >= rule.hold_s * 1000);
}

/** The gravest level, at most `level`, that the value has not left by more than the margin; -1 for none. */
export function stillHeldLevel(rule: Rule, level: number, seen: Seen): number {
  const sign = rule.comparison === 'above' ? 1 : -1;
  for (let index = level; index >= 0; index -= 1) {
    if ((seen.value - (seen.thresholds[index] ?? 0)) * sign >= -rule.clear_margin) return index;
  }
  return -1;
}

/** The place in which something that lives in `held` lives on at this instant, or `null` when its window is over. */
export function placeAfter(held: Place, open: OpenWindow | null): Place | null {
  if (open === null || open.window !== held.window || open.fromMs >= held.endMs) return null;
  return open.untilMs === held.endMs ? held : { window: held.window, endMs: open.untilMs };
}
