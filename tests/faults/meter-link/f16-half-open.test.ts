import { expect, it } from 'vitest';
import { expectOrder, meterBench } from './meter-bench.ts';

it('F16: a connection that stands and says nothing is noticed by its silence and opened anew', async () => {
  const bench = await meterBench();
  await bench.moreFrames(3);
  bench.meter.setFault('F16', { releaseMs: 1000 });
  await bench.until('two timeouts', () => (bench.states.at(-1)?.failures ?? 0) >= 2);
  bench.meter.clearFault('F16');
  await bench.moreFrames(3);
  expect(bench.meter.report.connections.total).toBeGreaterThan(1);
  expectOrder(bench);
});
