/** A draft rule over stored readings: how often it would have fired, and who would have been told. Neighbours: unit-alerts.ts is the same that runs live. */
import { DateTime } from 'luxon';
import type { ReadingStore } from '../history/reading-store.ts';
import type { Silence } from './alert-store.ts';
import { NotificationPlanner } from '../notify/planner.ts';
import type { Receiver } from '../notify/receiver.ts';
import type { EventRecord } from './event-record.ts';
import { isOfReadings } from './metric.ts';
import type { Rule } from './rule.ts';
import { longestMemoryMs, UnitAlerts } from './unit-alerts.ts';

export interface Rehearsal {
  readonly events: readonly EventRecord[];
  /** By local date of the unit's zone. */
  readonly days: readonly { readonly date: string; readonly onsets: number; readonly alarmMinutes: number }[];
  /** Notifications by receiver. */
  readonly told: Readonly<Record<string, number>>;
  readonly readings: number;
  /** More events than are listed. */
  readonly truncated: boolean;
}

/** Longest time that is rehearsed at once, and most events that are listed. */
export const MAX_REHEARSAL_MS = 31 * 86_400_000;
const MAX_EVENTS = 1000;
const PAGE = 5_000;

/** Why this rule cannot be rehearsed; `null` when it can. */
export function rehearsalProblem(rule: Rule, fromMs: number, toMs: number): string | null {
  if (!isOfReadings(rule.metric))
    return 'this metric follows the state of meter and edge, of which no history is kept to rehearse it on';
  if (toMs <= fromMs) return 'to must lie after from';
  return toMs - fromMs > MAX_REHEARSAL_MS ? 'at most 31 days can be rehearsed at once' : null;
}

export async function rehearse(
  rule: Rule,
  zone: string,
  fromMs: number,
  toMs: number,
  store: Pick<ReadingStore, 'readings'>,
  receivers: readonly Receiver[],
  silences: readonly Silence[],
): Promise<Rehearsal> {
  const inForce = [{ rule: { ...rule, enabled: true }, sinceMs: Number.NEGATIVE_INFINITY }];
  const alerts = new UnitAlerts(inForce, zone, null, []);
  const planner = new NotificationPlanner();
  planner.configure(receivers, silences);
  const events = new Map<string, EventRecord>();
  const told: Record<string, number> = {};
  let readings = 0;
  let lastMs = fromMs;
  let after: string | undefined;
  do {
    const page = await store.readings({
      unit: rule.unit,
      fromMs: Math.max(0, fromMs - longestMemoryMs(inForce)),
      toMs,
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    for (const reading of page.readings) {
      const counts = reading.atMs >= fromMs;
      if (counts) readings += 1;
      lastMs = Math.max(lastMs, reading.atMs);
      for (const change of alerts.observe({ kind: 'frame', atMs: reading.atMs, frame: reading.frame }, false)) {
        if (!counts && change.effect.kind !== 'clear') continue;
        events.set(change.record.id, change.record);
        const plan = planner.plan(change.effect, rule, { edge: null, inhibitedBy: null, late: false }, reading.atMs);
        for (const entry of plan.entries) if (entry.channel === 0) told[entry.receiver] = (told[entry.receiver] ?? 0) + 1;
      }
    }
    after = page.next ?? undefined;
  } while (after !== undefined);
  const all = [...events.values()].filter((event) => event.clearMs === null || event.clearMs > fromMs);
  return {
    events: all.slice(0, MAX_EVENTS),
    days: byDay(all, zone, fromMs, lastMs),
    told,
    readings,
    truncated: all.length > MAX_EVENTS,
  };
}

function byDay(events: readonly EventRecord[], zone: string, fromMs: number, toMs: number): Rehearsal['days'] {
  const days: { date: string; onsets: number; alarmMinutes: number }[] = [];
  for (let day = DateTime.fromMillis(fromMs, { zone }).startOf('day'); day.toMillis() < toMs; day = day.plus({ days: 1 })) {
    const [startMs, endMs] = [Math.max(fromMs, day.toMillis()), Math.min(toMs, day.plus({ days: 1 }).toMillis())];
    const overlapMs = events.reduce(
      (sum, event) => sum + Math.max(0, Math.min(endMs, event.clearMs ?? toMs) - Math.max(startMs, event.onsetMs)),
      0,
    );
    const onsets = events.filter((event) => event.onsetMs >= startMs && event.onsetMs < endMs).length;
    days.push({ date: day.toFormat('yyyy-MM-dd'), onsets, alarmMinutes: Math.round(overlapMs / 6000) / 10 });
  }
  return days;
}
