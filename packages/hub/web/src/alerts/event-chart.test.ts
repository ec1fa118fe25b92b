import { describe, expect, it } from 'vitest';
import type { LevelBucket } from './alert-api.ts';
import { basisOf, chartPicture, chartSpan } from './event-chart.ts';

const at = (second: number): string => new Date(Date.UTC(2026, 5, 1) + second * 1000).toISOString();
const bucket = (second: number, leq: number | null): LevelBucket => ({
  start: at(second),
  end: at(second + 10),
  leq,
  lmax: leq,
  basis: 'lp',
});
const span = { fromMs: Date.parse(at(0)), toMs: Date.parse(at(100)) };
const event = { onset_at: at(40), clear_at: at(60) };

describe('the chart of an event', () => {
  it('shows half of its length before and after it, at least a minute and at most an hour', () => {
    expect(chartSpan(event, Date.parse(at(1000)))).toEqual({ fromMs: Date.parse(at(-20)), toMs: Date.parse(at(120)) });
    expect(chartSpan({ onset_at: at(0), clear_at: null }, Date.parse(at(86_400))).fromMs).toBe(Date.parse(at(86_400 - 43_200)));
  });

  it('draws no line over a gap', () => {
    const picture = chartPicture([bucket(0, 60), bucket(10, 60), bucket(20, null), bucket(30, 60)], span, event, null);
    expect(picture?.leq).toHaveLength(2);
    expect(picture?.leq[0]).toMatch(/^M0\.0 80\.0H60\.0L60\.0 80\.0H120\.0$/);
  });

  it('has the limit in the picture, wherever the levels are', () => {
    const picture = chartPicture([bucket(0, 60)], span, event, 90);
    expect(picture?.highestDb).toBeGreaterThan(90);
    expect(picture?.limit).toBeGreaterThan(0);
    expect(picture?.on).toEqual({ from: 0.4, to: 0.6 });
  });

  it('says how its levels are known, all together', () => {
    expect(basisOf([bucket(0, 60), { ...bucket(10, 60), basis: 'drd+lp' }, { ...bucket(20, null), basis: 'import' }])).toBe(
      'drd+lp',
    );
    expect(basisOf([])).toBeNull();
  });

  it('is none without a level', () => {
    expect(chartPicture([bucket(0, null)], span, event, 70)).toBeNull();
  });
});
