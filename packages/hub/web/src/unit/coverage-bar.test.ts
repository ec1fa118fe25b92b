import { describe, expect, it } from 'vitest';
import type { CoverageGap, CoverageReport } from '@slmm/protocol/live';
import { coverageMarks, expectedSpan, gapText } from './coverage-bar.ts';

const gap = (from: string, to: string, cause: string = 'journal-full'): CoverageGap => ({
  from: `2026-11-23T${from}:00.000Z`,
  to: `2026-11-23T${to}:00.000Z`,
  frames: 1,
  // A hub of tomorrow may know more causes than this page.
  cause: cause as CoverageGap['cause'],
});
const fromMs = Date.parse('2026-11-23T00:00:00.000Z');
const toMs = Date.parse('2026-11-23T10:00:00.000Z');

describe('coverageMarks', () => {
  it('puts a gap where it is', () => {
    expect(coverageMarks([gap('01:00', '02:00')], fromMs, toMs)).toMatchObject([{ left: 0.1, width: 0.1, kind: 'lost' }]);
  });

  it('cuts what reaches over the ends and leaves out what lies outside', () => {
    const before = { ...gap('00:00', '01:00'), from: '2026-11-22T22:00:00.000Z' };
    expect(coverageMarks([before], fromMs, toMs)).toMatchObject([{ left: 0, width: 0.1 }]);
    expect(coverageMarks([gap('11:00', '12:00')], fromMs, toMs)).toEqual([]);
  });

  it('keeps the shortest gap visible and inside the bar', () => {
    const short = { ...gap('09:59', '10:00'), from: '2026-11-23T09:59:59.000Z' };
    const [mark] = coverageMarks([short], fromMs, toMs);
    expect(mark?.width).toBeGreaterThan(0.003);
    expect((mark?.left ?? 1) + (mark?.width ?? 1)).toBeLessThanOrEqual(1);
  });

  it('tells what may still come from what is lost and what nobody wanted', () => {
    const kinds = ['pending', 'stopped', 'link-timeout', 'of-tomorrow'].map(
      (cause) => coverageMarks([gap('01:00', '02:00', cause)], fromMs, toMs)[0]?.kind,
    );
    expect(kinds).toEqual(['coming', 'idle', 'lost', 'lost']);
  });

  it('says causes in words, and one that it does not know as it came', () => {
    expect(gapText('link-wedged')).toBe('the meter’s control port was stuck');
    expect(gapText('of-tomorrow')).toBe('of-tomorrow');
  });
});

describe('expectedSpan', () => {
  const report = (expected_from: string | null): CoverageReport => ({
    unit: 'u1',
    expected_from,
    expected: 1,
    live: 1,
    late: 0,
    lost: 0,
    coverage: 1,
    gaps: [],
  });
  const nowMs = Date.parse('2026-11-23T08:00:00.000Z');

  it('begins with the first frame that was expected and ends now', () => {
    expect(expectedSpan(report('2026-11-23T05:00:00.000Z'), fromMs, toMs, nowMs)).toEqual([0.5, expect.closeTo(0.3)]);
  });

  it('is nothing where nothing was expected or nothing is known', () => {
    expect(expectedSpan(report(null), fromMs, toMs, nowMs)).toEqual([0, 0]);
    expect(expectedSpan(null, fromMs, toMs, nowMs)).toEqual([0, 0]);
  });
});
