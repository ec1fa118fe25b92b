import { type OperationName, OPERATIONS } from '@slmm/protocol';
import { expect, it } from 'vitest';
import { cardBench } from './card-bench.ts';
import { expectOrder } from './meter-bench.ts';

const LP_FILE = '/NL-43/Auto_0001/Auto_Lp_01/NL_0001_SLM_Lp _0001_0001.rnd';

/** Every operation of a unit once, in an order in which the meter can carry each of them out. */
const ROUND: readonly (readonly [OperationName, Record<string, unknown>?])[] = [
  ['type-get'],
  ['serial-get'],
  ['firmware-get'],
  ['identity-get'],
  ['battery-get'],
  ['sd-card-get'],
  ['clock-get'],
  ['clock-set', { clock: '2026/11/23 06:41:05' }],
  ['frequency-weighting-get', { channel: 'Sub1' }],
  ['frequency-weighting-set', { channel: 'Sub1', weighting: 'C' }],
  ['time-weighting-get'],
  ['time-weighting-set', { weighting: 'S' }],
  ['percentiles-get'],
  ['percentile-set', { number: 2, percent: 33 }],
  ['measurement-time-get', { mode: 'Auto' }],
  ['measurement-time-set', { preset: '10m' }],
  ['leq-interval-get'],
  ['leq-interval-set', { preset: '1m' }],
  ['lp-interval-get'],
  ['lp-interval-set', { preset: '100ms' }],
  ['store-mode-set', { mode: 'Manual' }],
  ['store-mode-get'],
  ['store-name-set', { name: 42 }],
  ['store-name-get'],
  ['overwrite-get'],
  ['measure-start'],
  ['measure-status'],
  ['measure-pause'],
  ['measure-pause-status'],
  ['measure-resume'],
  ['measure-reset'],
  ['measure-stop'],
  ['results-get'],
  ['manual-store'],
  ['frame-get'],
  ['sleep-on'],
  ['sleep-status'],
  ['sleep-off'],
  ['ftp-off'],
  ['ftp-status'],
  ['ftp-on'],
  ['files-list', { path: '/NL-43' }],
  ['file-get', { path: LP_FILE }],
  ['folder-get', { path: '/NL-43/Auto_0001' }],
  ['device-log', { category: 'FTP' }],
  ['settings-get'],
  ['diagnose'],
  ['cycle-start', { sync_clock: true }],
  ['cycle-stop', { download: false }],
  ['slot-disconnect', { seconds: 1 }],
  ['slot-yield', { minutes: 0 }],
  ['yield', { minutes: 1 }],
  ['deactivate'],
  ['activate'],
];

it('every operation does at a meter what the contract says it answers', async () => {
  const bench = await cardBench({ timing: { gapMs: 30, latestPromptMs: 60, quietMs: 20 } });
  await bench.moreFrames(1);
  let transfer = '';
  for (const [op, args] of ROUND) {
    expect(OPERATIONS[op].args.safeParse(args ?? {}).success, `${op}: the contract takes its arguments`).toBe(true);
    const reply = await bench.run(op, args);
    expect(reply, `${op}: ${JSON.stringify(reply)}`).toMatchObject({ ok: true });
    const { result } = reply as { result: unknown };
    const checked = OPERATIONS[op].result.safeParse(result);
    expect(checked.success ? null : checked.error.issues, op).toBeNull();
    if (op === 'file-get') ({ transfer } = result as { transfer: string });
  }
  const { size } = OPERATIONS['file-again'].result.parse(
    ((await bench.run('file-again', { transfer, offset: 0 })) as { result: unknown }).result,
  );
  expect(bench.received(transfer).length).toBe(2 * size);
  const others = ['abort', 'power-cycle', 'standby', 'resume', 'file-again'];
  expect(
    ROUND.map(([op]) => op as string)
      .concat(others)
      .sort(),
  ).toEqual(Object.keys(OPERATIONS).sort());
  expect(bench.meter.meter.setting('Percentile 2')).toBe('33');
  expectOrder(bench, { gapMs: 30 });
});

it('what nobody has set up, and what does not run, is refused in words', async () => {
  const bench = await cardBench();
  await bench.moreFrames(1);
  expect(await bench.run('power-cycle')).toMatchObject({
    ok: false,
    error: { message: expect.stringContaining('No relay is set up') },
  });
  expect(await bench.run('abort')).toMatchObject({
    ok: false,
    error: { message: expect.stringContaining('Nothing is under way') },
  });
});

it('a slot that is yielded for 0 minutes is left alone for ten seconds, then taken again', async () => {
  const bench = await cardBench();
  await bench.moreFrames(1);
  const sinceMs = Date.now();
  expect(await bench.run('slot-yield', { minutes: 0 })).toMatchObject({ ok: true, result: { released: true } });
  expect(bench.meter.report.connections.now).toBe(0);
  expect(bench.states.at(-1)).toMatchObject({ link: 'standby', owner: null });
  expect(await bench.run('battery-get')).toMatchObject({ ok: false, error: { code: 'disabled' } });
  expect(await bench.run('slot-yield', { minutes: 0 })).toMatchObject({ ok: true, result: { released: false } });
  await bench.until('the return', () => bench.meter.report.connections.now === 1);
  expect(Date.now() - sinceMs).toBeGreaterThanOrEqual(10_000);
  expect(Date.now() - sinceMs).toBeLessThan(14_000);
  await bench.moreFrames(2);
  const held = bench.events.filter((event) => event.kind === 'slot').map((event) => event.detail?.['held']);
  expect([held[0], held.at(-1), held.filter((one) => one === true).length]).toEqual([false, true, 1]);
});
