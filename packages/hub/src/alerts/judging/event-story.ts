/**
 * What the readings alone say of an episode, from its onset to its end. Pure: part of the fold over a unit's readings, so that telling it again gives the same
 * story. Neighbours: unit-alerts.ts folds effects into stories, event-record.ts adds what people and notifications do to one.
 */
import type { AlertEpisode, EndReason } from './episode.ts';
import type { Effect } from './machine.ts';
import { metricName } from './metric-name.ts';
import type { Rule } from '../rules/rule.ts';

/** One step in the life of an event, for whoever asks why. */
export interface EventStep {
  readonly atMs: number;
  readonly kind: Effect['kind'] | 'acknowledge' | 'comment' | 'superseded';
  readonly text: string;
}

export interface EventStory {
  readonly id: string;
  readonly unit: string;
  readonly rule: string;
  readonly ruleName: string;
  /** From when the wording of the rule counts by which this was told. */
  readonly wordingMs: number;
  readonly metric: string;
  /** Threshold of the gravest level that was reached; `null` where there is none. */
  readonly threshold: number | null;
  readonly level: string | null;
  readonly gravest: string | null;
  readonly onsetMs: number;
  /** Time of the reading that showed the onset: later than it by what the rule asks to hold. */
  readonly shownMs: number;
  readonly onsetValue: number | null;
  readonly peakValue: number | null;
  readonly peakMs: number | null;
  readonly clearMs: number | null;
  readonly endReason: EndReason | null;
  readonly count: number;
  readonly status: 'active' | 'cleared';
  readonly steps: readonly EventStep[];
}

/** Most steps that are kept of one event; of a flapping one the first and the newest tell enough. */
const MAX_STEPS = 100;
const FIRST_STEPS = 10;

/** The story after one more effect, shown by the reading at `shownMs`. `before` is `null` for an episode that is new. */
export function toldOn(
  before: EventStory | null,
  effect: Effect,
  rule: Rule,
  wordingMs: number,
  text: string,
  shownMs: number,
): EventStory {
  const { episode } = effect;
  const cleared = effect.kind === 'clear';
  const base: EventStory = before ?? {
    id: episode.id,
    unit: rule.unit,
    rule: rule.id,
    ruleName: rule.name,
    wordingMs,
    metric: metricName(rule.metric),
    threshold: null,
    level: null,
    gravest: null,
    onsetMs: episode.onsetMs,
    shownMs,
    onsetValue: episode.onsetValue,
    peakValue: null,
    peakMs: null,
    clearMs: null,
    endReason: null,
    count: 1,
    status: 'active',
    steps: [],
  };
  return {
    ...withEpisode(base, episode, rule),
    clearMs: cleared ? effect.atMs : null,
    endReason: cleared ? effect.reason : null,
    status: cleared ? 'cleared' : 'active',
    steps: withStep(base.steps, { atMs: effect.atMs, kind: effect.kind, text }),
  };
}

/** The story with what has grown since its last step: the peak. */
export function withEpisode(story: EventStory, episode: AlertEpisode, rule: Rule): EventStory {
  return {
    ...story,
    threshold: episode.threshold,
    level: rule.levels[episode.level]?.name ?? null,
    gravest: rule.levels[episode.gravest]?.name ?? null,
    peakValue: episode.peakValue,
    peakMs: episode.peakMs,
    count: episode.count,
  };
}

export function withStep(steps: readonly EventStep[], step: EventStep): readonly EventStep[] {
  return steps.length < MAX_STEPS
    ? [...steps, step]
    : [...steps.slice(0, FIRST_STEPS), ...steps.slice(FIRST_STEPS + 1 - MAX_STEPS), step];
}
