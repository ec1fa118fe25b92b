import type { EdgeOverview } from '@slmm/protocol/live';
import type { Severity } from '../fleet/attention.ts';
import { formatBytes } from '../format/bytes.ts';
import { formatAge } from '../format/instant.ts';

/** How an edge stands, in a few words and a sentence: what is the matter and what to do. */
export interface EdgeStanding {
  readonly severity: Severity;
  readonly label: string;
  readonly sentence: string;
}

/** A clock that is off by more makes frames and alerts lie in time; NTP holds a box to far less. */
const CLOCK_OFF_MS = 2000;
/** A configuration travels in a second; one that is not in force after this long is stuck. */
const APPLY_LIMIT_MS = 30_000;

/** What matters most about an edge right now, in the order of what somebody can do about it. */
export function edgeStanding(edge: EdgeOverview, nowMs: number): EdgeStanding {
  const { health, applied } = edge;
  if (edge.state === null)
    return {
      severity: 'notice',
      label: 'Never seen',
      sentence: 'It is enrolled and has not signed in yet: start the agent with its secret.',
    };
  if (!edge.online)
    return {
      severity: 'trouble',
      label: 'Offline',
      sentence: `It is away${since(edge.last_seen, nowMs)}. It keeps its frames and sends them when it is back.`,
    };
  if (health?.disk_fault != null)
    return {
      severity: 'trouble',
      label: 'Disk',
      sentence: `Its disk takes no frames (${health.disk_fault}): free some space or replace it.`,
    };
  if (applied !== null && applied.error !== null)
    return { severity: 'trouble', label: 'Configuration refused', sentence: applied.error };
  const refused = Object.entries(applied?.units ?? {}).flatMap(([unit, { error }]) =>
    error === null ? [] : [`${unit}: ${error}`],
  );
  if (refused.length > 0) return { severity: 'trouble', label: 'Configuration refused', sentence: refused.join(' ') };
  if ((edge.applied_revision ?? 0) < edge.revision && isOlder(edge.state.at, APPLY_LIMIT_MS, nowMs))
    return {
      severity: 'notice',
      label: 'Configuration not in force',
      sentence: `It has configuration ${edge.applied_revision ?? 'none'} of ${edge.revision}.`,
    };
  if (health !== null && Math.abs(health.clock_offset_ms ?? 0) > CLOCK_OFF_MS)
    return {
      severity: 'notice',
      label: 'Clock',
      sentence: `Its clock is ${clockText(health.clock_offset_ms ?? 0)}: let it keep time by NTP.`,
    };
  if (health !== null && health.dropped_frames > 0)
    return {
      severity: 'notice',
      label: 'Frames dropped',
      sentence: `Its journal was full and dropped ${health.dropped_frames} frames: give it more room.`,
    };
  if (health !== null && health.oldest_unsent !== null && isOlder(health.oldest_unsent, 120_000, Date.parse(health.at)))
    return {
      severity: 'notice',
      label: 'Catching up',
      sentence: `${health.unsent_frames} frames are on their way, the oldest from ${formatAge(nowMs - Date.parse(health.oldest_unsent))} ago.`,
    };
  return { severity: 'calm', label: 'All well', sentence: 'It is online and everything it has is here.' };
}

/** Figures of an edge as they are listed, name and value. */
export function edgeFacts({ info, health }: EdgeOverview): readonly (readonly [name: string, value: string])[] {
  return [
    ...(info === null
      ? []
      : ([
          ['Version', info.version],
          ['Uplink', info.uplink],
        ] as const)),
    ...(health === null
      ? []
      : ([
          [
            'Journal',
            `${formatBytes(health.journal_bytes)}${info === null ? '' : ` of ${formatBytes(info.journal.max_bytes)}`}, ${health.unsent_frames} frames not sent`,
          ],
          ['Clock', clockText(health.clock_offset_ms)],
          ['Sent this month', formatBytes(health.wan_bytes_month)],
          ['Memory', `${Math.round(health.rss_mb)} MB`],
        ] as const)),
  ];
}

function clockText(offsetMs: number | null): string {
  if (offsetMs === null) return 'not measured yet';
  if (Math.abs(offsetMs) < 500) return 'right';
  return `${(Math.abs(offsetMs) / 1000).toFixed(1)} s ${offsetMs > 0 ? 'ahead' : 'behind'}`;
}

function since(at: string | null, nowMs: number): string {
  return at === null ? '' : ` for ${formatAge(nowMs - Date.parse(at))}`;
}

const isOlder = (at: string, byMs: number, nowMs: number): boolean => nowMs - Date.parse(at) > byMs;
