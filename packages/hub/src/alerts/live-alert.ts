/** A step in the life of an event as viewers are told of it. Pure. Neighbours: alert-announcer.ts says the same to the bus, live/live-feed.ts carries. */
import type { LiveAlert } from '@slmm/protocol';
import { toInstant } from '@slmm/shared';
import type { Announcement } from './records/commit-queue.ts';

export function liveAlertsOf({ record, steps }: Announcement): LiveAlert[] {
  return steps.map(({ atMs, kind, text }) => ({
    event_id: record.id,
    unit: record.unit,
    rule: record.rule,
    name: record.ruleName,
    step: kind,
    at: toInstant(atMs),
    status: record.status,
    level: record.level,
    late: record.late,
    acknowledged_by: record.ackedBy,
    reason: text.slice(0, 500),
  }));
}
