/** Series that are made up, once as what was measured (for oracle.ts) and once as the readings that a hub stores. The same in every run. */
import { importedReading, type Reading, type ReadingStore, type WorkerHistoryStore } from '@slmm/hub/testing';
import type { Frame, Interval } from '@slmm/protocol';
import { exampleFrame } from '@slmm/protocol/testing';
import { seeded } from '../../seeded.ts';
import type { Measured } from './oracle.ts';

export interface Series {
  readonly unit: string;
  readonly measured: readonly Measured[];
  /** Times of readings without a level that counts: stopped, reset, unreadable. */
  readonly silent: readonly number[];
  readonly frames: readonly Reading[];
  readonly rows: readonly Reading[];
}

const hundredths = (level: number): number => Math.round(level * 100) / 100;
const tenths = (level: number): number => Math.round(level * 10) / 10;

/** Levels that wander between 32 and 78 dB and jump to events now and then. */
function* levelsOf(dice: () => number): Generator<number, never> {
  let level = 50;
  let eventLeft = 0;
  for (;;) {
    level = Math.min(78, Math.max(32, level + (dice() - 0.5) * 2));
    if (eventLeft === 0 && dice() < 0.001) eventLeft = 5 + Math.floor(dice() * 60);
    eventLeft = Math.max(0, eventLeft - 1);
    yield hundredths(level + (eventLeft > 0 ? 20 + dice() * 8 : 0));
  }
}

interface FrameOrder {
  readonly unit: string;
  readonly epoch: string;
  readonly seq: number;
  readonly atMs: number;
  readonly run?: Frame['run'];
  readonly over?: boolean;
  readonly under?: boolean;
  readonly interval: Interval | null;
}

function frameOf({ unit, epoch, seq, atMs, run = 'Start', over = false, under = false, interval }: FrameOrder): Reading {
  const frame: Frame = exampleFrame({
    unit,
    epoch,
    seq,
    at: new Date(atMs).toISOString(),
    src: interval?.basis === 'drd' ? 'drd' : 'dod',
    run,
    lp: interval?.leq ?? null,
    // Cumulative values of the meter, which must not leave a trace in any answer.
    leq: 99.9,
    le: 139.9,
    lmax: 129.9,
    lmin: 0.1,
    lpeak: 139.9,
    ln: [99.1, 99.2, 99.3, 99.4, 99.5],
    over,
    under,
    interval,
  });
  return { frame, atMs, late: seq % 13 === 0 };
}

function measuredOf(span: { readonly startMs: number; readonly endMs: number }, level: number, dice: () => number): Measured {
  return {
    ...span,
    basis: 'drd',
    level,
    lmax: tenths(level + dice() * 6),
    lmin: tenths(level - dice() * 4),
    lpeak: tenths(level + 10 + dice() * 12),
    share: 1,
    over: false,
    under: level < 33,
  };
}

function intervalOf({ startMs, endMs, level, lmax, lmin, lpeak, basis, share, over, under }: Measured): Interval {
  const s = (endMs - startMs) / 1000;
  const ticks = Math.round(s * 10 * share);
  const counted = basis === 'drd' ? { ticks, missing: Math.round(s * 10) - ticks } : { ticks: 0 };
  return {
    s,
    leq: level,
    lmax,
    lmin,
    lpeak,
    basis: basis === 'drd' ? 'drd' : 'lp',
    over_s: over ? s : 0,
    under_s: under ? s : 0,
    ...counted,
  };
}

/** A frame a second from the stream of ticks: overload, lost ticks, a stop, a reset that shows 0.0, an hour without frames, a reboot with a new epoch. */
export function streamSeries(unit: string, startMs: number, hours: number): Series {
  const dice = seeded(1);
  const levels = levelsOf(dice);
  const measured: Measured[] = [];
  const silent: number[] = [];
  const frames: Reading[] = [];
  let [epoch, seq] = ['01JD3FIRSTEPOCH', 0];
  for (let second = 0; second < hours * 3600; second += 1) {
    const hour = second / 3600;
    const level = levels.next().value;
    if (hour >= 5 && hour < 6) continue;
    if (second === 10 * 3600 + 137) [epoch, seq] = ['01JD4SECONDEPOCH', 0];
    seq += 1;
    const span = { startMs: startMs + second * 1000, endMs: startMs + (second + 1) * 1000 };
    const isStopped = hour >= 8 && hour < 8.25;
    const isReset = second >= 12 * 3600 + 1000 && second < 12 * 3600 + 1007;
    const one: Measured = {
      ...measuredOf(span, level, dice),
      over: second % 7200 > 3000 && second % 7200 < 3000 + (second % 5) + 20,
      share: dice() < 0.01 ? Math.ceil(dice() * 9) / 10 : 1,
    };
    if (isStopped || isReset) silent.push(span.endMs);
    else measured.push(one);
    const interval = isReset ? { ...intervalOf(one), leq: 0, lmax: 0, lmin: 0, lpeak: 0 } : intervalOf(one);
    const { over, under } = one;
    frames.push(frameOf({ unit, epoch, seq, atMs: span.endMs, run: isStopped ? 'Stop' : 'Start', over, under, interval }));
  }
  return { unit, measured, silent, frames, rows: [] };
}

