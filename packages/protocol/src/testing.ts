/** What tests of several packages need as an example. */
import type { Frame } from './bus/frame.ts';

/** The frame of the contract (section 4); `changes` say what matters in a test. */
export function exampleFrame(changes: Partial<Frame> = {}): Frame {
  return {
    v: 1,
    unit: 'NL43-01',
    epoch: '01JD3ABCDEFGHJKMNPQRSTVWXY',
    seq: 1,
    at: '2026-11-23T06:41:05.120Z',
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
    interval: { s: 1, leq: 62.1, lmax: 63, lmin: 60.8, lpeak: 78.2, basis: 'drd', ticks: 10 },
    settings: 'a91c',
    ...changes,
  };
}
