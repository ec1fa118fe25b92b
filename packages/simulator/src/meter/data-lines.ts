/** The meter's data lines as text: values right-justified in five characters, flags in one, comma between. */
import type { DodChannel, DrdChannel } from '@slmm/protocol';
import { roundForDisplay } from '@slmm/shared';

export const PLACEHOLDER = '  -.-';
const UNUSED_FLAG = '-';
const DOD_LEVELS = 14;
const DRD_LEVELS = 6;

/** A level in five characters, or the placeholder. */
export function levelField(levelDb: number | null): string {
  return levelDb === null ? PLACEHOLDER : roundForDisplay(levelDb).toFixed(1).padStart(5);
}

/** The data line of `DOD?` and `DLC?`; `null` stands for a channel that is switched off. 353 bytes with CR LF. */
export function dodLine(channels: readonly (DodChannel | null)[]): string {
  return channels.flatMap((channel) => (channel === null ? unused(DOD_LEVELS) : dodFields(channel))).join(',');
}

/** A line of `DRD?`, 165 bytes with CR LF. */
export function drdLine(counter: number, channels: readonly (DrdChannel | null)[]): string {
  const fields = channels.flatMap((channel) => (channel === null ? unused(DRD_LEVELS) : drdFields(channel)));
  return [String(counter).padStart(3), ...fields].join(',');
}

function dodFields(channel: DodChannel): string[] {
  const { lp, leq, le, lmax, lmin, ln, lpeak, lieq, leqMov, ltm5 } = channel;
  return [...[lp, leq, le, lmax, lmin, ...ln, lpeak, lieq, leqMov, ltm5].map(levelField), ...flagFields(channel)];
}

function drdFields(channel: DrdChannel): string[] {
  const { lp, leq, lmax, lmin, lpeak, lieq } = channel;
  return [...[lp, leq, lmax, lmin, lpeak, lieq].map(levelField), ...flagFields(channel)];
}

function flagFields(channel: { readonly over: boolean; readonly under: boolean }): string[] {
  return [channel.over ? '1' : '0', channel.under ? '1' : '0'];
}

function unused(levels: number): string[] {
  return [...Array<string>(levels).fill(PLACEHOLDER), UNUSED_FLAG, UNUSED_FLAG];
}
