import { expect, it } from 'vitest';
import { expectOrder, meterBench } from './meter-bench.ts';

it.each(['all', 'data-line'] as const)(
  'F7: a lost answer (%s) is a timeout and a new connection; the next answers are their own',
  async (part) => {
    const bench = await meterBench();
    await bench.moreFrames(2);
    bench.meter.setFault('F7', { every: 5, part });
    await bench.moreFrames(12);
    expect(bench.meter.report.connections.total).toBeGreaterThan(1);
    expect(bench.states.every((state) => state.reachable)).toBe(true);
    expectOrder(bench);
  },
);

it('F7: a setting whose answer is lost is not sent again, and its sender is told that its effect is not known', async () => {
  const bench = await meterBench();
  await bench.moreFrames(2);
  bench.meter.setFault('F7', { times: 1 });
  const reply = await bench.run('ftp-off');
  // The lost answer may have been a poll's; then the setting went through.
  if ('ok' in reply && !reply.ok) expect(reply.error).toMatchObject({ code: 'timeout' });
  await bench.moreFrames(2);
  expect(bench.meter.report.commands['FTP,']).toBe(1);
});
