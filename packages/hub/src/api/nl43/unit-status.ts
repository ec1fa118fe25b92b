import type { UnitView } from '../../fleet/fleet.ts';
import { levelTexts, rawPayload } from './levels.ts';
import { naiveInstant } from './naive-time.ts';

// A unit's status in the words of SLMM 0.4.0. Pure.

/** Whether anybody has heard of the meter: before that SLMM has no status. */
export function hasStatus(view: UnitView): boolean {
  return view.frame !== null || (view.state !== null && (view.state.last_ok !== null || view.state.failures > 0));
}

/** Whether the meter can be reached now: not from its third failure in a row on, and not while its edge is away. */
function isReachable({ state, edgeOnline }: UnitView): boolean {
  return edgeOnline && state?.reachable !== false;
}

function lastError(view: UnitView): string | null {
  if (isReachable(view)) return null;
  if (view.config.edge === null) return 'No edge is responsible for this unit';
  return view.edgeOnline
    ? (view.state?.reason ?? 'The meter does not answer')
    : `Edge ${view.config.edge} is not connected to the hub`;
}

/** What the roster says of a unit's status. */
export function shortStatus(view: UnitView) {
  const { state, frame, config } = view;
  return {
    last_seen: naiveInstant(frame?.at ?? state?.last_ok),
    measurement_state: runOf(view),
    is_reachable: isReachable(view),
    consecutive_failures: state?.failures ?? 0,
    last_success: config.pollEnabled ? naiveInstant(state?.last_ok ?? frame?.at) : null,
    last_error: lastError(view),
  };
}

/** `GET /{unit}/status`: the newest frame and how it stands with the meter. The poll times are those of a unit whose polling is on, as in SLMM. */
export function fullStatus(view: UnitView) {
  const { state, frame, config } = view;
  const short = shortStatus(view);
  const levels =
    frame === null ? { lp: null, leq: null, lmax: null, lmin: null, lpeak: null, ln1: null, ln2: null } : levelTexts(frame);
  return {
    unit_id: config.unit,
    last_seen: short.last_seen,
    measurement_state: short.measurement_state,
    measurement_start_time: startTime(view),
    ...levels,
    battery_level: state?.battery ?? null,
    power_source: state?.power ?? null,
    sd_remaining_mb: state === null || state.sd_free_mb === null ? null : String(state.sd_free_mb),
    sd_free_ratio: null,
    raw_payload: frame === null ? null : rawPayload(frame),
    is_reachable: short.is_reachable,
    consecutive_failures: short.consecutive_failures,
    last_poll_attempt: config.pollEnabled ? naiveInstant(lastAttempt(view)) : null,
    last_success: short.last_success,
    last_error: short.last_error,
  };
}

/** When the running measurement began; `null` while none runs or nobody knows. */
function startTime(view: UnitView): string | null {
  return runOf(view) === 'Start' ? naiveInstant(view.state?.run_since) : null;
}

function runOf({ state, frame }: UnitView): string {
  return state === null || state.run === 'unknown' ? (frame?.run ?? 'unknown') : state.run;
}

function lastAttempt({ state, frame }: UnitView): string | null {
  const known = [state?.last_ok, state?.since, frame?.at].filter((at) => at !== null && at !== undefined);
  return known.reduce<string | null>((latest, at) => (latest === null || at > latest ? at : latest), null);
}