/** DOD frames as they come over a slow link, of 0.9 to 2.4 s at odd milliseconds; after a pause of the link, and when the line was garbled, a frame has no interval. */
export function sampleSeries(unit: string, startMs: number, hours: number): Series {
  const dice = seeded(2);
  const levels = levelsOf(dice);
  const measured: Measured[] = [];
  const silent: number[] = [];
  const frames: Reading[] = [];
  let seq = 0;
  for (let atMs = startMs; atMs < startMs + hours * 3_600_000;) {
    const isPause = dice() < 0.0005;
    const lengthMs = isPause ? 20_000 + Math.floor(dice() * 900_000) : 900 + Math.floor(dice() * 1500);
    const fromMs = atMs;
    atMs += lengthMs;
    seq += 1;
    const one: Measured = {
      ...measuredOf({ startMs: fromMs, endMs: atMs }, tenths(levels.next().value), dice),
      basis: 'lp',
      lpeak: null,
    };
    const isUnknown = isPause || dice() < 0.002;
    if (isUnknown) silent.push(atMs);
    else measured.push(one);
    frames.push(
      frameOf({ unit, epoch: '01JD3SLOWEPOCH', seq, atMs, under: one.under, interval: isUnknown ? null : intervalOf(one) }),
    );
  }
  return { unit, measured, silent, frames, rows: [] };
}

/** Days of imported minutes, with stretches of measured frames of both kinds beside them, also at the same time. */
export function mixedSeries(unit: string, startMs: number, days: number): Series {
  const dice = seeded(3);
  const levels = levelsOf(dice);
  const measured: Measured[] = [];
  const rows: Reading[] = [];
  for (let minute = 0; minute < days * 1440; minute += 1) {
    const rowMs = startMs + minute * 60_000;
    // To a millionth of a decibel, as the hub keeps them.
    const level = Math.round((levels.next().value + dice() / 1e5) * 1e6) / 1e6;
    if (dice() < 0.01) continue;
    rows.push(importedReading(unit, { startMs: rowMs, levelDb: level }, 60));
    const flat = { lmax: level, lmin: level, lpeak: null, share: 1, over: false, under: false };
    measured.push({ startMs: rowMs, endMs: rowMs + 60_000, basis: 'import', level, ...flat });
  }
  const frames: Reading[] = [];
  const add = (epoch: string, seq: number, fromMs: number, lengthMs: number, basis: 'drd' | 'lp'): void => {
    const span = { startMs: fromMs, endMs: fromMs + lengthMs };
    const one: Measured = { ...measuredOf(span, hundredths(levels.next().value + 10), dice), basis };
    measured.push(one);
    frames.push(frameOf({ unit, epoch, seq, atMs: span.endMs, under: one.under, interval: intervalOf(one) }));
  };
  const middleMs = startMs + (days * 86_400_000) / 2;
  for (let index = 0; index < 5000; index += 1) add('01JD3STREAMEPOCH', index + 1, middleMs + index * 1000 + 370, 1000, 'drd');
  for (let index = 0; index < 900; index += 1)
    add('01JD3SAMPLEEPOCH', index + 1, middleMs - 3_600_000 + index * 7000 + 41, 7000, 'lp');
  return { unit, measured, silent: [], frames, rows };
}

/**
 * Puts a series where a hub finds it. `mixed`: frames packed into blocks and rollups up to some point, the others still rows, and some of them late, in between what was packed.
 * `packed`: all as it is some minutes later.
 */
export async function store(
  series: Series,
  readings: ReadingStore,
  history: WorkerHistoryStore,
  nowMs: number,
  form: 'mixed' | 'packed' = 'mixed',
): Promise<void> {
  const { unit, frames, rows } = series;
  const isLast = (_: Reading, index: number): boolean => index % 97 === 5;
  const append = async (part: readonly Reading[]): Promise<void> => {
    for (let first = 0; first < part.length; first += 10_000) {
      const batch = part.slice(first, first + 10_000);
      const epochs = [...new Set(batch.map(({ frame }) => frame.epoch))];
      const streams = epochs.map((epoch) => ({ unit, epoch, edge: 'made-up', settled: [[1, frames.length] as const], lost: [] }));
      await readings.append({ readings: batch, streams, deadLetters: [] });
    }
  };
  const pack = async (beforeMs: number): Promise<void> => {
    let compacted: number;
    do ({ compacted } = await history.compact({ beforeMs, mark: await history.mark(), nowMs, limit: 50 }));
    while (compacted > 0);
  };
  await append(frames.filter((one, index) => !isLast(one, index)));
  await history.importReadings(unit, rows);
  await pack(frames[Math.floor(frames.length * 0.8)]?.atMs ?? 0);
  await append(frames.filter(isLast));
  if (form === 'packed') await pack(Number.MAX_SAFE_INTEGER);
}
