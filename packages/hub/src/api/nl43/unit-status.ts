import type { UnitView } from '../../fleet/fleet.ts';
import type { StatusNote } from '../../fleet/status-note.ts';
import { levelTexts, rawPayload } from './levels.ts';
import { naiveInstant, naiveTime } from './naive-time.ts';

// A unit's status in the words of SLMM 0.4.0. Pure.

/** Whether anybody has heard of the meter: before that SLMM has no status. */
export function hasStatus(view: UnitView): boolean {
  return view.frame !== null || (view.state !== null && (view.state.last_ok !== null || view.state.failures > 0));
}

/** Whether the meter can be reached now: not from its third failure in a row on, and not while its edge is away. */
export function isReachable({ state, edgeOnline }: UnitView): boolean {
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

/** The times and figures of polling; the times are those of a unit whose polling is on, as in SLMM. */
export function pollFigures(view: UnitView) {
  const short = shortStatus(view);
  return {
    is_reachable: short.is_reachable,
    consecutive_failures: short.consecutive_failures,
    last_poll_attempt: view.config.pollEnabled ? naiveInstant(lastAttempt(view)) : null,
    last_success: short.last_success,
    last_error: short.last_error,
  };
}

/** `GET /{unit}/status`: the newest frame and how it stands with the meter. `note` is what was said by hand. */
export function fullStatus(view: UnitView, note: StatusNote | null = null) {
  const { state, frame, config, info } = view;
  const short = shortStatus(view);
  const levels =
    frame === null ? { lp: null, leq: null, lmax: null, lmin: null, lpeak: null, ln1: null, ln2: null } : levelTexts(frame);
  const measured = {
    unit_id: config.unit,
    last_seen: short.last_seen,
    measurement_state: short.measurement_state,
    measurement_start_time: startTime(view, note),
    ...levels,
    battery_level: state?.battery ?? null,
    power_source: state?.power ?? null,
    sd_remaining_mb: state === null || state.sd_free_mb === null ? null : String(state.sd_free_mb),
    sd_free_ratio: null,
    raw_payload: frame === null ? null : rawPayload(frame),
  };
  return {
    ...(note === null ? measured : withNote(measured, note, frame?.at ?? state?.last_ok ?? null)),
    ...pollFigures(view),
    ln1_percent: info?.percentiles[0] ?? null,
    ln2_percent: info?.percentiles[1] ?? null,
  };
}

/** What stands in a note, under SLMM's names. */
export function notedStatus(unit: string, note: StatusNote) {
  const { atMs, startMs, measurement_state: run, lp, leq, lmax, lmin, lpeak, ln1, ln2, ...rest } = note;
  return {
    unit_id: unit,
    last_seen: naiveTime(atMs),
    measurement_state: run ?? 'unknown',
    measurement_start_time: startMs === null ? null : naiveTime(startMs),
    lp,
    leq,
    lmax,
    lmin,
    lpeak,
    ln1,
    ln2,
    ...rest,
  };
}

/** `GET /{unit}/status` of a unit that is not configured and of which only a note speaks. */
export function statusOfNote(unit: string, note: StatusNote) {
  return {
    ...notedStatus(unit, note),
    is_reachable: true,
    consecutive_failures: 0,
    last_poll_attempt: null,
    last_success: null,
    last_error: null,
    ln1_percent: null,
    ln2_percent: null,
  };
}

/** A note that is newer than what the meter said counts where it says something; else it fills what the meter does not say. */
function withNote<T extends { readonly unit_id: string }>(measured: T, note: StatusNote, heard: string | null): T {
  const noted = notedStatus(measured.unit_id, note);
  const isNewer = heard === null || note.atMs > Date.parse(heard);
  const merged: Record<string, unknown> = { ...measured };
  for (const [key, value] of Object.entries(noted)) {
    if (value === null || key === 'measurement_start_time') continue;
    if (isNewer ? !(key === 'measurement_state' && note.measurement_state === null) : merged[key] === null) merged[key] = value;
  }
  return merged as T;
}

/** When the running measurement began; `null` while none runs or nobody knows. What was told by hand counts where the meter does not say. */
export function startTime(view: UnitView, note: StatusNote | null = null): string | null {
  if (runOf(view) === 'Start' && view.state?.run_since != null) return naiveInstant(view.state.run_since);
  return note === null || note.startMs === null ? null : naiveTime(note.startMs);
}

export function runOf({ state, frame }: UnitView): string {
  return state === null || state.run === 'unknown' ? (frame?.run ?? 'unknown') : state.run;
}

function lastAttempt({ state, frame }: UnitView): string | null {
  const known = [state?.last_ok, state?.since, frame?.at].filter((at) => at !== null && at !== undefined);
  return known.reduce<string | null>((latest, at) => (latest === null || at > latest ? at : latest), null);
}
