// An entry of the outbox for tests: an onset of rule r1 at unit u1, to be told to ann in the first of her channels.
import type { OutboxEntry } from '../alerts/alert-store.ts';

export function entryExample(id: string, more: Partial<OutboxEntry> = {}): OutboxEntry {
  return {
    id,
    event: 'e1',
    unit: 'u1',
    edge: 'site',
    rule: 'r1',
    receiver: 'ann',
    channel: 0,
    step: 'onset',
    place: 0,
    alert: {
      kind: 'threshold',
      name: 'Limit',
      metric: 'lp',
      status: 'active',
      level: 'warn',
      gravest: 'warn',
      threshold: 70,
      onsetMs: Date.UTC(2026, 5, 1, 22),
      onsetValue: 75.04,
      peakValue: 81.25,
      clearMs: null,
      endReason: null,
      count: 1,
      text: '75 is over the limit of 70',
    },
    createdMs: 0,
    dueMs: 0,
    attempts: 0,
    state: 'waiting',
    reason: 'first-notification',
    detail: null,
    endedMs: null,
    message: null,
    ...more,
  };
}
