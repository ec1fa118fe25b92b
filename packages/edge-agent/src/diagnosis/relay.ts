/**
 * The relay that can take a meter's power away for a moment: the only cure of a wedge that needs nobody on site. Off unless the operator sets it up.
 * Whether it may be used is decided here, and is pure; adapters/relay/ switches. Neighbour: link-doctor.ts asks.
 */
import type { RunState } from '@slmm/protocol';

/** Which meter's power is meant. */
export interface RelayTarget {
  readonly unit: string;
  readonly host: string;
}

/** Port. */
export interface Relay {
  /** Takes the meter's power away and gives it back. Never rejects; `detail` says in words what was done, or why not. */
  cycle(target: RelayTarget): Promise<{ readonly ok: boolean; readonly detail: string }>;
}

export interface RelayRules {
  /** Least time between two uses for one meter. */
  readonly everyMs: number;
  /** Whether power may be cut while a measurement runs, or may run. */
  readonly whileMeasuring: boolean;
}

/** A relay, and when it may be used. */
export interface RelaySetUp extends RelayRules {
  readonly relay: Relay;
}

export interface RelayMoment {
  /** Wall time of the last use for this meter, also by a former life of the agent. */
  readonly lastMs: number | null;
  readonly nowMs: number;
  readonly run: RunState;
}

/** Why the relay must not be used now, as a sentence, or `null` when it may. */
export function whyNoRelay(rules: RelayRules, { lastMs, nowMs, run }: RelayMoment): string | null {
  // A wall clock that was set back makes the last use one of the future; that is recent enough.
  if (lastMs !== null && nowMs - lastMs < rules.everyMs) {
    const minutes = Math.round(rules.everyMs / 60_000);
    return `The relay was used at ${new Date(lastMs).toISOString()}; it is used once in ${minutes} min at most.`;
  }
  if (rules.whileMeasuring || run === 'Stop') return null;
  return run === 'Start'
    ? 'The meter was measuring when it was last heard, and cutting its power would end the measurement.'
    : 'Whether the meter measures is not known, and cutting its power could end a measurement.';
}
