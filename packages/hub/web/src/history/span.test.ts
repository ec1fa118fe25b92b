import { describe, expect, it } from 'vitest';
import { boundsOf, dateText, datesOf, everyDate, isDate, shifted, SPANS, titleOf, weekdayText } from './span.ts';

describe('spans of days', () => {
  it.each([
    ['day', '2026-11-24', '2026-11-24', '2026-11-25', 'Tue, 24 November 2026'],
    ['week', '2026-11-24', '2026-11-23', '2026-11-30', '23 to 29 November 2026'],
    ['week', '2026-11-01', '2026-10-26', '2026-11-02', '26 October to 1 November 2026'],
    ['month', '2028-02-29', '2028-02-01', '2028-03-01', 'February 2028'],
    ['month', '2026-12-31', '2026-12-01', '2027-01-01', 'December 2026'],
    ['year', '2026-11-24', '2026-01-01', '2027-01-01', '2026'],
  ] as const)('knows the %s of %s', (span, date, first, end, title) => {
    expect(datesOf(span, date)).toEqual({ first, end });
    expect(titleOf(span, date)).toBe(title);
  });

  it('goes to the next and back to the one before', () => {
    expect(SPANS.map((span) => [shifted(span, '2026-03-01', -1), shifted(span, '2026-12-31', 1)])).toEqual([
      ['2026-02-28', '2027-01-01'],
      ['2026-02-16', '2027-01-04'],
      ['2026-02-01', '2027-01-01'],
      ['2025-01-01', '2027-01-01'],
    ]);
  });

  it('has every date, and bounds that know of changes of the clock', () => {
    expect(everyDate(datesOf('week', '2026-03-29'))).toHaveLength(7);
    const { fromMs, toMs } = boundsOf(datesOf('day', '2026-03-29'), 'Europe/Berlin');
    expect((toMs - fromMs) / 3_600_000).toBe(23);
    expect(dateText('2026-11-24')).toBe('Tue 24 Nov');
    expect(['2026-11-24', '2026-11-25', '2026-11-28'].map(weekdayText)).toEqual(['Tuesday', 'Wednesday', 'Saturday']);
  });

  it('takes no other text for a date', () => {
    expect(['2026-11-24', '2026-02-30', '2026-2-3', 'today', ''].map(isDate)).toEqual([true, false, false, false, false]);
  });
});
