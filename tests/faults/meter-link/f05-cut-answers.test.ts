import { expect, it } from 'vitest';
import { expectOrder, meterBench } from './meter-bench.ts';

it.each([
  ['byte by byte', { mode: 'bytes', gapMs: 1 }],
  ['between CR and LF', { mode: 'split-crlf', gapMs: 30 }],
  ['not at all, kept back for a while', { mode: 'together', gapMs: 40 }],
])('F5: answers cut %s are whole frames', async (_name, params) => {
  const bench = await meterBench({ timing: { answerTimeoutMs: 5000 }, before: (meter) => meter.setFault('F5', params) });
  await bench.moreFrames(6);
  expect(bench.garbled()).toBe(0);
  expect(bench.meter.report.connections.total).toBe(1);
  expectOrder(bench);
});
