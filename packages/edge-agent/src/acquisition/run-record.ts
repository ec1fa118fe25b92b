/** Whether a meter measures and since when, as a pure fold. Anything not understood changes nothing: a garbled answer is no stop. */
import type { RunState } from '@slmm/protocol';

export interface RunRecord {
  readonly run: RunState;
  /** Wall time at which the present state began; `null` while it is not known. */
  readonly sinceMs: number | null;
  /** `seen`: the edge was there; `le-leq`: computed from LE - Leq; `meter`: the meter said so. */
  readonly basis: 'seen' | 'le-leq' | 'meter' | null;
  /** The start was ordered through this edge and confirmed, so its time needs no estimate. */
  readonly ordered: boolean;
  /** Kept from a former life of the agent and not compared with the meter yet. */
  readonly remembered?: true;
}

export type RunInput =
  /** A good answer to `Measure?`; `ordered` when it confirms a command of ours. */
  | { readonly kind: 'state'; readonly run: RunState; readonly atMs: number; readonly ordered: boolean }
  /** Measuring time as read back from a DOD. */
  | { readonly kind: 'elapsed'; readonly seconds: number; readonly atMs: number }
  /** The meter's own start time, as an instant. */
  | { readonly kind: 'told'; readonly sinceMs: number }
  /** The cumulative values went backwards while measuring: another measurement runs now. */
  | { readonly kind: 'restarted' };

/** A change of state that is known to have happened; from `unknown` is none. */
export interface RunChange {
  readonly from: RunState;
  readonly to: RunState;
  readonly ordered: boolean;
}

export const RUN_UNKNOWN: RunRecord = { run: 'unknown', sinceMs: null, basis: null, ordered: false };

export function foldRun(record: RunRecord, input: RunInput): { readonly record: RunRecord; readonly change: RunChange | null } {
  switch (input.kind) {
    case 'state': {
      if (input.run === 'unknown' || input.run === record.run) return same(record);
      const isSeen = input.ordered || record.run !== 'unknown';
      const next: RunRecord = {
        run: input.run,
        sinceMs: isSeen ? input.atMs : null,
        basis: isSeen ? 'seen' : null,
        ordered: input.ordered,
      };
      const change = record.run === 'unknown' ? null : { from: record.run, to: input.run, ordered: input.ordered };
      return { record: next, change };
    }
    case 'told':
      if (record.run !== 'Start' || record.ordered) return same(record);
      return { record: { run: 'Start', sinceMs: input.sinceMs, basis: 'meter', ordered: false }, change: null };
    case 'elapsed':
      if (record.run === 'Start' && record.remembered === true) return same(compared(record, input));
      // The first estimate of a run stays: the error grows with the time that has passed, and a pause would move it.
      if (record.run !== 'Start' || record.ordered || record.basis === 'le-leq' || record.basis === 'meter') return same(record);
      return { record: { ...record, sinceMs: Math.round(input.atMs - input.seconds * 1000), basis: 'le-leq' }, change: null };
    case 'restarted':
      if (record.run !== 'Start') return same(record);
      return { record: { run: 'Start', sinceMs: null, basis: null, ordered: false }, change: null };
  }
}

/** A remembered start that fits the measuring time stays; otherwise another measurement runs now. */
function compared(remembered: RunRecord, input: { readonly seconds: number; readonly atMs: number }): RunRecord {
  const { run, sinceMs, basis, ordered } = remembered;
  const readBackMs = input.atMs - input.seconds * 1000;
  const toleranceMs = Math.max(5000, input.seconds * 1000 * 0.05);
  if (sinceMs !== null && Math.abs(readBackMs - sinceMs) <= toleranceMs) return { run, sinceMs, basis, ordered };
  return { run: 'Start', sinceMs: Math.round(readBackMs), basis: 'le-leq', ordered: false };
}

const same = (record: RunRecord): { readonly record: RunRecord; readonly change: null } => ({ record, change: null });
