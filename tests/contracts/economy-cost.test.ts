import { describe, expect, it } from 'vitest';
import { framesOf, readDayOfLevels } from '../bench/backfill-size.ts';
import { costOfEconomy } from '../bench/economy.ts';

const levels = readDayOfLevels()?.slice(6 * 3600, 9 * 3600) ?? null;
if (levels === null) console.warn('skipped: the file of real levels (../shared/data/levels) is absent');

describe.skipIf(levels === null)('a metered SIM in economy uplink, on real levels, all protocols included', () => {
  it.each([
    [60, 'lp', 35],
    [60, 'drd', 35],
    [10, 'lp', 140],
    [10, 'drd', 140],
  ] as const)('with batches of %s s of %s frames pays at most %s MB a unit and month', async (batchS, basis, goalMb) => {
    const { mbPerMonth, messagesPerHour } = await costOfEconomy(framesOf(levels ?? [], basis), batchS);
    expect(mbPerMonth).toBeLessThanOrEqual(goalMb);
    expect(mbPerMonth).toBeGreaterThan(goalMb / 5);
    expect(messagesPerHour).toBeGreaterThan(3600 / batchS);
  });
});
