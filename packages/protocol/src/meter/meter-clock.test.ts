import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatMeterClock, meterClockFromNaiveMs, naiveMsOfMeterClock, parseMeterClock } from './meter-clock.ts';

describe('meter clock', () => {
  it('reads the text strictly', () => {
    expect(parseMeterClock('2026/02/28 23:59:07')).toEqual({ year: 2026, month: 2, day: 28, hour: 23, minute: 59, second: 7 });
  });

  it.each([
    '2026/02/29 00:00:00',
    '2026/04/31 00:00:00',
    '2026/13/01 00:00:00',
    '2026/00/10 00:00:00',
    '2026/01/01 24:00:00',
    '2026/01/01 00:60:00',
    '2026/1/1 0:0:0',
    '2026/01/01,00:00:00',
    '2026-01-01 00:00:00',
    ' 2026/01/01 00:00:00',
    '2026/01/01 00:00:00\r',
    '0000/01/01 00:00:00',
    '',
  ])('refuses %j', (text) => {
    expect(parseMeterClock(text)).toBeNull();
  });

  it('writes what it reads', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(2099, 11, 31) / 1000 }), (second) => {
        const clock = meterClockFromNaiveMs(second * 1000 + 999);
        expect(parseMeterClock(formatMeterClock(clock))).toEqual(clock);
        expect(naiveMsOfMeterClock(clock)).toBe(second * 1000);
      }),
    );
  });
});
