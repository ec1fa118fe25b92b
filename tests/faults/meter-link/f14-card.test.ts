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
  // U+010D and U+010A end in the bytes of CR and LF.
  for (const op of ['files-list', 'file-get', 'folder-get'])
    for (const path of ['/a\r\nDELE x', '/a\u{010d}\u{010a}DELE x', '/a\0b', '/../etc'])
      expect(await bench.run(op, { path })).toMatchObject({
        ok: false,
        error: { code: 'bad-args', message: expect.stringContaining('not a path on the card') },
      });
});

it.each(['0000\r\nDELE x', '0000\u{010a}DELE x'])('F14: a password that is two lines is never sent: %j', async (password) => {
  const bench = await cardBench({ password });
  await bench.moreFrames(1);
  expect(await bench.run('files-list', { path: '/' })).toMatchObject({
    ok: false,
    error: { message: expect.stringContaining('FTP cannot carry') },
  });
});

it('F14: a folder with a file that is being written comes without that file, and says so', async () => {
  const bench = await cardBench({ simulator: { measuring: true } });
  await bench.moreFrames(1);
  const reply = await bench.run('folder-get', { path: '/NL-43' });
  expect(reply).toMatchObject({
    ok: true,
    result: { name: 'NL-43.zip', growing: [expect.stringContaining('/NL-43/Auto_0002/Auto_Lp_01/')] },
  });
  const { transfer, sha256: digest } = (reply as { result: { transfer: string; sha256: string } }).result;
  const zip = bench.received(transfer);
  expect(sha256(zip)).toBe(digest);
  expect(zip.includes('NL-43/Auto_0001/Auto_Lp_01/NL_0001_SLM_Lp _0001_0001.rnd')).toBe(true);
  expect(zip.includes('Auto_0002/Auto_Lp_01/NL_')).toBe(false);
  expect(await bench.run('file-get', { path: '/NL-43/Auto_0002/Auto_Lp_01/NL_0001_SLM_Lp _0002_0001.rnd' })).toMatchObject({
    ok: false,
    error: { message: expect.stringContaining('still being written') },
  });
});

it('F14: FTP and the start of a stream keep apart: the stream waits while the card is read, and for a while after', async () => {
  const apartMs = 3000;
  const bench = await cardBench({ wanted: { acquisition: 'drd' }, streamApartMs: apartMs });
  await bench.until('ticks', () => bench.frames.filter((frame) => frame.src === 'drd').length >= 2);
  const streamsBefore = bench.meter.report.recent.filter(({ line }) => line === 'DRD?');
  const steps: string[] = [];
  const reply = await bench.run('files-list', { path: '/NL-43' }, steps);
  expect(steps[0]).toContain('rest from its stream');
  const readAtMs = Date.now();
  expect(reply).toMatchObject({ ok: true });
  expect(readAtMs - (streamsBefore.at(-1)?.atMs ?? 0)).toBeGreaterThanOrEqual(apartMs);
  await bench.until('ticks again', () => bench.frames.at(-1)?.src === 'drd');
  const next = bench.meter.report.recent.filter(({ line, atMs }) => line === 'DRD?' && atMs > readAtMs)[0];
  expect((next?.atMs ?? 0) - readAtMs).toBeGreaterThanOrEqual(apartMs - 100);
  // DOD stands in meanwhile.
  expect(bench.frames.filter((frame) => frame.src === 'dod' && Date.parse(frame.at) > readAtMs).length).toBeGreaterThanOrEqual(5);
});
