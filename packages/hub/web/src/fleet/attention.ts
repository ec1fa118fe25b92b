import { formatAge } from '../format/instant.ts';
import { usualStepMs } from '../live/frame-series.ts';
import type { UnitView } from './fleet-model.ts';

/** How much a unit wants somebody's eyes, from most to least. */
const SEVERITIES = ['trouble', 'notice', 'calm', 'idle'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What to tell the person on duty about one unit. */
export interface Attention {
  readonly severity: Severity;
  /** Few words, beside the sign. */
  readonly label: string;
  /** One sentence: what is the matter and what follows from it. */
  readonly sentence: string;
}

/** What each link state means, for the case that the edge gave no sentence of its own. */
const LINK_SENTENCES: Readonly<Record<string, string>> = {
  refused: 'The meter refuses the connection: its one control slot is taken, or its TCP function is off.',
  timeout: 'The meter does not answer: check its power and the network between it and the edge.',
  garbled: 'The meter answers, but not in its own language: check the line and what else is connected to it.',
  asleep: 'The meter sleeps and wakes at its next timer.',
  wedged: 'The control port is stuck while the meter is alive otherwise: it has to be switched off and on.',
};

/** Shortest silence that counts as one, whatever the pace: shorter ones are the network's own. */
const SHORTEST_SILENCE_MS = 10_000;

/** How old the newest frame is, and whether it may still be shown as the present level. `null` without a frame. */
export function freshness(view: UnitView, nowMs: number): { readonly ageMs: number; readonly isStale: boolean } | null {
  if (view.frame === null) return null;
  const ageMs = nowMs - Date.parse(view.frame.at);
  const config = view.overview.config;
  const stepMs = usualStepMs(view.series) ?? (config.monitor_enabled ? 1000 : config.poll_interval_seconds * 1000);
  return { ageMs, isStale: ageMs > Math.max(SHORTEST_SILENCE_MS, stepMs * 4) };
}

/** What matters most about a unit right now. The order is the order of what somebody can do about it: edge, meter, frames, measurement. */
export function attention(view: UnitView, nowMs: number): Attention {
  const { overview } = view;
  if (overview.edge === null)
    return { severity: 'idle', label: 'No edge', sentence: 'No edge is set for this unit: nobody asks the meter.' };
  if (view.link === 'disabled' || !overview.config.tcp_enabled)
    return {
      severity: 'idle',
      label: 'Switched off',
      sentence: 'Control of this unit is switched off: the edge leaves its slot alone.',
    };
  if (view.link === 'standby')
    return {
      severity: 'idle',
      label: 'Standby',
      sentence: view.reason ?? 'The edge stands by and leaves the meter to somebody else.',
    };
  if (!view.edgeOnline)
    return {
      severity: 'trouble',
      label: 'Edge away',
      sentence: `Edge ${overview.edge} is offline. It keeps its frames and sends them when it is back.`,
    };
  if (view.link === null)
    return { severity: 'notice', label: 'Waiting', sentence: `Edge ${overview.edge} has not said anything about this unit yet.` };
  if (view.reachable === false)
    return {
      severity: 'trouble',
      label: 'Unreachable',
      sentence: view.reason ?? LINK_SENTENCES[view.link] ?? 'The meter cannot be reached.',
    };
  const fresh = freshness(view, nowMs);
  if (fresh === null) return { severity: 'notice', label: 'Waiting', sentence: 'No frame of this unit has come in yet.' };
  if (fresh.isStale)
    return { severity: 'trouble', label: 'Silent', sentence: view.reason ?? `No new frame for ${formatAge(fresh.ageMs)}.` };
  if (view.link !== 'ok')
    return {
      severity: 'notice',
      label: 'Link unsteady',
      sentence: view.reason ?? LINK_SENTENCES[view.link] ?? 'The last try failed; the edge tries again.',
    };
  if (view.frame?.over === true)
    return { severity: 'notice', label: 'Overload', sentence: 'The level is over the meter’s range: these values are too low.' };
  if (view.run === 'Stop')
    return { severity: 'notice', label: 'Not measuring', sentence: 'The meter shows levels but no measurement is running.' };
  if (view.frame?.under === true)
    return {
      severity: 'notice',
      label: 'Under range',
      sentence: 'The level is under the meter’s range: these values are too high.',
    };
  return { severity: 'calm', label: 'All well', sentence: `Connected through edge ${overview.edge}.` };
}

/** Units with the ones that want attention first; by name among equals, so that the list keeps still. */
export function inOrderOfAttention(views: readonly { readonly unit: string; readonly severity: Severity }[]): readonly string[] {
  return [...views]
    .sort(
      (a, b) =>
        SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || a.unit.localeCompare(b.unit, 'en', { numeric: true }),
    )
    .map((view) => view.unit);
}

/** The fleet in one sentence, as it is read out when it changes. */
export function summaryOf(severities: readonly Severity[]): string {
  const trouble = severities.filter((severity) => severity === 'trouble').length;
  const notice = severities.filter((severity) => severity === 'notice').length;
  if (severities.length === 0) return 'No units yet.';
  const units = `${severities.length} ${severities.length === 1 ? 'unit' : 'units'}`;
  if (trouble > 0) return `${trouble} of ${units} in trouble.`;
  if (notice > 0) return `${notice} of ${units} worth a look.`;
  return `${units}, all well.`;
}
