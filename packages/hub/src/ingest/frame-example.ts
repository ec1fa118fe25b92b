import type { Frame } from '@slmm/protocol';
import { exampleFrame as frameOfContract } from '@slmm/protocol/testing';
import { toInstant } from '@slmm/shared';

/** A whole frame as an edge sends it, for tests; `changes` say what matters there. */
export function exampleFrame(changes: Partial<Frame> & Pick<Frame, 'seq'>): Frame {
  return frameOfContract({
    epoch: '01JD3EPOCH',
    at: toInstant(Date.UTC(2026, 10, 23, 6) + changes.seq * 1000),
    interval: { s: 1, leq: 62.12, lmax: 63, lmin: 60.8, lpeak: 78.2, basis: 'drd', ticks: 10 },
    ...changes,
  });
}
