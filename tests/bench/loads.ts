/** The loads that more than one benchmark sends. */
import type { Load } from './load.ts';

/** `SLMM_BENCH_SCALE=0.1` makes a short run of any of them, to see that it works. */
export const SCALE = Number(process.env['SLMM_BENCH_SCALE'] ?? 1);

export const LIVE: Load = {
  kind: 'live',
  tag: 'bench',
  edges: 10,
  unitsPerEdge: 10,
  framesPerUnit: Math.ceil(2400 * SCALE),
  framesPerBatch: 1,
  window: 100,
};
export const BATCHES: Load = { ...LIVE, kind: 'batch', framesPerUnit: Math.ceil(120 * SCALE) * 60, framesPerBatch: 60 };
