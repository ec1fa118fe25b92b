import { expect, it } from 'vitest';
import { expectOrder, meterBench } from './meter-bench.ts';

it('F20: a garbled Measure? is unknown, never a stop: the run goes on as it was', async () => {
  const bench = await meterBench();
  await bench.until('a run', () => bench.states.at(-1)?.run_since_basis === 'le-leq');
  const before = bench.states.at(-1);
  bench.meter.setFault('F20', { text: 'M?as~' });
  const reply = await bench.run('measure-status');
  expect(reply).toMatchObject({ ok: false, error: { code: 'garbled' } });
  // A question changes nothing, so there is no doubt of what the meter did.
  expect(JSON.stringify(reply)).not.toContain('carried it out');
  await bench.moreFrames(3);
  bench.meter.clearFault('F20');
  expect(await bench.run('measure-status')).toMatchObject({ ok: true, result: { run: 'Start' } });
  expect(bench.states.at(-1)).toMatchObject({ run: 'Start', run_since: before?.run_since });
  expect(bench.frames.every((frame) => frame.run === 'Start')).toBe(true);
  expect(bench.events.filter((event) => event.kind === 'run-changed')).toEqual([]);
  expect(bench.meter.report.connections.total).toBe(1);
  expectOrder(bench);
});
