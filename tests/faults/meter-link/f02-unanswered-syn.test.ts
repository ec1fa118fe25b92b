import { expect, it } from 'vitest';
import { expectOrder, meterBench } from './meter-bench.ts';

it('F2: connection attempts without an answer are a timeout from the third on, and frames come when it ends', async () => {
  const bench = await meterBench({ before: (meter) => meter.setFault('F2', {}) });
  await bench.until('unreachable', () => bench.states.at(-1)?.reachable === false);
  expect(bench.states.at(-1)).toMatchObject({ link: 'timeout', failures: 3, last_ok: null });
  expect(bench.frames).toEqual([]);
  bench.meter.clearFault('F2');
  await bench.moreFrames(3);
  expect(bench.link()).toBe('ok');
  expectOrder(bench);
});
