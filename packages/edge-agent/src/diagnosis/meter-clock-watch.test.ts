import { describe, expect, it } from 'vitest';
import { CLOCK_UNWATCHED, type ClockNews, type ClockWatchState, foldClock } from './meter-clock-watch.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

/** Reads the clock every ten minutes; `offsetAt` is what is read `ms` after the begin. */
function watch(
  forMs: number,
  offsetAt: (ms: number) => number,
  options: { readonly state?: ClockWatchState; readonly stepAt?: readonly [number, number]; readonly orderedAtMs?: number } = {},
): { readonly told: ClockNews[]; readonly state: ClockWatchState } {
  const told: ClockNews[] = [];
  let state = options.state ?? CLOCK_UNWATCHED;
  for (let ms = 0; ms <= forMs; ms += 10 * MINUTE) {
    const [stepMs, byMs] = options.stepAt ?? [Infinity, 0];
    const atMs = ms + (ms >= stepMs ? byMs : 0);
    const offsetS = Math.round(offsetAt(ms) - (ms >= stepMs ? byMs / 1000 : 0));
    const folded = foldClock(state, { offsetS, atMs, monotonicMs: ms }, ms === options.orderedAtMs);
    state = folded.state;
    if (folded.news !== null) told.push(folded.news);
  }
  return { told, state };
}

describe('the watch over a meter clock', () => {
  it('has nothing to tell of a clock that is an hour ahead and stays so', () => {
    expect(watch(30 * DAY, () => 3600).told).toEqual([]);
  });

  it('tells a drift of 2 s a day each time it has come to 10 s', () => {
    const { told } = watch(11 * DAY, (ms) => 3600 + (2 * ms) / DAY);
    expect(told).toHaveLength(2);
    expect(told[0]).toMatchObject({ kind: 'drifted', offsetS: 3610, byS: 10 });
    expect((told[0] as { perDayS: number }).perDayS).toBeCloseTo(2, 0);
  });

  it('tells a clock that somebody set, once, and by how much', () => {
    const { told } = watch(2 * DAY, (ms) => (ms < DAY ? 3600 : 0));
    expect(told).toEqual([{ kind: 'set', offsetS: 0, byS: -3600 }]);
  });

  it('has nothing to tell of a clock that was set through this edge', () => {
    expect(watch(2 * DAY, (ms) => (ms < DAY ? 3600 : 0), { orderedAtMs: DAY }).told).toEqual([]);
  });

  it('does not blame the meter for a step of the edge clock, and goes on counting its drift', () => {
    const { told } = watch(6 * DAY, (ms) => (2 * ms) / DAY, { stepAt: [2 * DAY, 3_600_000] });
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ kind: 'drifted', byS: 10 });
  });

  it('counts on from where a former life of the agent began', () => {
    const before = watch(3 * DAY, (ms) => (2 * ms) / DAY).state;
    const state = { reference: before.reference, last: null };
    const later = foldClock(state, { offsetS: 11, atMs: 5.5 * DAY, monotonicMs: 17 }, false);
    expect(later.news).toMatchObject({ kind: 'drifted', byS: 11, perDayS: 2 });
  });

  it('concludes nothing from an edge that has just started without the time of day', () => {
    const state = { reference: { offsetS: 3600, atMs: 400 * DAY }, last: null };
    const without = foldClock(state, { offsetS: 400 * 86_400, atMs: 60_000, monotonicMs: 60_000 }, false);
    expect(without.news).toBeNull();
    const stepMs = 400 * DAY;
    const told = foldClock(without.state, { offsetS: 0, atMs: 120_000 + stepMs, monotonicMs: 120_000 }, false);
    expect(told.news).toBeNull();
  });

  it('forgives the second that a reading may be off', () => {
    let reading = 0;
    expect(watch(30 * DAY, () => (reading++ % 2 === 0 ? 0 : 1)).told).toEqual([]);
  });
});
