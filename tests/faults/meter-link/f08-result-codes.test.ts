import { expect, it } from 'vitest';
import { expectOrder, meterBench } from './meter-bench.ts';

it('F8: a result code is a value: the socket stays, and the sender is told code and meaning', async () => {
  const bench = await meterBench();
  await bench.moreFrames(2);
  expect(await bench.run('sleep-on')).toMatchObject({ ok: false, error: { code: 'refused-by-meter', result_code: '0004' } });
  expect(await bench.run('measure-stop')).toMatchObject({ ok: true, result: { run: 'Stop' } });
  expect(await bench.run('measure-stop')).toMatchObject({ ok: false, error: { code: 'refused-by-meter', result_code: '0004' } });
  bench.meter.setFault('F8', { codes: { 'Battery Level': '0001', 'Store Name': '0002', Pause: '0003' } });
  expect(await bench.run('battery-get')).toMatchObject({ ok: false, error: { result_code: '0001' } });
  expect(await bench.run('store-name-set', { name: '0042' })).toMatchObject({ ok: false, error: { result_code: '0002' } });
  expect(await bench.run('measure-pause')).toMatchObject({ ok: false, error: { result_code: '0003' } });
  await bench.moreFrames(2);
  expect(bench.meter.report.connections.total).toBe(1);
  expect(bench.link()).toBe('ok');
  expectOrder(bench);
});

it('F8: a comma in the clock never reaches the meter', async () => {
  const bench = await meterBench();
  await bench.moreFrames(1);
  expect(await bench.run('clock-set', { clock: '2026/11/23,06:41:05' })).toMatchObject({
    ok: false,
    error: { code: 'bad-args' },
  });
  expect(bench.meter.report.commands['Clock,']).toBeUndefined();
});
