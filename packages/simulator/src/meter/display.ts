/**
 * What the meter shows of its results: four channels, items only while their display is on.
 * Sub channels are the main channel seen through another frequency weighting: every level shifted by the same amount.
 */
import type { DodChannel, DrdChannel } from '@slmm/protocol';
import type { Cumulative } from './cumulative.ts';
import type { Tick } from './detector.ts';

const CHANNELS = ['Main', 'Sub1', 'Sub2', 'Sub3'] as const;
/** What C and Z show above A outdoors, where low frequencies lead. */
const WEIGHTING_OFFSET_DB: Readonly<Record<string, number>> = { A: 0, C: 2.8, Z: 4.1 };
const OVERLOAD_PEAK_DB = 143;
const UNDER_RANGE_DB = 18;

/** The value of a setting of the meter by its name. */
type SettingOf = (name: string) => string;

/** Everything that a DOD or DLC line is made of. */
export interface Shown {
  readonly results: Cumulative | null;
  /** For Lp; `null` shows its placeholder. */
  readonly tick: Tick | null;
  /** For the flags. */
  readonly flags: Tick | null;
  readonly movingDb: number | null;
  /** Percent of LN1..LN5. */
  readonly percentiles: readonly number[];
}

/** What a channel's frequency weighting adds to the A-weighted level. */
export function weightingOffsetDb(channel: (typeof CHANNELS)[number], settingOf: SettingOf): number {
  return WEIGHTING_OFFSET_DB[settingOf(`Frequency Weighting (${channel})`)] ?? 0;
}

/** Main, Sub1, Sub2 and Sub3 of a DOD or DLC line. */
export function dodChannels(shown: Shown, settingOf: SettingOf): DodChannel[] {
  const { results, tick, movingDb } = shown;
  const item = (name: string, levelDb: () => number | null | undefined): number | null =>
    settingOf(`Display ${name}`) === 'On' ? (levelDb() ?? null) : null;
  const [ln1 = 5, ln2 = 10, ln3 = 50, ln4 = 90, ln5 = 95] = shown.percentiles;
  const main: DodChannel = {
    lp: tick?.lpDb ?? null,
    leq: item('Leq', () => results?.leqDb),
    le: item('LE', () => results?.leDb),
    lmax: item('Lmax', () => results?.lmaxDb),
    lmin: item('Lmin', () => results?.lminDb),
    ln: [
      item('LN1', () => results?.exceeded(ln1)),
      item('LN2', () => results?.exceeded(ln2)),
      item('LN3', () => results?.exceeded(ln3)),
      item('LN4', () => results?.exceeded(ln4)),
      item('LN5', () => results?.exceeded(ln5)),
    ],
    lpeak: item('Lpeak', () => results?.lpeakDb),
    lieq: item('LIeq', () => results?.lieqDb),
    leqMov: item('Leqmov', () => movingDb),
    ltm5: item('Ltm5', () => results?.ltm5Db),
    ...flagsOf(shown.flags),
  };
  return CHANNELS.map((channel) => shiftDod(main, weightingOffsetDb(channel, settingOf)));
}

/** The four channels of a DRD line for one tick. */
export function drdChannels(tick: Tick | null, settingOf: SettingOf): DrdChannel[] {
  const main: DrdChannel = {
    lp: tick?.lpDb ?? null,
    leq: tick?.leqDb ?? null,
    lmax: tick?.lmaxDb ?? null,
    lmin: tick?.lminDb ?? null,
    lpeak: tick?.lpeakDb ?? null,
    lieq: tick === null || settingOf('Display LIeq') !== 'On' ? null : 10 * Math.log10(tick.impulseEnergy),
    ...flagsOf(tick),
  };
  return CHANNELS.map((channel) => shiftDrd(main, weightingOffsetDb(channel, settingOf)));
}

function flagsOf(tick: Tick | null): { over: boolean; under: boolean } {
  return { over: tick !== null && tick.lpeakDb > OVERLOAD_PEAK_DB, under: tick !== null && tick.lpDb < UNDER_RANGE_DB };
}

function shiftDod(channel: DodChannel, offsetDb: number): DodChannel {
  if (offsetDb === 0) return channel;
  const [ln1, ln2, ln3, ln4, ln5] = channel.ln;
  return {
    lp: shift(channel.lp, offsetDb),
    leq: shift(channel.leq, offsetDb),
    le: shift(channel.le, offsetDb),
    lmax: shift(channel.lmax, offsetDb),
    lmin: shift(channel.lmin, offsetDb),
    ln: [shift(ln1, offsetDb), shift(ln2, offsetDb), shift(ln3, offsetDb), shift(ln4, offsetDb), shift(ln5, offsetDb)],
    lpeak: shift(channel.lpeak, offsetDb),
    lieq: shift(channel.lieq, offsetDb),
    leqMov: shift(channel.leqMov, offsetDb),
    ltm5: shift(channel.ltm5, offsetDb),
    over: channel.over,
    under: channel.under,
  };
}

function shiftDrd(channel: DrdChannel, offsetDb: number): DrdChannel {
  if (offsetDb === 0) return channel;
  return {
    lp: shift(channel.lp, offsetDb),
    leq: shift(channel.leq, offsetDb),
    lmax: shift(channel.lmax, offsetDb),
    lmin: shift(channel.lmin, offsetDb),
    lpeak: shift(channel.lpeak, offsetDb),
    lieq: shift(channel.lieq, offsetDb),
    over: channel.over,
    under: channel.under,
  };
}

function shift(levelDb: number | null, offsetDb: number): number | null {
  return levelDb === null ? null : levelDb + offsetDb;
}
