import type { Frame } from '@slmm/protocol';
import { toInstant } from '@slmm/shared';

/** A whole frame as an edge sends it, for tests; `changes` say what matters there. */
export function exampleFrame(changes: Partial<Frame> & Pick<Frame, 'seq'>): Frame {
  return {
    v: 1,
    unit: 'NL43-01',
    epoch: '01JD3EPOCH',
    at: toInstant(Date.UTC(2026, 10, 23, 6) + changes.seq * 1000),
    src: 'dod',
    run: 'Start',
    lp: 62.4,
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
    interval: { s: 1, leq: 62.12, lmax: 63, lmin: 60.8, lpeak: 78.2, basis: 'drd', ticks: 10 },
    settings: 'a91c',
    ...changes,
  };
}
