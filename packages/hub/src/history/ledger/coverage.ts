/** The coverage of a unit over a period, from the store: the shell around ledger.ts. Neighbours: api asks. */
import type { CoverageReport } from '@slmm/protocol';
import { toInstant } from '@slmm/shared';
import type { ReadingStore } from '../reading-store.ts';
import { steppedHoles } from './clock-steps.ts';
import { LEAST_GAP_MS, type Ledger, ledgerOf } from './ledger.ts';

type Store = Pick<ReadingStore, 'readings' | 'sequences' | 'streams' | 'states' | 'firstFrameMs'>;

/**
 * What should be there of a unit from `fromMs` (inclusive) to `toMs` (exclusive), what is, and why the rest is not.
 * What lies after `nowMs` is not expected yet, and neither is anything before the unit's first frame.
 */
export async function coverage(store: Store, unit: string, fromMs: number, toMs: number, nowMs: number): Promise<CoverageReport> {
  const endMs = Math.min(toMs, nowMs);
  const [sequences, streams, states, firstMs] = await Promise.all([
    store.sequences(unit, fromMs, endMs, LEAST_GAP_MS),
    store.streams({ unit }),
    store.states(unit, fromMs, endMs),
    store.firstFrameMs(unit),
  ]);
  const startMs = Math.max(fromMs, firstMs ?? endMs);
  if (startMs >= endMs) return report(unit, null, { expected: 0, live: 0, late: 0, lost: 0, coverage: null, gaps: [] });
  const stepped = await steppedHoles(store, { unit, fromMs: startMs, toMs: endMs, sequences, streams });
  return report(unit, startMs, ledgerOf({ fromMs: startMs, toMs: endMs, sequences, streams, states, stepped }));
}

function report(unit: string, expectedFromMs: number | null, { gaps, ...figures }: Ledger): CoverageReport {
  return {
    unit,
    expected_from: expectedFromMs === null ? null : toInstant(expectedFromMs),
    ...figures,
    gaps: gaps.map(({ fromMs, toMs, frames, cause }) => ({ from: toInstant(fromMs), to: toInstant(toMs), frames, cause })),
  };
}
