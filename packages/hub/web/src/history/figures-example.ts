import type { Figures } from './history-api.ts';

/** Figures of a span, for tests. */
export function figures(start: string, end: string, more: Partial<Figures> = {}): Figures {
  const expected_s = (Date.parse(end) - Date.parse(start)) / 1000;
  return {
    start,
    end,
    leq: 55.04,
    sel: 84.6,
    lmax: 71.25,
    lmax_at: start,
    lmin: 40,
    lmin_at: start,
    lpeak: null,
    lpeak_at: null,
    ln: { 10: 58, 90: 44 },
    expected_s,
    valid_s: expected_s,
    coverage: 1,
    sufficient: true,
    over_s: 0,
    under_s: 0,
    missing_s: 0,
    masked_s: 0,
    basis: 'drd',
    ...more,
  };
}
