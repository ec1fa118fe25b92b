/** The coverage of a unit over a period, from the store: the shell around ledger.ts. Neighbours: api asks. */
import type { CoverageReport } from '@slmm/protocol';
import { toInstant } from '@slmm/shared';
import { cadenceOf, LEAST_GAP_MS, type Ledger, ledgerOf, timeHoles } from './ledger.ts';
import type { ReadingStore, Sequence } from '../reading-store.ts';

/** Steps of which it is looked up whether a clock made them; the longest come first. */
const MAX_LOOKUPS = 50;

type Store = Pick<ReadingStore, 'readings' | 'sequences' | 'streams' | 'states'>;

/**
 * What should be there of a unit from `fromMs` (inclusive) to `toMs` (exclusive), what is, and why the rest is not.
 * What lies after `nowMs` is not expected yet, and neither is anything before the unit's first frame.
 */
export async function coverage(store: Store, unit: string, fromMs: number, toMs: number, nowMs: number): Promise<CoverageReport> {
  const endMs = Math.min(toMs, nowMs);
  const [sequences, streams, states, earlier] = await Promise.all([
    store.sequences(unit, fromMs, endMs, LEAST_GAP_MS),
    store.streams({ unit }),
    store.states(unit, fromMs, endMs),
    store.readings({ unit, fromMs: 0, toMs: fromMs, limit: 1 }),
  ]);
  const startMs = earlier.readings.length > 0 ? fromMs : (sequences[0]?.firstAtMs ?? endMs);
  if (startMs >= endMs) return report(unit, null, { expected: 0, live: 0, late: 0, lost: 0, coverage: null, gaps: [] });
  const clockSteps = await stepsOfClocks(store, unit, startMs, endMs, sequences);
  return report(unit, startMs, ledgerOf({ fromMs: startMs, toMs: endMs, sequences, streams, states, clockSteps }));
}

/**
 * A long step between two seqs that follow one another: did time pass, or was the clock stepped? The interval of a DOD frame says how long it was since the one
 * before, and is missing after a pause. (A DRD frame says one second in any case.)
 */
async function stepsOfClocks(
  store: Store,
  unit: string,
  fromMs: number,
  toMs: number,
  sequences: readonly Sequence[],
): Promise<ReadonlySet<number>> {
  const cadenceMs = cadenceOf(sequences);
  const doubtful = timeHoles({ fromMs, toMs, sequences }, cadenceMs)
    .filter(
      ({ before, after }) => before !== null && after !== null && before.epoch === after.epoch && before.last + 1 === after.first,
    )
    .toSorted((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs))
    .slice(0, MAX_LOOKUPS);
  const steps = new Set<number>();
  for (const { fromMs: beforeMs, toMs: atMs } of doubtful) {
    const { readings } = await store.readings({ unit, fromMs: atMs, toMs: atMs + 1, limit: 1 });
    const frame = readings[0]?.frame;
    const interval = frame?.interval ?? null;
    if (frame?.src === 'dod' && interval !== null && interval.s * 1000 < (atMs - beforeMs) / 2) steps.add(atMs);
  }
  return steps;
}

function report(unit: string, expectedFromMs: number | null, { gaps, ...figures }: Ledger): CoverageReport {
  return {
    unit,
    expected_from: expectedFromMs === null ? null : toInstant(expectedFromMs),
    ...figures,
    gaps: gaps.map(({ fromMs, toMs, frames, cause }) => ({ from: toInstant(fromMs), to: toInstant(toMs), frames, cause })),
  };
}
