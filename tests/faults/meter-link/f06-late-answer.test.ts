import { expect, it } from 'vitest';
import { expectOrder, meterBench } from './meter-bench.ts';

it('F6: an answer that comes after its time is drained and never given to the next command', async () => {
  const bench = await meterBench();
  await bench.moreFrames(2);
  bench.meter.setFault('F6', { delayMs: 650, every: 3 });
  await bench.moreFrames(12);
  expect(bench.units.health()['NL43-01']?.failures).toBeGreaterThan(3);
  // The late answers came in full, so the connection was in step again without being opened anew.
  expect(bench.meter.report.connections.total).toBe(1);
  expectOrder(bench);
});

it('F6: an answer later than anybody waits costs the connection, and no frame is false', async () => {
  const bench = await meterBench();
  await bench.moreFrames(2);
  bench.meter.setFault('F6', { delayMs: 1500, every: 4 });
  await bench.moreFrames(9);
  expect(bench.meter.report.connections.total).toBeGreaterThan(1);
  expectOrder(bench);
});

it('F6: an answer within its time is taken, however slow', async () => {
  const bench = await meterBench({ before: (meter) => meter.setFault('F6', { delayMs: 350 }) });
  await bench.moreFrames(4);
  expect(bench.units.health()['NL43-01']?.failures).toBe(0);
  expectOrder(bench);
});
