/** How a meter is set, read by asking and never assumed. Pure. Neighbours: unit-acquisition.ts asks, uplink publishes the info. */
import type { UnitInfo } from '@slmm/protocol';
import { naiveMsOfMeterClock, parseMeterClock } from '@slmm/protocol';
import { toInstant } from '@slmm/shared';
import type { RareQuestion } from '../acquisition/poll-plan.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const PERCENTILES = ['Percentile 1', 'Percentile 2', 'Percentile 3', 'Percentile 4', 'Percentile 5'] as const;

/** What shapes the numbers of a frame; the settings hash is made of these. */
const SHAPING = [
  'Frequency Weighting (Main)',
  'Time Weighting (Main)',
  ...PERCENTILES,
  'TRM',
  'Octave Mode',
  'Windscreen Correction',
  'Diffuse Sound Field Correction',
] as const;

/** What else a person sets. A change of it is told, and makes no other frames. */
const WATCHED = ['Pause', 'Store Mode', 'Lp Store Interval', 'Leq Calculation Interval Preset', 'Sleep Mode', 'FTP'] as const;

/** What else belongs into the snapshot; the store name moves on by itself. */
const KEPT = [...WATCHED, 'Store Name'] as const;

/** Everything asked besides DOD, and how often. */
export const RARE_QUESTIONS: readonly RareQuestion[] = [
  { command: 'Measure', everyMs: MINUTE_MS / 2, first: true },
  // Tells whether another meter stands there since the last connection.
  { command: 'Serial Number', everyMs: 24 * HOUR_MS, onConnect: 'always' },
  ...SHAPING.map((command) => ({ command, everyMs: HOUR_MS, onConnect: 'unless-fresh' }) as const),
  { command: 'Clock', everyMs: 15 * MINUTE_MS, onConnect: 'always' },
  { command: 'Type', everyMs: 24 * HOUR_MS },
  { command: 'System Version', everyMs: 24 * HOUR_MS },
  // Known to the NL-42 generation; a meter that does not know it says so once a day.
  { command: 'Measurement Start Time', everyMs: HOUR_MS },
  { command: 'Battery Level', everyMs: 10 * MINUTE_MS },
  { command: 'SD Card Free Size', everyMs: 15 * MINUTE_MS },
  ...KEPT.map(
    (command) => ({ command, everyMs: command === 'Pause' ? 5 * MINUTE_MS : HOUR_MS, onConnect: 'unless-fresh' }) as const,
  ),
];

export interface SettingsSnapshot {
  /** By command name; `null` where this meter does not know the command. Missing where it has not been asked yet. */
  readonly values: Readonly<Record<string, string | null>>;
  /** Meter clock minus edge clock, in seconds. */
  readonly clockOffsetS: number | null;
  readonly readAtMs: number | null;
}

export const EMPTY_SNAPSHOT: SettingsSnapshot = { values: {}, clockOffsetS: null, readAtMs: null };

/** Takes one answer in; `value` is `null` when the meter does not know the command. */
export function withAnswer(snapshot: SettingsSnapshot, command: string, value: string | null, atMs: number): SettingsSnapshot {
  if (command === 'Clock') {
    const clock = value === null ? null : parseMeterClock(value);
    if (clock === null) return snapshot;
    // The meter shows whole seconds that have begun, so on average half a second has passed since.
    const clockOffsetS = Math.round((naiveMsOfMeterClock(clock) + 500 - atMs) / 1000);
    return { ...snapshot, clockOffsetS };
  }
  if (snapshot.values[command] === value) return snapshot;
  return { ...snapshot, values: { ...snapshot.values, [command]: value }, readAtMs: atMs };
}

/** Eight hex digits of what shapes a frame; `null` until all of it has been read. */
export function settingsHash(snapshot: SettingsSnapshot): string | null {
  const parts: string[] = [];
  for (const command of SHAPING) {
    const value = snapshot.values[command];
    if (value === undefined) return null;
    parts.push(`${command}=${value ?? ''}`);
  }
  return fnv1a(parts.join('\n'));
}

/** What differs between two snapshots among what people set, as `name: before -> after`; first readings are no changes. */
export function changedSettings(before: SettingsSnapshot, after: SettingsSnapshot): readonly string[] {
  return [...SHAPING, ...WATCHED].flatMap((command) => {
    const [was, is] = [before.values[command], after.values[command]];
    return was === undefined || was === is ? [] : [`${command}: ${was ?? 'unknown'} -> ${is ?? 'unknown'}`];
  });
}

/** Whether a meter that says `said` has what was set as `set`: how it writes numbers and units is its own affair. */
export function isSameSetting(set: string, said: string): boolean {
  return plain(set) === plain(said);
}

function plain(text: string): string {
  const bare = text.replaceAll(/[\s%]/g, '').toLowerCase();
  const number = /^l?(\d+(?:\.\d+)?)$/.exec(bare)?.[1];
  return number === undefined ? bare : String(Number(number));
}

/** Whether the meter's data lines carry octave bands after the known fields. */
export function hasOctave(snapshot: SettingsSnapshot): boolean {
  const mode = snapshot.values['Octave Mode'];
  return mode !== undefined && mode !== null && mode !== 'Off';
}

export function unitInfoOf(snapshot: SettingsSnapshot): UnitInfo {
  const value = (command: string): string | null => snapshot.values[command] ?? null;
  return {
    model: value('Type'),
    serial: value('Serial Number'),
    firmware: value('System Version'),
    options: hasOctave(snapshot) ? ['octave'] : [],
    frequency_weighting: value('Frequency Weighting (Main)'),
    time_weighting: value('Time Weighting (Main)'),
    percentiles: PERCENTILES.map((command) => percentOf(value(command))),
    settings: settingsHash(snapshot),
    snapshot: Object.fromEntries(
      Object.entries(snapshot.values).flatMap(([name, text]) => (text === null ? [] : [[name, text]])),
    ),
    clock_offset_s: snapshot.clockOffsetS,
    read_at: snapshot.readAtMs === null ? null : toInstant(snapshot.readAtMs),
  };
}

/** The percentile in an answer, however it is written (`5`, `5.0`, `L5`, `5 %`). */
export function percentOf(text: string | null): number | null {
  const percent = Number(/\d+(?:\.\d+)?/.exec(text ?? '')?.[0] ?? Number.NaN);
  return percent > 0 && percent < 100 ? percent : null;
}

/** FNV-1a, 32 bits: a fingerprint to tell settings apart, no secret. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
