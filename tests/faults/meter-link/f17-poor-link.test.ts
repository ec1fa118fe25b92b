import { expect, it } from 'vitest';
import { expectOrder, meterBench } from './meter-bench.ts';

it('F17: over a poor link frames go on, none false, and the meter stays reachable', async () => {
  const bench = await meterBench({
    before: (meter) => meter.setFault('F17', { minMs: 5, maxMs: 120, spikeMs: 650, spikeShare: 0.08, lossShare: 0.03 }),
  });
  await bench.moreFrames(50);
  expect(bench.units.health()['NL43-01']?.failures).toBeGreaterThan(0);
  expectOrder(bench);
});
