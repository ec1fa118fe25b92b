import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CardTransfers, FileSpool, openFtpCard } from '@slmm/edge-agent/testing';
import { createLogger, systemClock } from '@slmm/shared';
import { expect, it, onTestFinished } from 'vitest';
import { type MeterBench, meterBench } from './meter-bench.ts';

const LP_FILE = '/NL-43/Auto_0001/Auto_Lp_01/NL_0001_SLM_Lp _0001_0001.rnd';

async function cardBench(measuring = false): Promise<MeterBench & { readonly received: Map<string, Buffer[]> }> {
  const directory = await mkdtemp(join(tmpdir(), 'slmm-card-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const received = new Map<string, Buffer[]>();
  const transfers = new CardTransfers({
    openCard: openFtpCard,
    spool: await FileSpool.start(directory),
    send: (transfer, payload) => {
      const bytes = Buffer.from(payload);
      received.set(transfer, [...(received.get(transfer) ?? []), bytes.subarray(bytes.indexOf('\n') + 1)]);
      return Promise.resolve();
    },
    clock: { ...systemClock, after: (ms, task) => systemClock.after(Math.min(ms, 300), task) },
    log: createLogger('test', 'silent'),
    newId: () => crypto.randomUUID(),
  });
  return { ...(await meterBench({ simulator: { measuring }, transfers })), received };
}

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
  const { transfer, sha256, size } = (reply as { result: { transfer: string; sha256: string; size: number } }).result;
  const bytes = Buffer.concat(bench.received.get(transfer) ?? []);
  expect([bytes.length, createHash('sha256').update(bytes).digest('hex')]).toEqual([size, sha256]);
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
