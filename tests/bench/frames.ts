/** Frames as an edge sends them, numbered, with plausible levels: cheap to make, so that the sender is not what is measured. */
import type { Frame } from '@slmm/protocol';

export const BENCH_EPOCH = '01BENCHEP0CH0000000000000A';

/** Frame `seq` of a unit that began at `startMs` and says one a second. */
export function benchFrame(unit: string, seq: number, startMs: number): Frame {
  const level = 50 + ((seq * 7) % 200) / 10;
  return {
    v: 1,
    unit,
    epoch: BENCH_EPOCH,
    seq,
    at: new Date(startMs + seq * 1000).toISOString(),
    src: 'dod',
    run: 'Start',
    lp: level,
    leq: 58.9,
    le: 94.5,
    lmax: 81.2,
    lmin: 40.1,
    lpeak: 96,
    ln: [70.1, 65.3, 55, 47.2, 45.9],
    lieq: null,
    leqmov: null,
    ltm5: null,
    over: false,
    under: false,
    interval: { s: 1, leq: level, lmax: level, lmin: level, lpeak: null, basis: 'lp', ticks: 0 },
    settings: 'a91c',
  };
}
