import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, symlink, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, systemClock } from '@slmm/shared';
import { expect, it, onTestFinished } from 'vitest';
import { DiskCardFiles } from './disk-card-files.ts';

const TRANSFER = 'transfer-0001';
const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function chunk(file: Buffer, from: number, to: number, change: Record<string, unknown> = {}): Buffer {
  const bytes = file.subarray(from, to);
  const isLast = to >= file.length;
  const header = {
    transfer: TRANSFER,
    path: 'a.rnd',
    offset: from,
    size: bytes.length,
    total: file.length,
    sha256: sha(bytes),
    file_sha256: isLast ? sha(file) : null,
    ...change,
  };
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), bytes]);
}

async function bench(file: Buffer, freeBytes = 1e12) {
  const directory = await mkdtemp(join(tmpdir(), 'slmm-files-'));
  const asked: number[] = [];
  const parts = {
    directory,
    clock: { ...systemClock, after: (_ms: number, task: () => void) => systemClock.after(1, task) },
    log: createLogger('test', 'silent'),
    freeBytes: () => Promise.resolve(freeBytes),
    again: async (edge: string, transfer: string, offset: number): Promise<boolean> => {
      asked.push(offset);
      for (let from = offset; from < file.length; from += 1000)
        await files.receive(edge, transfer, chunk(file, from, from + 1000));
      return true;
    },
  };
  let files = await DiskCardFiles.open(parts);
  onTestFinished(async () => {
    await files.close();
    await rm(directory, { recursive: true, force: true });
  });
  return {
    directory,
    asked,
    get files() {
      return files;
    },
    restart: async () => {
      await files.close();
      files = await DiskCardFiles.open(parts);
    },
  };
}

async function whole(bytes: AsyncIterable<Uint8Array> | null): Promise<Buffer | null> {
  if (bytes === null) return null;
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces);
}

const FILE = randomBytes(9500);

it('gives a file whole, once, and keeps nothing of it', async () => {
  const { files, directory, asked } = await bench(FILE);
  // Each chunk twice, as QoS 1 may bring it.
  for (let from = 0; from < FILE.length; from += 1000)
    for (let time = 0; time < 2; time += 1) await files.receive('site', TRANSFER, chunk(FILE, from, from + 1000));
  expect((await whole(await files.take(TRANSFER)))?.equals(FILE)).toBe(true);
  expect(await files.take(TRANSFER)).toBeNull();
  expect([asked, await readdir(directory)]).toEqual([[], []]);
});

it('asks again from where a hole begins', async () => {
  const { files, asked } = await bench(FILE);
  await files.receive('site', TRANSFER, chunk(FILE, 0, 1000));
  await files.receive('site', TRANSFER, chunk(FILE, 9000, 9500));
  expect((await whole(await files.take(TRANSFER)))?.equals(FILE)).toBe(true);
  expect(asked).toEqual([1000]);
});

it('goes on after a restart with what is on the disk', async () => {
  const place = await bench(FILE);
  await place.files.receive('site', TRANSFER, chunk(FILE, 0, 5000));
  await place.restart();
  await place.files.receive('site', TRANSFER, chunk(FILE, 5000, 9500));
  expect((await whole(await place.files.take(TRANSFER)))?.equals(FILE)).toBe(true);
  expect(place.asked).toEqual([]);
});

it('refuses bytes that were changed, headers that lie, and the transfer of another edge', async () => {
  const { files, directory } = await bench(FILE);
  await files.receive('site', TRANSFER, chunk(FILE, 0, 1000, { sha256: sha(FILE) }));
  await files.receive('site', TRANSFER, chunk(FILE, 0, 1000, { size: 999 }));
  await files.receive('site', TRANSFER, chunk(FILE, 0, 1000, { total: 10 }));
  await files.receive('site', TRANSFER, chunk(FILE, 0, 1000, { transfer: 'transfer-0002' }));
  await files.receive('site', TRANSFER, Buffer.from('no header'));
  expect(await readdir(directory)).toEqual([]);
  await files.receive('site', TRANSFER, chunk(FILE, 0, 1000));
  await files.receive('other', TRANSFER, chunk(FILE, 1000, 2000));
  expect(files.refused).toBe(6);
});

it('throws a file away whose whole is not what the edge has', async () => {
  const { files, directory } = await bench(FILE);
  await files.receive('site', TRANSFER, chunk(FILE, 0, 9500, { file_sha256: sha(FILE.subarray(1)) }));
  expect(await files.take(TRANSFER)).toBeNull();
  expect(await readdir(directory)).toEqual([]);
});

it('takes nothing that would fill the disk', async () => {
  const { files, directory } = await bench(FILE, 512 * 1_048_576 + 9000);
  await files.receive('site', TRANSFER, chunk(FILE, 0, 1000));
  expect([files.refused, await files.take(TRANSFER), await readdir(directory)]).toEqual([1, null, []]);
});

it('keeps sixteen files at most, those of before a restart among them, and none for longer than a day', async () => {
  const place = await bench(FILE);
  const bring = async (transfer: string, agoS: number): Promise<void> => {
    await place.files.receive('site', transfer, chunk(FILE, 0, 1000, { transfer }));
    const atS = Date.now() / 1000 - agoS;
    await utimes(join(place.directory, `${transfer}.part`), atS, atS);
  };
  await bring('transfer-of-long-ago', 25 * 3600);
  await bring('transfer-10', 90);
  expect(await readdir(place.directory)).toEqual(['transfer-10.part']);
  await place.restart();
  for (let count = 11; count < 30; count += 1) await bring(`transfer-${count}`, 100 - count);
  const kept = (await readdir(place.directory)).toSorted();
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([16, 'transfer-14.part', 'transfer-29.part']);
});

it('is not there for somebody who waits for it while the disk gets full', async () => {
  const { files, directory } = await bench(FILE);
  await symlink('/dev/full', join(directory, `${TRANSFER}.part`));
  const taken: Promise<unknown>[] = [];
  const receiving = files.receive('site', TRANSFER, chunk(FILE, 0, 1000));
  for (let turn = 0; turn < 200; turn += 1) {
    taken.push(files.take(TRANSFER));
    await new Promise(setImmediate);
  }
  await receiving;
  expect(new Set(await Promise.all(taken))).toEqual(new Set([null]));
});

it('is given to one of two who wait for it', async () => {
  const { files } = await bench(FILE);
  await files.receive('site', TRANSFER, chunk(FILE, 0, 1000));
  const taken = await Promise.all([files.take(TRANSFER), files.take(TRANSFER)]);
  const [bytes, ...others] = (await Promise.all(taken.map(whole))).filter((one) => one !== null);
  expect([bytes?.equals(FILE), others]).toEqual([true, []]);
});
