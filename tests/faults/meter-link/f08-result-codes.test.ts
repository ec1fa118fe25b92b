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

it('F8: a meter that refuses the stream is read by DOD, told once, and not asked again and again', async () => {
  const bench = await meterBench({ wanted: { acquisition: 'drd' }, before: (meter) => meter.setFault('F8', {}) });
  await bench.until('the refusal', () => bench.events.some((event) => event.kind === 'fallback'));
  await bench.moreFrames(8);
  expect(bench.frames.every((frame) => frame.src === 'dod')).toBe(true);
  expect(bench.meter.report.commands['DRD?']).toBe(1);
  expect(bench.states.at(-1)).toMatchObject({ link: 'ok', acquisition: 'dod' });
  expect(bench.events.filter((event) => event.kind === 'fallback')).toHaveLength(1);
  bench.meter.clearFault('F8');
  // A setting that was changed may be what refused it.
  expect(await bench.run('ftp-on')).toMatchObject({ ok: true });
  await bench.until('the stream', () => bench.frames.at(-1)?.src === 'drd');
  expect(bench.events.filter((event) => event.kind === 'fallback').at(-1)?.text).toContain('can be had again');
});
