import { expect, it } from 'vitest';
import { expectOrder, meterBench } from './meter-bench.ts';

it('F13: a meter that falls asleep is a timeout, and its frames come back with it', async () => {
  const bench = await meterBench();
  await bench.moreFrames(3);
  bench.meter.setFault('F13', { durationMs: 6000 });
  await bench.until('unreachable', () => bench.states.at(-1)?.reachable === false);
  expect(bench.link()).toBe('timeout');
  await bench.until('back', () => bench.link() === 'ok');
  await bench.moreFrames(3);
  expectOrder(bench);
});

it('F13: silence of a meter whose Sleep Mode is known to be on is sleep', async () => {
  const bench = await meterBench({ simulator: { measuring: false } });
  await bench.moreFrames(1);
  expect(await bench.run('sleep-on')).toMatchObject({ ok: true });
  expect(await bench.run('sleep-status')).toMatchObject({ ok: true, result: { on: true } });
  bench.meter.setFault('F13', { durationMs: 60_000 });
  await bench.until('asleep', () => bench.link() === 'asleep');
  expect(bench.states.at(-1)?.reason).toContain('Sleep Mode');
  bench.meter.clearFault('F13');
  await bench.until('awake', () => bench.link() === 'ok');
  expectOrder(bench);
});
