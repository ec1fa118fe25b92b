/**
 * Two tellings of the same time: what was written down while data was missing, and what follows now that it is there. Pure.
 * Neighbours: unit-readings.ts tells again when late data came, event-book.ts writes what this says.
 */
import { type EventRecord, says } from './event-record.ts';
import type { EventStory } from '../judging/event-story.ts';

/** What has to be written so that the record says what an undisturbed run would have said. */
export interface Reconciliation {
  /** Stories that are new or differ from what is written. */
  readonly changed: readonly EventStory[];
  /** What is written and the full data does not confirm. */
  readonly unconfirmed: readonly EventRecord[];
  /** Under which id each story is or will be written, by the id that it would have of its own. */
  readonly ids: ReadonlyMap<string, string>;
}

/**
 * `written`: everything written of the time from which `stories` were computed, by the same rules.
 * An event is known by its rule and onset, else by when it was: what overlaps it in time is the same event with another onset. It keeps its id, so that people
 * who were told of it are told of its end, and what they said to it stays.
 */
export function reconcile(written: readonly EventRecord[], stories: readonly EventStory[]): Reconciliation {
  const open = new Set(written.toSorted((a, b) => Number(a.status === 'superseded') - Number(b.status === 'superseded')));
  const matches = new Map<EventStory, EventRecord>();
  const match = (story: EventStory, record: EventRecord | null): void => {
    if (record === null) return;
    matches.set(story, record);
    open.delete(record);
  };
  for (const story of stories) match(story, [...open].find((record) => isSameOnset(story, record)) ?? null);
  const strangers = stories.filter((story) => !matches.has(story)).sort((a, b) => a.onsetMs - b.onsetMs);
  for (const story of strangers) match(story, ofSameTime(story, open));

  const taken = new Set(written.map(({ id }) => id));
  const ids = new Map<string, string>();
  for (const story of stories) {
    const id = matches.get(story)?.id ?? free(story.id, taken);
    taken.add(id);
    ids.set(story.id, id);
  }
  const changed = stories.filter((story) => {
    const record = matches.get(story);
    return record === undefined || !says(record, story);
  });
  return { changed, unconfirmed: [...open].filter(({ status }) => status !== 'superseded'), ids };
}

const isSameOnset = (story: EventStory, record: EventRecord): boolean =>
  record.rule === story.rule && record.onsetMs === story.onsetMs && record.wordingMs === story.wordingMs;

/** The record of the same rule that shares most time with the story; `null` where none shares any. */
function ofSameTime(story: EventStory, records: Iterable<EventRecord>): EventRecord | null {
  let best: EventRecord | null = null;
  let mostMs = 0;
  for (const record of records) {
    if (record.rule !== story.rule || record.wordingMs !== story.wordingMs || record.status === 'superseded') continue;
    const sharedMs = Math.min(endOf(story), endOf(record)) - Math.max(story.onsetMs, record.onsetMs);
    if (sharedMs <= mostMs) continue;
    best = record;
    mostMs = sharedMs;
  }
  return best;
}

const endOf = ({ clearMs }: { readonly clearMs: number | null }): number => clearMs ?? Number.POSITIVE_INFINITY;

/** An event that was moved away from its first onset still has that onset's id. */
function free(id: string, taken: ReadonlySet<string>): string {
  for (let place = 2; taken.has(id); place += 1) id = `${id.replace(/\.\d+$/, '')}.${place}`;
  return id;
}
