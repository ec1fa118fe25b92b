/** Days of readings for the benchmark of history: a real day of LAeq,1s where it is at hand, over and over. Neighbour: history.ts. */
import { existsSync, readFileSync } from 'node:fs';
import type { Reading } from '@slmm/hub/testing';
import type { Frame } from '@slmm/protocol';
import { seeded } from '../seeded.ts';

export const DAY_S = 86_400;
/** From the root of the project, or from here, wherever it is started. */
const SERIES = ['../shared', '../../shared']
  .map((folder) => `${folder}/data/levels/laeq_1s_24h.csv`)
  .find((path) => existsSync(path));

/** A day of levels to 0.1 dB: a real one, else one that wanders. */
export function dayOfLevels(): { readonly levels: readonly number[]; readonly origin: string } {
  if (SERIES !== undefined) {
    const rows = readFileSync(SERIES, 'utf8')
      .trim()
      .split('\n')
      .slice(1, DAY_S + 1);
    return { levels: rows.map((row) => tenth(Number(row.split(',')[1]))), origin: 'a real day of LAeq,1s' };
  }
  const dice = seeded(1);
  let level = 50;
  const levels = Array.from({ length: DAY_S }, () => {
    level = Math.min(80, Math.max(38, level + (dice() - 0.5) * 2));
    return tenth(level);
  });
  return { levels, origin: 'a made-up day of levels' };
}

const tenth = (value: number): number => Math.round(value * 10) / 10;
const hundredth = (value: number): number => Math.round(value * 100) / 100;

/** Frames as an edge makes them of a meter's stream: cumulative values that creep, an interval that is new each second, times that jitter. */
export function* framesOf(
  unit: string,
  epoch: string,
  levels: readonly number[],
  startMs: number,
  days: number,
): Generator<Reading> {
  let energy = 0;
  let [lmax, lmin] = [0, 200];
  for (let second = 0; second < days * DAY_S; second += 1) {
    const level = levels[second % DAY_S] ?? 50;
    const jitterMs = ((second * 7919) % 23) - 11;
    energy += 10 ** (level / 10);
    [lmax, lmin] = [Math.max(lmax, tenth(level + 2)), Math.min(lmin, tenth(level - 1))];
    const leq = tenth(10 * Math.log10(energy / (second + 1)));
    const atMs = startMs + (second + 1) * 1000 + 100 + jitterMs;
    const frame: Frame = {
      v: 1,
      unit,
      epoch,
      seq: second + 1,
      at: new Date(atMs).toISOString(),
      src: 'drd',
      run: 'Start',
      lp: tenth(level + ((second * 31) % 7) / 10 - 0.3),
      leq,
      le: tenth(leq + 10 * Math.log10(second + 1)),
      lmax,
      lmin,
      lpeak: tenth(lmax + 12),
      ln: [tenth(leq + 4), tenth(leq + 2), tenth(leq - 2), tenth(leq - 5), tenth(leq - 6)],
      lieq: null,
      leqmov: null,
      ltm5: null,
      over: false,
      under: false,
      interval: {
        s: 1,
        leq: hundredth(level + ((second * 13) % 10) / 100),
        lmax: tenth(level + ((second * 17) % 20) / 10),
        lmin: tenth(level - ((second * 19) % 12) / 10),
        lpeak: tenth(level + 10 + ((second * 23) % 30) / 10),
        basis: 'drd',
        ticks: 10,
        over_s: 0,
        under_s: 0,
      },
      settings: 'a91c',
    };
    yield { frame, atMs, late: false };
  }
}
