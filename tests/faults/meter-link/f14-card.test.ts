import { expect, it } from 'vitest';
import { cardBench, sha256 } from './card-bench.ts';

const LP_FILE = '/NL-43/Auto_0001/Auto_Lp_01/NL_0001_SLM_Lp _0001_0001.rnd';

it('F14: a card is listed over active FTP with its foreign files, names with spaces, and dates across New Year', async () => {
  const bench = await cardBench();
  await bench.moreFrames(1);
  bench.meter.setFault('F14', { newYear: true });
  expect(await bench.run('files-list', { path: '/' })).toMatchObject({
    ok: true,
    result: { entries: expect.arrayContaining([expect.objectContaining({ name: 'DCIM', is_dir: true })]) },
  });
  const reply = await bench.run('files-list', { path: '/NL-43/Auto_0001/Auto_Lp_01' });
  expect(reply).toMatchObject({ ok: true, result: { entries: [{ path: LP_FILE, is_dir: false, modified: 'Dec 31 22:15' }] } });
  expect(JSON.stringify(reply)).toContain(`"modified_at":"${new Date().getUTCFullYear() - 1}-12-31T2`);
});

it('F14: a file whose transfer is cut again and again comes byte for byte, and frames go on meanwhile', async () => {
  const bench = await cardBench();
  await bench.moreFrames(1);
  bench.meter.setFault('F14', { cutAfterBytes: 20_000 });
  const framesBefore = bench.frames.length;
  const reply = await bench.run('file-get', { path: LP_FILE });
  expect(reply).toMatchObject({ ok: true, result: { name: 'NL_0001_SLM_Lp _0001_0001.rnd' } });
  const { transfer, sha256: digest, size } = (reply as { result: { transfer: string; sha256: string; size: number } }).result;
  const bytes = bench.received(transfer);
  expect([bytes.length, sha256(bytes)]).toEqual([size, digest]);
  expect(bench.frames.length).toBeGreaterThan(framesBefore);
});

it('F14: a login that fails is told in words', async () => {
  const bench = await cardBench();
  await bench.moreFrames(1);
  bench.meter.setFault('F14', { loginFails: true });
  const reply = await bench.run('files-list', { path: '/' });
  expect(reply).toMatchObject({ ok: false, error: { code: 'failed' } });
  expect(JSON.stringify(reply)).toContain('check user and password');
});

it('F14: a path that is none never reaches the card', async () => {
  const bench = await cardBench();
  await bench.moreFrames(1);
  for (const path of ['/a\r\nDELE x', '/../etc'])
    expect(await bench.run('file-get', { path })).toMatchObject({ ok: false, error: { code: 'bad-args' } });
});
