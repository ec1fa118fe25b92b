// Examples for the tests of this room: frames of one level, one a second from `START_MS` on, and the state of a meter that is well.
import type { Frame, UnitState } from '@slmm/protocol';
import { exampleFrame } from '@slmm/protocol/testing';

/** A Monday. */
export const START_MS = Date.parse('2026-06-01T10:00:00Z');
export const EPOCH = '01TESTEPOCH';

/** The frame of a second: everything it says is the one level. */
export function frameAt(second: number, levelDb: number, more: Partial<Frame> = {}): Frame {
  return exampleFrame({
    unit: 'u1',
    epoch: EPOCH,
    seq: second,
    at: new Date(START_MS + second * 1000).toISOString(),
    src: 'drd',
    lp: levelDb,
    leq: levelDb,
    le: levelDb,
    lmax: levelDb,
    lmin: levelDb,
    lpeak: levelDb,
    ln: [levelDb, null, null, null, null],
    interval: { s: 1, leq: levelDb, lmax: levelDb + 1, lmin: levelDb - 1, lpeak: levelDb + 10, basis: 'drd', ticks: 10 },
    settings: null,
    ...more,
  });
}

export function stateOf(more: Partial<UnitState> = {}): UnitState {
  return {
    link: 'ok',
    since: new Date(START_MS).toISOString(),
    last_ok: new Date(START_MS).toISOString(),
    reachable: true,
    failures: 0,
    reason: null,
    run: 'Start',
    run_since: null,
    run_since_basis: null,
    owner: null,
    acquisition: 'dod',
    battery: 'Full',
    power: null,
    sd_free_mb: 30_000,
    garbled: 0,
    ...more,
  };
}
