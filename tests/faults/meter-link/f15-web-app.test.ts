import { expect, it } from 'vitest';
import { meterBench } from './meter-bench.ts';

it('F15: with the web application on, control and FTP are both gone: refused with that advice, no wedge, and frames come back', async () => {
  const bench = await meterBench();
  await bench.moreFrames(1);
  expect(await bench.run('ftp-status')).toMatchObject({ ok: true, result: { on: true } });
  bench.meter.setFault('F15', {});
  await bench.until('unreachable', () => bench.states.at(-1)?.cause === 'web-app');
  expect(bench.states.at(-1)).toMatchObject({ link: 'refused', reachable: false });
  expect(bench.states.at(-1)?.reason).toContain('web application');
  bench.meter.clearFault('F15');
  await bench.moreFrames(2);
  expect(bench.events.some((event) => event.kind === 'wedge-confirmed')).toBe(false);
});
