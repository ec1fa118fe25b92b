/**
 * Two tellings of the same time: what was recorded while data was missing, and what follows now that it is there. Pure.
 * Neighbours: engine.ts derives again when late data came, and writes what this says.
 */
import type { EventRecord } from './event-record.ts';
import { withStep } from './event-record.ts';

/** What has to be written so that the record says what an undisturbed run would have said. */
export interface Reconciliation {
  readonly put: readonly EventRecord[];
}

/**
 * `recorded`: events that were on at or began after the instant from which `derived` was computed. People's part in them (acknowledgement, comments) stays.
 * An event that the full data does not confirm is marked superseded and kept, because somebody may have been told of it.
 */
export function reconcile(recorded: readonly EventRecord[], derived: readonly EventRecord[]): Reconciliation {
  const known = new Map(recorded.map((record) => [record.id, record]));
  const put: EventRecord[] = [];
  for (const record of derived) {
    const before = known.get(record.id);
    known.delete(record.id);
    if (before === undefined) put.push(record);
    else {
      const merged = {
        ...record,
        late: before.late,
        ackedMs: before.ackedMs,
        ackedBy: before.ackedBy,
        steps: mergedSteps(before, record),
      };
      if (!sameStory(before, merged)) put.push(merged);
    }
  }
  for (const record of known.values()) {
    if (record.status === 'superseded') continue;
    const text = 'not confirmed by the data that came later';
    put.push({
      ...record,
      status: 'superseded',
      steps: withStep(record.steps, { atMs: record.onsetMs, kind: 'superseded', text }),
    });
  }
  return { put };
}

function mergedSteps(before: EventRecord, now: EventRecord): EventRecord['steps'] {
  const byPeople = before.steps.filter((step) => step.kind === 'acknowledge' || step.kind === 'comment');
  return [...now.steps, ...byPeople].sort((a, b) => a.atMs - b.atMs);
}

function sameStory(a: EventRecord, b: EventRecord): boolean {
  return (
    a.status === b.status &&
    a.clearMs === b.clearMs &&
    a.endReason === b.endReason &&
    a.gravest === b.gravest &&
    a.level === b.level &&
    a.peakValue === b.peakValue &&
    a.peakMs === b.peakMs &&
    a.count === b.count &&
    a.onsetValue === b.onsetValue
  );
}
