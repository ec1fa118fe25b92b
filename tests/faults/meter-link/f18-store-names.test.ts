import { expect, it } from 'vitest';
import { expectOrder, meterBench } from './meter-bench.ts';

it('F18: a cycle starts under the next free name, round over 9999, and writes over nothing', async () => {
  const bench = await meterBench({ simulator: { measuring: false } });
  await bench.moreFrames(1);
  // 0001 is on the card already.
  bench.meter.setFault('F18', { storeName: '9999', existing: ['9999', '0000'] });
  expect(await bench.run('cycle-start', { sync_clock: false })).toMatchObject({
    ok: true,
    result: { old_index: 9999, new_index: 2, attempts: 4, started: true },
  });
  expect(bench.meter.meter.setting('Store Name')).toBe('0002');
  await bench.until('measuring', () => bench.states.at(-1)?.run === 'Start');
  // A second one is refused while the first measures.
  expect(await bench.run('cycle-start')).toMatchObject({ ok: false, error: { code: 'failed' } });
  expectOrder(bench);
});

it('F18: where no name is free nothing is started, and the name stays as it was', async () => {
  const bench = await meterBench({ simulator: { measuring: false }, timing: { gapMs: 30, latestPromptMs: 60, quietMs: 20 } });
  await bench.moreFrames(1);
  bench.meter.setFault('F18', { storeName: '0007', existing: 'all' });
  expect(await bench.run('cycle-start', { sync_clock: false })).toMatchObject({ ok: false, error: { code: 'failed' } });
  expect(bench.meter.meter.setting('Store Name')).toBe('0007');
  expect(bench.meter.report.commands['Measure,']).toBeUndefined();
});
