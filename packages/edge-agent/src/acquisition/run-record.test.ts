import { describe, expect, it } from 'vitest';
import { foldRun, RUN_UNKNOWN, type RunInput, type RunRecord } from './run-record.ts';

const says = (run: 'Start' | 'Stop' | 'unknown', atMs: number, ordered = false): RunInput => ({
  kind: 'state',
  run,
  atMs,
  ordered,
});
const elapsed = (seconds: number, atMs: number): RunInput => ({ kind: 'elapsed', seconds, atMs });

/** One readable line per change, and the record at the end. */
function play(...inputs: RunInput[]): { readonly changes: string[]; readonly record: RunRecord } {
  const changes: string[] = [];
  let record = RUN_UNKNOWN;
  for (const input of inputs) {
    const folded = foldRun(record, input);
    record = folded.record;
    if (folded.change !== null)
      changes.push(`${folded.change.from} -> ${folded.change.to}${folded.change.ordered ? ', ordered' : ''}`);
  }
  return { changes, record };
}

describe('the run record', () => {
  it('takes the start of a run it finds under way from LE - Leq, and keeps that first estimate', () => {
    const { changes, record } = play(says('Start', 1_000_000), elapsed(600, 1_001_000), elapsed(620, 1_004_000));
    expect(changes).toEqual([]);
    expect(record).toMatchObject({ run: 'Start', sinceMs: 401_000, basis: 'le-leq' });
  });

  it('keeps the instant of a start that was ordered here', () => {
    const { record } = play(says('Stop', 0), says('Start', 5000, true), elapsed(1.2, 6000));
    expect(record).toMatchObject({ run: 'Start', sinceMs: 5000, basis: 'seen' });
  });

  it('tells a stop that nobody ordered', () => {
    const { changes, record } = play(says('Start', 0), says('Stop', 30_000));
    expect(changes).toEqual(['Start -> Stop']);
    expect(record).toMatchObject({ run: 'Stop', sinceMs: 30_000, basis: 'seen' });
  });

  it('tells an ordered start as ordered', () => {
    expect(play(says('Stop', 0), says('Start', 10, true)).changes).toEqual(['Stop -> Start, ordered']);
  });

  it('changes nothing on a garbled answer', () => {
    const before = play(says('Start', 0), elapsed(10, 10_000));
    const after = play(says('Start', 0), elapsed(10, 10_000), says('unknown', 20_000));
    expect(after).toEqual(before);
  });

  it('reads no measuring time into a stopped meter, which still shows its last results', () => {
    expect(play(says('Stop', 0), elapsed(600, 1000)).record.sinceMs).toBeNull();
  });

  it('estimates anew when the values restarted within the same state', () => {
    const { changes, record } = play(says('Start', 0), elapsed(100, 100_000), { kind: 'restarted' }, elapsed(2, 110_000));
    expect(changes).toEqual([]);
    expect(record).toMatchObject({ run: 'Start', sinceMs: 108_000, basis: 'le-leq' });
  });
});
