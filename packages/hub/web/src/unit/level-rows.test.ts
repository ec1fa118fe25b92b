import { describe, expect, it } from 'vitest';
import { frameAt } from '../fleet/unit-example.ts';
import { levelRows, weightingOf } from './level-rows.ts';

const info = { frequency_weighting: 'A', time_weighting: 'F', percentiles: [5, 10, 50, null, 99.9] };
const named = (rows: ReturnType<typeof levelRows>): string[] => rows.map((row) => `${row.symbol} ${row.index}`);

describe('levelRows', () => {
  it('names percentiles as the meter has them set, and never guesses one', () => {
    expect(named(levelRows(frameAt(1), info))).toEqual([
      'L Aeq',
      'L AE',
      'L AFmax',
      'L AFmin',
      'L peak',
      'L 5',
      'L 10',
      'L 50',
      'LN 4',
      'L 99.9',
    ]);
  });

  it('does without what the meter has not said', () => {
    expect(named(levelRows(frameAt(1), null)).slice(0, 6)).toEqual(['L eq', 'L E', 'L max', 'L min', 'L peak', 'LN 1']);
    expect(weightingOf(null)).toBe('');
  });
});
