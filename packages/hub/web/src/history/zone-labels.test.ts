import { describe, expect, it } from 'vitest';
import { axisTime, boundText, cursorTime } from './zone-labels.ts';

const at = (text: string): number => Date.parse(text);

describe('times on an axis', () => {
  it.each([
    ['2026-11-24T06:15:00Z', 3600, '07:15'],
    ['2026-11-24T06:15:05Z', 5, '07:15:05'],
    ['2026-11-23T23:00:00Z', 3600, '24 Nov'],
    ['2026-11-24T06:00:00Z', 86_400, '24 Nov'],
    ['2026-11-24T06:00:00Z', 30 * 86_400, 'Nov 2026'],
  ])('%s, a label every %d s: %s', (instant, step, text) => {
    expect(axisTime(at(instant), step, 'Europe/Berlin')).toBe(text);
  });

  it('is the clock of the place under the cursor', () => {
    expect(cursorTime(at('2026-11-24T06:15:30Z'), 'Asia/Kathmandu')).toBe('24 Nov 2026, 12:00:30');
  });

  it('names the day of a bound that lies on another date', () => {
    expect([
      boundText(at('2026-11-24T22:00:00Z'), '2026-11-24', 'Europe/Berlin'),
      boundText(at('2026-11-25T06:00:00Z'), '2026-11-24', 'Europe/Berlin'),
    ]).toEqual(['23:00', 'Wed 07:00']);
  });
});
