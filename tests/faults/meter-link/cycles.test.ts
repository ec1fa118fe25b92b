import { expect, it } from 'vitest';
import { cardBench, sha256 } from './card-bench.ts';
import { expectOrder } from './meter-bench.ts';

it('a stop cycle stops, renews FTP, and brings the folder that was measured, step by step', async () => {
  const bench = await cardBench({ before: (meter) => meter.meter.set('Store Mode', 'Auto') });
  await bench.moreFrames(1);
  expect(await bench.run('cycle-start', { sync_clock: false })).toMatchObject({
    ok: true,
    result: { started: true, new_index: 2 },
  });
  await bench.moreFrames(10);
  const steps: string[] = [];
  const reply = await bench.run('cycle-stop', { download: true }, steps);
  expect(reply).toMatchObject({
    ok: true,
    result: { stopped: true, ftp_on: true, folder: 'Auto_0002', file: { name: 'Auto_0002.zip', growing: [] } },
  });
  const { file } = (reply as { result: { file: { transfer: string; sha256: string; size: number } } }).result;
  const zip = bench.received(file.transfer);
  expect([zip.length, sha256(zip)]).toEqual([file.size, file.sha256]);
  expect(zip.includes('Auto_0002/Auto_Lp_01/NL_0001_SLM_Lp _0002_0001.rnd')).toBe(true);
  const told = steps.map((step) => step.replace(/ \(.*$/, '')).filter((step, index, all) => step !== all[index - 1]);
  expect(told.filter((step) => !step.startsWith('reading'))).toEqual([
    'stopping',
    'Measure,Stop',
    'Measure?',
    'switching FTP off',
    'letting the meter rest',
    'switching FTP on',
    'looking for the folder that was measured',
    'bringing the file to the hub',
  ]);
  expect(bench.meter.report.recent.map(({ line }) => line).filter((line) => line.startsWith('FTP,'))).toEqual([
    'FTP,Off',
    'FTP,On',
  ]);
  expect(bench.states.at(-1)).toMatchObject({ run: 'Stop' });
  expect(bench.events.find((event) => event.kind === 'run-changed' && event.text.includes('stopped'))?.text).toContain(
    'by command',
  );
  expectOrder(bench);
});

it('a stop cycle of a meter that has stopped by itself brings its folder all the same', async () => {
  const bench = await cardBench();
  await bench.moreFrames(1);
  const reply = await bench.run('cycle-stop', { download: true });
  expect(reply).toMatchObject({ ok: true, result: { stopped: true, folder: 'Auto_0001' } });
  expect(bench.meter.report.commands['Measure,']).toBeUndefined();
});

it('a stop cycle whose files cannot be fetched has stopped all the same, and says what failed', async () => {
  const bench = await cardBench({ simulator: { measuring: true } });
  await bench.moreFrames(1);
  bench.meter.setFault('F14', { loginFails: true });
  expect(await bench.run('cycle-stop', { download: true })).toMatchObject({
    ok: false,
    error: { code: 'failed', message: expect.stringContaining('FTP login') },
  });
  expect(bench.meter.meter.run).toBe('Stop');
});

it('a start cycle that is ended while it looks for a name starts nothing, and leaves the name that was there', async () => {
  const bench = await cardBench();
  await bench.moreFrames(1);
  bench.meter.setFault('F18', { storeName: '0007', existing: 'all' });
  const steps: string[] = [];
  const cycle = bench.run('cycle-start', { sync_clock: false }, steps);
  await bench.until('the third name', () => steps.some((step) => step.includes('0009')));
  expect(await bench.run('cycle-start')).toMatchObject({ ok: false, error: { code: 'busy' } });
  expect(await bench.run('abort')).toMatchObject({ ok: true, result: { aborted: 'cycle-start' } });
  expect(await cycle).toMatchObject({ ok: false, error: { message: expect.stringContaining('ended by command') } });
  expect(bench.meter.meter.run).toBe('Stop');
  expect(bench.meter.meter.setting('Store Name')).toBe('0007');
  expectOrder(bench);
});

it('a stop cycle that is ended while FTP rests leaves FTP on, as every cycle does, and the files on the card', async () => {
  const bench = await cardBench({ simulator: { measuring: true } });
  await bench.moreFrames(1);
  const steps: string[] = [];
  const cycle = bench.run('cycle-stop', { download: true }, steps);
  await bench.until('the rest', () => steps.some((step) => step.startsWith('letting the meter rest')));
  expect(await bench.run('abort')).toMatchObject({ ok: true, result: { aborted: 'cycle-stop' } });
  expect(await cycle).toMatchObject({ ok: false, error: { message: expect.stringContaining('they are on the card') } });
  expect(bench.meter.meter.run).toBe('Stop');
  expect(bench.meter.meter.setting('FTP')).toBe('On');
  await bench.moreFrames(2);
  expectOrder(bench);
});

it('a start cycle that is ended when it has found a name leaves the name that was there', async () => {
  const bench = await cardBench();
  await bench.moreFrames(1);
  bench.meter.setFault('F18', { storeName: '0007', existing: ['0007'] });
  const steps: string[] = [];
  const cycle = bench.run('cycle-start', { sync_clock: false }, steps);
  await bench.until('the name', () => steps.some((step) => step.includes('0008')));
  expect(await bench.run('abort')).toMatchObject({ ok: true });
  expect(await cycle).toMatchObject({ ok: false, error: { message: expect.stringContaining('ended by command') } });
  expect([bench.meter.meter.run, bench.meter.meter.setting('Store Name')]).toEqual(['Stop', '0007']);
  expectOrder(bench);
});

it('a stop cycle that is ended at once stops nothing', async () => {
  const bench = await cardBench({ simulator: { measuring: true } });
  await bench.moreFrames(1);
  const steps: string[] = [];
  const cycle = bench.run('cycle-stop', {}, steps);
  await bench.until('the beginning', () => steps.length > 0);
  expect(await bench.run('abort')).toMatchObject({ ok: true, result: { aborted: 'cycle-stop' } });
  expect(await cycle).toMatchObject({
    ok: false,
    error: { message: expect.stringContaining('ended by command before: stopping') },
  });
  expect(bench.meter.meter.run).toBe('Start');
});

it('a stop cycle brings the folder that was measured also when the clock of the meter was put back meanwhile', async () => {
  const bench = await cardBench({ before: (meter) => meter.setFault('F11', { offsetMs: -9 * 86_400_000, driftMsPerDay: 0 }) });
  await bench.moreFrames(1);
  expect(await bench.run('cycle-start', { sync_clock: false })).toMatchObject({ ok: true, result: { new_index: 2 } });
  await bench.moreFrames(5);
  expect(await bench.run('cycle-stop')).toMatchObject({
    ok: true,
    result: { store_name: '0002', folder: 'Auto_0002', file: { name: 'Auto_0002.zip' } },
  });
});

it('a transfer that is ended stops between two pieces, frames go on, and FTP is as it was', async () => {
  const bench = await cardBench();
  await bench.moreFrames(1);
  expect(await bench.run('ftp-off')).toMatchObject({ ok: true });
  let pieces = 0;
  bench.hooks.onChunk = () => {
    pieces += 1;
    if (pieces > 1) return new Promise((resolve) => setTimeout(resolve, 20));
    return undefined;
  };
  const transfer = bench.run('folder-get', { path: '/NL-43' });
  await bench.until('pieces', () => pieces >= 2);
  expect(await bench.run('abort')).toMatchObject({ ok: true, result: { aborted: 'folder-get' } });
  expect(await transfer).toMatchObject({ ok: false, error: { message: 'It was ended by command.' } });
  const frames = bench.frames.length;
  await bench.moreFrames(2);
  expect(bench.frames.length).toBeGreaterThan(frames);
  expect(bench.meter.meter.setting('FTP')).toBe('Off');
});

it('a start cycle sets the clock of a stopped meter, and leaves its zone, also when it is the first thing that is asked', async () => {
  const bench = await cardBench({ before: (meter) => meter.setFault('F11', { offsetMs: 3_600_000 - 39_700, driftMsPerDay: 0 }) });
  await bench.moreFrames(1);
  expect(bench.infos.at(-1)?.clock_offset_s ?? null).toBeNull();
  expect(await bench.run('cycle-start', { sync_clock: true })).toMatchObject({ ok: true, result: { clock_synced: true } });
  const reply = await bench.run('clock-get');
  expect(Math.abs((reply as { result: { offset_s: number } }).result.offset_s - 3600)).toBeLessThanOrEqual(2);
  await bench.until('the offset again', () => Math.abs((bench.infos.at(-1)?.clock_offset_s ?? 0) - 3600) <= 2);
  // It was set through this edge: no surprise.
  expect(bench.events.filter((event) => event.kind === 'settings-changed')).toEqual([]);
  expectOrder(bench);
});
