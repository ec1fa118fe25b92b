import { expect, it } from 'vitest';
import { expectOrder, meterBench } from './meter-bench.ts';

it.each([
  ['late', { mode: 'late', delayMs: 90 }],
  ['so late that it comes with the next answer', { mode: 'late', delayMs: 112 }],
  ['doubled', { mode: 'double' }],
  ['missing', { mode: 'missing' }],
  ['glued to the next answer', { mode: 'glued' }],
])('F4: a prompt that is %s is dropped and never taken for an answer', async (_name, params) => {
  const bench = await meterBench({ before: (meter) => meter.setFault('F4', params) });
  await bench.moreFrames(12);
  expect(bench.garbled()).toBe(0);
  expect(bench.meter.report.connections.total).toBe(1);
  expectOrder(bench);
});
