import { expect, it } from 'vitest';
import { expectOrder, meterBench } from './meter-bench.ts';

it('F11: a clock that is wrong is measured and never used for time; it is not set while measuring', async () => {
  const bench = await meterBench({ before: (meter) => meter.setFault('F11', {}) });
  await bench.moreFrames(2);
  const reply = await bench.run('clock-get');
  expect(reply).toMatchObject({ ok: true });
  const offset = (reply as { result: { offset_s: number } }).result.offset_s;
  expect(Math.abs(offset - 3600)).toBeLessThanOrEqual(2);
  expect(await bench.run('clock-set', { clock: '2026/11/23 06:41:05' })).toMatchObject({ ok: false, error: { code: 'failed' } });
  expect(bench.meter.report.commands['Clock,']).toBeUndefined();
  for (const frame of bench.frames) expect(Math.abs(Date.parse(frame.at) - Date.now())).toBeLessThan(60_000);
  expectOrder(bench);
});

it('F11: a meter that refuses its clock keeps it, and nothing is started under a wrong one', async () => {
  const bench = await meterBench({
    simulator: { measuring: false },
    before: (meter) => meter.setFault('F11', { refuseSet: true }),
  });
  await bench.moreFrames(1);
  expect(await bench.run('clock-set', { clock: '2026/11/23 06:41:05' })).toMatchObject({
    ok: false,
    error: { code: 'refused-by-meter', result_code: '0004' },
  });
  expect(await bench.run('cycle-start', { sync_clock: true })).toMatchObject({ ok: false, error: { result_code: '0004' } });
  expect(bench.meter.meter.run).toBe('Stop');
  expect(bench.meter.report.commands['Measure,']).toBeUndefined();
  expect(await bench.run('cycle-start', { sync_clock: false })).toMatchObject({ ok: true, result: { clock_synced: false } });
  expectOrder(bench);
});
