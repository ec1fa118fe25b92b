import { expect, it } from 'vitest';
import { expectOrder, meterBench } from './meter-bench.ts';

it.each([
  ['after our FIN', { closeMs: 1500 }],
  ['in silence', { closeMs: 0, silentMs: 1500 }],
])('F3: a slot that stays taken %s is waited for, never crowded', async (_name, params) => {
  const bench = await meterBench();
  await bench.moreFrames(3);
  bench.meter.setFault('F3', params);
  bench.units.apply([{ ...bench.wanted, enabled: false }]);
  bench.units.apply([bench.wanted]);
  await bench.moreFrames(3);
  expect(bench.meter.report.connections.total).toBe(2);
  expectOrder(bench);
});
