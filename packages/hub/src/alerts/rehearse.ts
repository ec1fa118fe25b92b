/** A draft rule over stored readings: how often it would have fired, and who would have been told. Neighbours: unit-alerts.ts and notify/teller.ts are the same that run live. */
import type { ReadingStore } from '../history/reading-store.ts';
import { addDays, dayBounds, localDateOf } from '../history/time/zone.ts';
import type { Receiver } from '../notify/receiver.ts';
import { Teller } from '../notify/teller.ts';
import { isOwed, type OutboxEntry } from './alert-store.ts';
import { type Extreme, RuleTrace, type TraceLine } from './rule-trace.ts';
import { type EventRecord, recorded } from './records/event-record.ts';
import type { EventStory } from './judging/event-story.ts';
import { isOfReadings } from './judging/metric.ts';
import { type Rule, weighedRule } from './rules/rule.ts';
import { emptyCheckpoint, longestMemoryMs, UnitAlerts } from './judging/unit-alerts.ts';

/** A day without readings says nothing of the rule, however quiet it looks. */
export interface RehearsedDay {
  readonly date: string;
  readonly onsets: number;
  readonly alarmMinutes: number;
  readonly readings: number;
}

export interface Rehearsal {
  readonly events: readonly EventRecord[];
  /** By local date of the unit's zone. */
  readonly days: readonly RehearsedDay[];
  /** Notifications by receiver. */
  readonly told: Readonly<Record<string, number>>;
  readonly readings: number;
  /** More events than are listed. */
  readonly truncated: boolean;
  /** What it decided and why, wherever it changed its mind; the first `MAX_TRACE_LINES`. */
  readonly decisions: readonly TraceLine[];
  /** The value that came nearest to firing, or went furthest; `null` where there was none to believe. */
  readonly extreme: Extreme | null;
}

/** Longest time that is rehearsed at once, and most events that are listed. */
export const MAX_REHEARSAL_MS = 31 * 86_400_000;
const MAX_EVENTS = 1000;
/** Readings that are weighed in one go; live alerts go on between two. */
const PAGE = 2_000;
/** What waits for better times (quiet hours, a cooldown) is looked at again so often. */
const LOOK_EVERY_MS = 60_000;

/** Why this rule cannot be rehearsed; `null` when it can. */
export function rehearsalProblem(rule: Rule, fromMs: number, toMs: number): string | null {
  if (!isOfReadings(rule.metric))
    return 'this metric follows the state of meter and edge, of which no history is kept to rehearse it on';
  if (toMs <= fromMs) return 'to must lie after from';
  return toMs - fromMs > MAX_REHEARSAL_MS ? 'at most 31 days can be rehearsed at once' : null;
}

/** Silences of the present say nothing of the past: nobody is silent in a rehearsal. */
export async function rehearse(
  draft: Rule,
  zone: string,
  fromMs: number,
  toMs: number,
  store: Pick<ReadingStore, 'readings'>,
  receivers: readonly Receiver[],
): Promise<Rehearsal> {
  const rule = { ...draft, enabled: true };
  const inForce = [{ rule, zone, sinceMs: fromMs, untilMs: null, endReason: null }];
  const beginMs = fromMs - longestMemoryMs(inForce, fromMs);
  const alerts = new UnitAlerts(inForce, emptyCheckpoint(beginMs - 1), []);
  const audience = new Audience(rule, receivers);
  const trace = new RuleTrace(weighedRule(rule));
  const calendar = daysOf(zone, fromMs, toMs);
  let readings = 0;
  let place = 0;
  let lastMs = fromMs;
  let after: string | undefined;
  do {
    const query = { unit: rule.unit, fromMs: Math.max(0, beginMs), toMs, limit: PAGE };
    const page = await store.readings(after === undefined ? query : { ...query, after });
    for (const { atMs, frame } of page.readings) {
      if (atMs >= fromMs) {
        readings += 1;
        // Readings come in the order of their time.
        while (place < calendar.length - 1 && atMs >= (calendar[place]?.endMs ?? atMs)) place += 1;
        const day = calendar[place];
        if (day !== undefined) day.readings += 1;
      }
      lastMs = Math.max(lastMs, atMs);
      for (const { story } of alerts.observe({ kind: 'frame', atMs, frame })) audience.hear(story, atMs);
      audience.look(atMs);
      const standing = atMs >= fromMs ? alerts.standing(rule.id) : null;
      if (standing !== null) trace.saw(standing, atMs);
    }
    after = page.next ?? undefined;
  } while (after !== undefined);
  const peaks = new Map(alerts.stories().map((story) => [story.id, story]));
  const all = [...audience.events.values()].map((event) => {
    const story = peaks.get(event.id);
    return story === undefined ? event : recorded(event, story, false);
  });
  return {
    events: all.slice(0, MAX_EVENTS),
    days: calendar.filter(({ startMs }) => startMs < lastMs).map((day) => rehearsedDay(day, all, lastMs)),
    told: audience.told(),
    readings,
    truncated: all.length > MAX_EVENTS,
    decisions: trace.decisions,
    extreme: trace.extreme,
  };
}

