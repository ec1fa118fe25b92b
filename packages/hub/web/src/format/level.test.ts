import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLevel, formatShare } from './level.ts';

describe('formatLevel', () => {
  it.each([
    [62.44, '62.4'],
    [62.25, '62.3'],
    [62.35, '62.4'],
    [-0.25, '−0.3'],
    [-0.04, '0.0'],
    [0, '0.0'],
    [100, '100.0'],
    [null, '–'],
    [undefined, '–'],
    [Number.NaN, '–'],
  ])('shows %s as %s', (level, text) => {
    expect(formatLevel(level)).toBe(text);
  });

  it('is never further than half a tenth from the level, and mirrors at zero', () => {
    fc.assert(
      fc.property(fc.double({ min: -50, max: 250, noNaN: true }), (level) => {
        const shown = Number(formatLevel(level).replace('−', '-'));
        expect(Math.abs(shown - level)).toBeLessThanOrEqual(0.0500001);
        expect(formatLevel(-level).replace('−', '')).toBe(formatLevel(level).replace('−', ''));
      }),
    );
  });
});

describe('formatShare', () => {
  it.each([
    [1, '100 %'],
    [0.99999, '99.9 %'],
    [0.9876, '98.7 %'],
    [0, '0.0 %'],
    [null, '–'],
  ])('shows %s as %s', (share, text) => {
    expect(formatShare(share)).toBe(text);
  });
});
