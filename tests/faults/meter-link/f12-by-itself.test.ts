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
