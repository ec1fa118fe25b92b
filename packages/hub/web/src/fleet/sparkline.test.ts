import { describe, expect, it } from 'vitest';
import type { SeriesPoint } from '../live/frame-series.ts';
import { sparklinePaths } from './sparkline.ts';

const point = (seq: number, lp: number | null): SeriesPoint => ({
  atMs: seq * 1000,
  epoch: 'e',
  seq,
  lp,
  intervalLeq: null,
  over: false,
});
const box = { fromMs: 0, toMs: 10_000, width: 100, height: 20 };

describe('sparklinePaths', () => {
  it('draws one line through neighbours', () => {
    expect(sparklinePaths([point(0, 50), point(1, 50)], box)).toEqual(['M0.0 10.0L10.0 10.0']);
  });

  it('starts anew behind a gap', () => {
    const paths = sparklinePaths([point(0, 50), point(1, 50), point(5, 50), point(6, 50)], box);
    expect(paths).toEqual(['M0.0 10.0L10.0 10.0', 'M50.0 10.0L60.0 10.0']);
  });

  it('leaves the line where the meter gave no level', () => {
    expect(sparklinePaths([point(0, 50), point(1, null), point(2, 50)], box)).toHaveLength(2);
  });

  it('uses the whole height for a loud event and not for the noise of a quiet night', () => {
    expect(sparklinePaths([point(0, 40), point(1, 90)], box)).toEqual(['M0.0 19.0L10.0 1.0']);
    expect(sparklinePaths([point(0, 40), point(1, 41)], box)).toEqual(['M0.0 10.6L10.0 9.4']);
  });

  it('draws nothing from less than two levels', () => {
    expect(sparklinePaths([point(0, 50)], box)).toBeNull();
  });
});
