/** What a message says of an event, as it stood when telling it was decided: a message that has to be sent again says the same. Pure. Neighbours: teller.ts takes them, message.ts words them. */
import type { EventRecord } from '../alerts/records/event-record.ts';
import type { ToldStep } from './decision.ts';

export interface AlertFacts {
  readonly kind: EventRecord['kind'];
  readonly name: string;
  readonly metric: string;
  readonly status: EventRecord['status'];
  readonly level: string | null;
  readonly gravest: string | null;
  readonly threshold: number | null;
  readonly onsetMs: number;
  readonly onsetValue: number | null;
  readonly peakValue: number | null;
  readonly clearMs: number | null;
  readonly endReason: string | null;
  readonly count: number;
  /** Why, in a sentence; may be empty. */
  readonly text: string;
}

export function alertFacts(record: EventRecord, told: ToldStep): AlertFacts {
  const { kind, ruleName, metric, status, level, gravest, threshold, onsetMs, onsetValue, peakValue, clearMs, endReason } =
    record;
  const steps = record.steps.filter((step) => (told === 'clear') === (step.kind === 'clear' || step.kind === 'superseded'));
  const text = steps.findLast((step) => step.kind !== 'acknowledge' && step.kind !== 'comment')?.text ?? '';
  return {
    kind,
    name: ruleName,
    metric,
    status,
    level,
    gravest,
    threshold,
    onsetMs,
    onsetValue,
    peakValue,
    clearMs,
    endReason,
    count: record.count,
    text,
  };
}
