/**
 * What is written down of an event: its story, and what people and notifications did to it. Pure.
 * Neighbours: event-story.ts is what readings say, reconcile.ts compares two tellings, event-book.ts keeps records, alert-store.ts stores them.
 */
import type { Telling } from '../../notify/decision.ts';
import { type EventStep, type EventStory, withStep } from '../judging/event-story.ts';

/**
 * What an event is about. `threshold` comes from a rule; the others need none: a unit that cannot be reached (`connectivity`) or says nothing (`no-data`),
 * an `edge` that is away (`unit` names it) and the `hub` itself.
 */
export type EventKind = 'threshold' | 'no-data' | 'connectivity' | 'edge' | 'hub';

export interface EventRecord extends Omit<EventStory, 'rule' | 'status'> {
  readonly kind: EventKind;
  /** `null` for events that need no rule. */
  readonly rule: string | null;
  /** Found in data that came late, when it was over already: recorded, shown, never paged. */
  readonly late: boolean;
  /** `superseded`: an earlier telling, from incomplete data, that later data did not confirm. */
  readonly status: EventStory['status'] | 'superseded';
  readonly ackedMs: number | null;
  readonly ackedBy: string | null;
  /** By receiver: what they were told of it, and why not more. */
  readonly tellings: Readonly<Record<string, Telling>>;
}

const BY_PEOPLE: ReadonlySet<EventStep['kind']> = new Set(['acknowledge', 'comment']);

/** The record after its story has gone on, or was told again from later data. `before` is `null` for an event that is new. */
export function recorded(before: EventRecord | null, story: EventStory, late: boolean): EventRecord {
  const byPeople = before?.steps.filter(({ kind }) => BY_PEOPLE.has(kind)) ?? [];
  return {
    ...story,
    kind: 'threshold',
    late: before === null ? late : before.late && late,
    ackedMs: before?.ackedMs ?? null,
    ackedBy: before?.ackedBy ?? null,
    tellings: before?.tellings ?? {},
    steps: byPeople.length === 0 ? story.steps : [...story.steps, ...byPeople].sort((a, b) => a.atMs - b.atMs),
  };
}

/** The record of what full data did not confirm. It is kept: somebody may have been told of it. */
export function superseded(record: EventRecord): EventRecord {
  const text = 'not confirmed by the data that came later';
  return { ...record, status: 'superseded', steps: withStep(record.steps, { atMs: record.onsetMs, kind: 'superseded', text }) };
}

export function acknowledged(record: EventRecord, by: string, atMs: number): EventRecord {
  if (record.ackedMs !== null) return record;
  const steps = withStep(record.steps, { atMs, kind: 'acknowledge', text: `acknowledged by ${by}` });
  return { ...record, ackedMs: atMs, ackedBy: by, steps };
}

export function commented(record: EventRecord, by: string, text: string, atMs: number): EventRecord {
  return { ...record, steps: withStep(record.steps, { atMs, kind: 'comment', text: `${by}: ${text}` }) };
}

/** Whether the record says what the story says. */
export function says(record: EventRecord, story: EventStory): boolean {
  return (
    record.status === story.status &&
    record.onsetMs === story.onsetMs &&
    record.onsetValue === story.onsetValue &&
    record.clearMs === story.clearMs &&
    record.endReason === story.endReason &&
    record.level === story.level &&
    record.gravest === story.gravest &&
    record.threshold === story.threshold &&
    record.peakValue === story.peakValue &&
    record.peakMs === story.peakMs &&
    record.count === story.count
  );
}

/** Steps of `record` that `before` does not have: what is new to tell the world. */
export function newSteps(before: EventRecord | null, record: EventRecord): readonly EventStep[] {
  if (before === null) return record.steps;
  const known = new Set(before.steps.map((step) => `${step.atMs} ${step.kind} ${step.text}`));
  return record.steps.filter((step) => !known.has(`${step.atMs} ${step.kind} ${step.text}`));
}