/** Those who would have been told, in a time that passes with the readings. */
class Audience {
  readonly events = new Map<string, EventRecord>();
  readonly #rule: Rule;
  readonly #teller = new Teller();
  readonly #owed = new Set<string>();
  readonly #messages = new Map<string, Set<string>>();
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(rule: Rule, receivers: readonly Receiver[]) {
    this.#rule = rule;
    this.#teller.configure(receivers, []);
  }

  hear(story: EventStory, atMs: number): void {
    this.#consider(recorded(this.events.get(story.id) ?? null, story, false), atMs);
  }

  look(atMs: number): void {
    if (this.#owed.size === 0 || atMs - this.#lookedMs < LOOK_EVERY_MS) return;
    this.#lookedMs = atMs;
    for (const id of this.#owed) {
      const record = this.events.get(id);
      if (record !== undefined) this.#consider(record, atMs);
    }
  }

  /** Notifications by receiver, each counted once however many channels it goes by. */
  told(): Record<string, number> {
    return Object.fromEntries([...this.#messages].map(([receiver, ids]) => [receiver, ids.size]));
  }

  #consider(changed: EventRecord, atMs: number): void {
    const { record, entries } = this.#teller.consider(changed, this.#rule, { edge: null, inhibitedBy: null }, atMs);
    this.events.set(record.id, record);
    if (isOwed(record)) this.#owed.add(record.id);
    else this.#owed.delete(record.id);
    for (const entry of entries) this.#count(entry);
  }

  #count({ receiver, channel, id }: OutboxEntry): void {
    if (channel === 0) this.#messages.set(receiver, (this.#messages.get(receiver) ?? new Set()).add(id));
  }
}

/** A day of the unit's zone, as far as it is rehearsed. */
interface CalendarDay {
  readonly date: string;
  readonly startMs: number;
  readonly endMs: number;
  readings: number;
}

function daysOf(zone: string, fromMs: number, toMs: number): readonly CalendarDay[] {
  const days: CalendarDay[] = [];
  for (let date = localDateOf(fromMs, zone); ; date = addDays(date, 1)) {
    const day = dayBounds(date, zone);
    if (day.startMs >= toMs) return days;
    days.push({ date, startMs: Math.max(fromMs, day.startMs), endMs: Math.min(toMs, day.endMs), readings: 0 });
  }
}

/** What was on when the readings ended is counted until then. */
function rehearsedDay(day: CalendarDay, events: readonly EventRecord[], lastMs: number): RehearsedDay {
  const { date, readings, startMs } = day;
  const endMs = Math.min(day.endMs, lastMs);
  const overlapMs = events.reduce(
    (sum, event) => sum + Math.max(0, Math.min(endMs, event.clearMs ?? lastMs) - Math.max(startMs, event.onsetMs)),
    0,
  );
  const onsets = events.filter((event) => event.onsetMs >= startMs && event.onsetMs < endMs).length;
  return { date, onsets, alarmMinutes: Math.round(overlapMs / 6000) / 10, readings };
}
