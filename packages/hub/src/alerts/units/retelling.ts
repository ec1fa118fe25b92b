/**
 * A unit's story from a former position on, read from the store: after late readings, at a start, and when a rule has changed. Writes nothing.
 * Neighbours: unit-readings.ts asks and compares with what is written, unit-alerts.ts is the fold.
 */
import type { ReadingStore } from '../../history/reading-store.ts';
import type { EventStory } from '../judging/event-story.ts';
import type { GapMemory } from './gap-memory.ts';
import type { HeardSeqs } from './heard-seqs.ts';
import type { Observation } from '../judging/observation.ts';
import type { RuleInForce } from '../rules/rule-in-force.ts';
import { type AlertChange, longestMemoryMs, UnitAlerts, type UnitCheckpoint } from '../judging/unit-alerts.ts';

const PAGE = 2_000;

type FrameObservation = Extract<Observation, { kind: 'frame' }>;

export interface Retold {
  readonly from: UnitCheckpoint;
  readonly alerts: UnitAlerts;
  /** Positions to tell again from, those before `from` included. */
  readonly gaps: GapMemory;
  /** By the ids they have of their own: what was on at `from`, what was over there and could go on, and everything after it; as they stand in the end. */
  readonly stories: ReadonlyMap<string, EventStory>;
  /** Time of the first reading after `from`; `null` for none. */
  readonly firstMs: number | null;
}

export interface RetellingPlan {
  readonly unit: string;
  readonly wordings: readonly RuleInForce[];
  readonly from: UnitCheckpoint;
  readonly gaps: GapMemory;
  /** Takes in the numbers of the readings that were read. */
  readonly heard: HeardSeqs;
  /** Present time by the clock that stamps the readings; for how long before it readings may still come. */
  readonly nowMs: () => number;
  readonly lateMs: number;
}

export async function retell(plan: RetellingPlan, readings: Pick<ReadingStore, 'readings'>): Promise<Retold> {
  const { unit, wordings, from, heard, lateMs } = plan;
  const past: FrameObservation[] = [];
  for await (const one of read(readings, unit, from.atMs - longestMemoryMs(wordings, from.atMs) + 1, from.atMs + 1))
    past.push(one);
  const alerts = new UnitAlerts(wordings, from, past);
  const gaps = plan.gaps.before(from.atMs);
  const stories = new Map(alerts.stories().map((story) => [story.id, story]));
  const take = (changes: readonly AlertChange[]): void => {
    for (const { story } of changes) stories.set(story.id, story);
  };
  let firstMs: number | null = null;
  for await (const one of read(readings, unit, from.atMs + 1, Number.MAX_SAFE_INTEGER)) {
    firstMs ??= one.atMs;
    heard.add(one.frame.epoch, one.frame.seq);
    if (gaps.isWorthKeeping(alerts, one)) gaps.keep(alerts.checkpoint());
    take(alerts.observe(one));
  }
  take(alerts.endWordings());
  take(alerts.advance(plan.nowMs() - lateMs));
  for (const story of alerts.stories()) stories.set(story.id, story);
  return { from, alerts, gaps, stories, firstMs };
}

/** What our own meters said: rows of imported series alert nobody. */
async function* read(
  store: Pick<ReadingStore, 'readings'>,
  unit: string,
  fromMs: number,
  toMs: number,
): AsyncGenerator<FrameObservation> {
  if (toMs <= fromMs) return;
  let after: string | undefined;
  do {
    const page = await store.readings({
      unit,
      fromMs: Math.max(0, Math.floor(fromMs)),
      toMs,
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    for (const { atMs, frame, imported } of page.readings) if (imported !== true) yield { kind: 'frame', atMs, frame };
    after = page.next ?? undefined;
  } while (after !== undefined);
}
