import { expect, it } from 'vitest';
import { expectOrder, meterBench } from './meter-bench.ts';

it('F1: a control port that refuses while FTP answers is a wedge, told once with advice, and cured by a power cycle', async () => {
  const bench = await meterBench();
  await bench.moreFrames(3);
  bench.meter.setFault('F1', {});
  await bench.until('wedged', () => bench.link() === 'wedged');
  expect(bench.states.at(-1)).toMatchObject({ reachable: false });
  expect(bench.states.at(-1)?.reason).toContain('Switch the meter off and on');
  bench.meter.powerOn(200);
  await bench.until('cured', () => bench.link() === 'ok');
  await bench.moreFrames(3);
  const kinds = bench.events.map((event) => event.kind);
  expect(kinds.filter((kind) => kind.startsWith('wedge'))).toEqual(['wedge-suspected', 'wedge-confirmed', 'wedge-cured']);
  expectOrder(bench);
});

it('F1: a meter whose FTP port refuses too is refused, not wedged', async () => {
  const bench = await meterBench();
  await bench.moreFrames(2);
  bench.meter.setFault('F15', {});
  await bench.until('unreachable', () => bench.states.at(-1)?.reachable === false);
  expect(['refused', 'timeout']).toContain(bench.link());
  bench.meter.clearFault('F15');
  await bench.moreFrames(2);
  expect(bench.events.some((event) => event.kind === 'wedge-confirmed')).toBe(false);
});
