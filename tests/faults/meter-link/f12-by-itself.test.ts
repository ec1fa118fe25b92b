import { expect, it } from 'vitest';
import { expectOrder, meterBench } from './meter-bench.ts';

it.each(['stop', 'sd-full'] as const)(
  'F12: a measurement that ends by itself (%s) is an event that says nobody ordered it',
  async (what) => {
    const bench = await meterBench();
    await bench.until('a run', () => bench.states.at(-1)?.run === 'Start');
    bench.meter.setFault('F12', { what });
    // The agent asks by itself twice a minute; a person may ask sooner.
    expect(await bench.run('measure-status')).toMatchObject({ ok: true, result: { run: 'Stop' } });
    await bench.until('the event', () => bench.events.some((event) => event.kind === 'run-changed'));
    expect(bench.events.find((event) => event.kind === 'run-changed')?.text).toContain('nobody ordered it');
    expectOrder(bench);
  },
);

it('F12: a battery that runs down shows in the state', async () => {
  const bench = await meterBench();
  await bench.moreFrames(1);
  bench.meter.setFault('F12', { what: 'battery', battery: 'Empty' });
  await bench.run('battery-get');
  await bench.until('empty', () => bench.states.at(-1)?.battery === 'Empty');
});

it('F12: a reboot while frames come is noticed, and the start is read anew', async () => {
  const bench = await meterBench();
  await bench.until('a run', () => bench.states.at(-1)?.run_since_basis === 'le-leq');
  const before = bench.states.at(-1)?.run_since ?? '';
  await new Promise((done) => setTimeout(done, 4000));
  bench.meter.setFault('F12', { what: 'reboot', bootMs: 1500 });
  await bench.until('the reboot', () => bench.events.some((event) => event.kind === 'reboot-seen'));
  await bench.until('a new start', () => {
    const since = bench.states.at(-1)?.run_since ?? null;
    return since !== null && Date.parse(since) > Date.parse(before) + 2000;
  });
  expectOrder(bench);
});

it('F12: a pause that nobody ordered is told, and is no stop', async () => {
  const bench = await meterBench({ timing: { gapMs: 30, latestPromptMs: 60, quietMs: 20 } });
  await bench.until('everything read', () => bench.states.at(-1)?.paused === false);
  bench.meter.setFault('F12', { what: 'pause' });
  expect(await bench.run('measure-pause-status')).toMatchObject({ ok: true, result: { paused: true } });
  await bench.until('the event', () => bench.events.some((event) => event.kind === 'settings-changed'));
  expect(bench.events.find((event) => event.kind === 'settings-changed')).toMatchObject({
    text: expect.stringContaining('nobody ordered it'),
    detail: { changes: ['Pause: Off -> On'], ordered: false },
  });
  expect(bench.states.at(-1)).toMatchObject({ run: 'Start', paused: true });
  expect(await bench.run('measure-resume')).toMatchObject({ ok: true });
  await bench.until('resumed', () => bench.states.at(-1)?.paused === false);
  expect(bench.events.filter((event) => event.kind === 'run-changed')).toEqual([]);
  expectOrder(bench, { gapMs: 30 });
});

it('F12: a full card shows with the stop that it caused', async () => {
  const bench = await meterBench();
  await bench.until('a run', () => bench.states.at(-1)?.run === 'Start');
  bench.meter.setFault('F12', { what: 'sd-full' });
  await bench.run('measure-status');
  await bench.until('the reason', () => bench.states.at(-1)?.sd_free_mb === 0);
  expect(bench.states.at(-1)?.run).toBe('Stop');
});

it('F12: a reboot in the middle of the stream is noticed, and its seconds carry nothing over from before', async () => {
  const bench = await meterBench({ wanted: { acquisition: 'drd' }, before: (meter) => meter.holdLevel(65) });
  await bench.until('ticks', () => bench.frames.filter((frame) => frame.src === 'drd' && frame.le !== null).length >= 3);
  const rebootMs = Date.now();
  bench.meter.setFault('F12', { what: 'reboot', bootMs: 1500 });
  await bench.until('the reboot', () => bench.events.some((event) => event.kind === 'reboot-seen'));
  const count = bench.frames.length;
  await bench.until('ticks again', () => bench.frames.slice(count).filter((frame) => frame.src === 'drd').length >= 2);
  const { at = '', le, leq } = bench.frames.slice(count).find((frame) => frame.src === 'drd') ?? {};
  expect(10 ** (((le ?? 0) - (leq ?? 0)) / 10)).toBeLessThan((Date.parse(at) - rebootMs) / 1000);
  expectOrder(bench);
});
