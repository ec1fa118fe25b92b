import { expect, it } from 'vitest';
import { bringFolder } from './big-folder.ts';

it('a folder comes byte for byte over a link that breaks and a card that cuts, memory stays bounded, and no frame is lost', async () => {
  const { wrong, breaks, cardCuts, edgeGrowthMb, hubGrowthMb } = await bringFolder({
    waveMb: 15,
    breakEveryMs: 11_000,
    bytesPerS: 600_000,
    seed: 1,
    say: () => undefined,
  });
  expect(wrong).toEqual([]);
  expect(breaks).toBeGreaterThanOrEqual(2);
  expect(cardCuts).toBe(2);
  expect(edgeGrowthMb).toBeLessThan(60);
  expect(hubGrowthMb).toBeLessThan(90);
});
