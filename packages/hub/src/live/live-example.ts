import type { EdgeState, Frame, UnitState } from '@slmm/protocol';
import { exampleFrame as frameOfContract } from '@slmm/protocol/testing';
import type { LiveConnection } from './live-connection.ts';

// Frames, states and connections that tests of live viewers share.

export const EXAMPLE_EPOCH = '01JD3ABCDEFGHJKMNPQRSTVWXY';
/** When frame 0 would have been. */
export const EXAMPLE_START_MS = Date.UTC(2026, 10, 23, 6, 0, 0);

/** Frame `seq` of a unit that is read once a second. */
export function exampleFrame(unit: string, seq: number, more: Partial<Frame> = {}): Frame {
  return frameOfContract({
    unit,
    epoch: EXAMPLE_EPOCH,
    seq,
    at: new Date(EXAMPLE_START_MS + seq * 1_000).toISOString(),
    interval: null,
    settings: null,
    ...more,
  });
}

export function exampleState(more: Partial<UnitState> = {}): UnitState {
  return {
    link: 'ok',
    since: '2026-11-23T05:00:00.000Z',
    last_ok: '2026-11-23T06:00:00.000Z',
    reachable: true,
    failures: 0,
    reason: null,
    run: 'Start',
    run_since: '2026-11-23T05:30:00.000Z',
    run_since_basis: 'seen',
    owner: null,
    acquisition: 'dod',
    battery: null,
    power: null,
    sd_free_mb: null,
    garbled: 0,
    ...more,
  };
}

export const UNREACHABLE = exampleState({
  link: 'refused',
  reachable: false,
  failures: 3,
  reason: 'The meter refuses connections: power-cycle it.',
});

export function exampleEdge(state: 'online' | 'offline'): EdgeState {
  return { state, epoch: EXAMPLE_EPOCH, boot: 'boot-1', at: '2026-11-23T05:00:00.000Z', reason: 'test' };
}

/** A connection that keeps what it is given; `bufferedBytes` is what the test says. */
export class FakeConnection implements LiveConnection {
  bufferedBytes = 0;
  readonly sent: Uint8Array[] = [];
  pings = 0;
  closed: number | 'terminated' | null = null;

  send(message: Uint8Array): void {
    this.sent.push(message);
  }

  ping(): void {
    this.pings += 1;
  }

  close(code: number): void {
    this.closed = code;
  }

  terminate(): void {
    this.closed = 'terminated';
  }

  /** Everything sent since the last call, decoded. */
  take(): Record<string, unknown>[] {
    return this.sent.splice(0).map((bytes) => JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>);
  }
}
