import { describe, expect, it } from 'vitest';
import { bytesPerFrame, framesOf, readDayOfLevels } from '../bench/backfill-size.ts';

const levels = readDayOfLevels()?.slice(0, 6 * 3600) ?? null;
if (levels === null) console.warn('skipped: the file of real levels (../shared/data/levels) is absent');

describe.skipIf(levels === null)('size of backfill batches on real levels', () => {
  it('is at most 10 bytes a frame in batches of 60, with header, for both kinds of interval', () => {
    for (const basis of ['lp', 'drd'] as const) expect(bytesPerFrame(framesOf(levels ?? [], basis), 60)).toBeLessThanOrEqual(10);
  });
});
