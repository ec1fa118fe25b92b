/** Frames as an edge sends them, numbered, with plausible levels: cheap to make, so that the sender is not what is measured. */
import type { Frame } from '@slmm/protocol';
import { exampleFrame } from '@slmm/protocol/testing';

export const BENCH_EPOCH = '01BENCHEP0CH0000000000000A';

/** Frame `seq` of a unit that began at `startMs` and says one a second. */
export function benchFrame(unit: string, seq: number, startMs: number): Frame {
  const level = 50 + ((seq * 7) % 200) / 10;
  return exampleFrame({
    unit,
    epoch: BENCH_EPOCH,
    seq,
    at: new Date(startMs + seq * 1000).toISOString(),
    lp: level,
    interval: { s: 1, leq: level, lmax: level, lmin: level, lpeak: null, basis: 'lp', ticks: 0 },
  });
}
