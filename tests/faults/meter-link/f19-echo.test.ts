import { expect, it } from 'vitest';
import { expectOrder, meterBench } from './meter-bench.ts';

it('F19: Echo is switched off at connect, and a meter that echoes all the same is understood', async () => {
  const bench = await meterBench({ before: (meter) => meter.setFault('F19', {}) });
  await bench.moreFrames(8);
  expect(bench.meter.report.recent[0]?.line).toBe('Echo,Off');
  expect(bench.garbled()).toBe(0);
  expect(await bench.run('battery-get')).toMatchObject({ ok: true });
  expectOrder(bench);
});
