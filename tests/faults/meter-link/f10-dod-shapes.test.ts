import { expect, it } from 'vitest';
import { expectOrder, meterBench } from './meter-bench.ts';

it.each(['63-fields', '65-fields', 'nl42', 'garbage', 'short'] as const)(
  'F10: a DOD line that is wrong (%s) is counted and never a frame; the good ones go on',
  async (mode) => {
    const bench = await meterBench();
    await bench.moreFrames(2);
    bench.meter.setFault('F10', { mode, every: 2 });
    await bench.moreFrames(8);
    expect(bench.garbled()).toBeGreaterThanOrEqual(5);
    expect(bench.meter.report.connections.total).toBe(1);
    expect(bench.states.every((state) => state.reachable)).toBe(true);
    expectOrder(bench);
  },
);

it('F10: a meter whose every DOD is wrong is garbled, with its cause, and makes no frame', async () => {
  const bench = await meterBench({ before: (meter) => meter.setFault('F10', { mode: 'short' }) });
  await bench.until('many garbled answers', () => bench.garbled() >= 10);
  expect(bench.frames).toEqual([]);
});

it.each([
  ['dashes', { lp: expect.any(Number) }],
  ['blank', { le: null }],
  ['over', { over: true }],
  ['under', { under: true }],
  ['loud', { lp: 130 }],
  ['quiet', { lp: 9.8 }],
  ['negative', { lp: -3.2 }],
] as const)('F10: a DOD line that is only unusual (%s) is a frame of what it says', async (mode, expected) => {
  const bench = await meterBench({ before: (meter) => meter.setFault('F10', { mode }) });
  await bench.moreFrames(4);
  expect(bench.frames.at(-1)).toMatchObject(expected);
  expect(bench.garbled()).toBe(0);
  expect(bench.events.map((event) => event.kind)).toEqual(mode === 'over' ? ['overload'] : []);
});
