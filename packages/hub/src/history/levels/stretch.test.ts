import type { Frame } from '@slmm/protocol';
import { exampleFrame } from '@slmm/protocol/testing';
import { describe, expect, it } from 'vitest';
import { stretchOf } from './stretch.ts';

const AT_MS = Date.UTC(2026, 5, 1);
const interval = { s: 1, leq: 62.1, lmax: 63, lmin: 60.8, lpeak: 78.2, basis: 'drd' as const, ticks: 10 };
const frame = (more: Partial<Frame> = {}): Frame =>
  exampleFrame({
    epoch: '01JD3AAAAAAAAAAAAAAAAAAAAA',
    seq: 1,
    at: new Date(AT_MS).toISOString(),
    src: 'drd',
    interval,
    settings: null,
    ...more,
  });

describe('stretchOf', () => {
  it('is the time before the frame, with the levels of the interval and not the cumulative ones', () => {
    expect(stretchOf(frame(), AT_MS, false)).toEqual({
      startMs: AT_MS - 1000,
      endMs: AT_MS,
      atMs: AT_MS,
      measuredMs: 1000,
      leqDb: 62.1,
      lmaxDb: 63,
      lminDb: 60.8,
      lpeakDb: 78.2,
      over: false,
      underMs: 0,
      basis: 'drd',
    });
  });

  it('is the time from an imported row on, a minute at most', () => {
    expect(stretchOf(frame(), AT_MS, true)).toMatchObject({ startMs: AT_MS, endMs: AT_MS + 1000, atMs: AT_MS, basis: 'import' });
    expect(stretchOf(frame({ interval: { ...interval, s: 61 } }), AT_MS, true)).toBeNull();
  });

  it('is nothing without an interval, without a level, and while the meter does not measure', () => {
    expect(stretchOf(frame({ interval: null }), AT_MS, false)).toBeNull();
    expect(stretchOf(frame({ interval: { ...interval, leq: null } }), AT_MS, false)).toBeNull();
    expect(stretchOf(frame({ run: 'Stop' }), AT_MS, false)).toBeNull();
    expect(stretchOf(frame({ run: 'unknown' }), AT_MS, false)).toBeNull();
  });

  it('does not take the 0.0 of a reset for a level', () => {
    expect(stretchOf(frame({ interval: { ...interval, leq: 0 } }), AT_MS, false)).toBeNull();
    expect(stretchOf(frame({ interval: { ...interval, lmin: 0 } }), AT_MS, false)?.lminDb).toBeNull();
    expect(stretchOf(frame({ interval: { ...interval, leq: 0 } }), AT_MS, true)?.leqDb).toBe(0);
  });

  it('measured as much as its ticks say', () => {
    expect(stretchOf(frame({ interval: { ...interval, ticks: 8, missing: 2 } }), AT_MS, false)?.measuredMs).toBe(800);
  });

  it('is overloaded if any of it was, and under-range for as long as was counted', () => {
    expect(stretchOf(frame({ over: true }), AT_MS, false)?.over).toBe(true);
    expect(stretchOf(frame({ interval: { ...interval, over_s: 0.1 } }), AT_MS, false)?.over).toBe(true);
    expect(stretchOf(frame({ interval: { ...interval, under_s: 0.3 } }), AT_MS, false)?.underMs).toBe(300);
    expect(stretchOf(frame({ under: true }), AT_MS, false)?.underMs).toBe(1000);
  });
});
