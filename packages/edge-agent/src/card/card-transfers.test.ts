import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileChunkHeaderSchema } from '@slmm/protocol';
import { createLogger, systemClock } from '@slmm/shared';
import { expect, it, onTestFinished } from 'vitest';
import { FileSpool } from '../adapters/disk/file-spool.ts';
import { CardFault, type OpenCard } from './card-session.ts';
import { CardTransfers } from './card-transfers.ts';
import type { ListedEntry } from './list-line.ts';

const CONTENT: Readonly<Record<string, Buffer>> = {
  '/NL-43/Auto_0001/a one.rnd': Buffer.alloc(200_000, 'abcdefg'),
  '/NL-43/Auto_0001/Lp _01/b.rnd': Buffer.from('short'),
  '/NL-43/Auto_0001/empty.rnh': Buffer.alloc(0),
};
const LATE = '/NL-43/late/grows.rnd';
const GROWING = '/NL-43/Auto_0001/growing.rnd';
const PLACE = { address: { host: 'meter', port: 21, user: 'USER', password: '0000' }, nowNaiveMs: Date.UTC(2026, 10, 24) };

/** A card in memory; each read is cut after `cutBytes`, and one file is longer at each look. */
function card(cutBytes: number): OpenCard {
  let looks = 0;
  const entry = (name: string, isFolder: boolean, sizeBytes: number): ListedEntry => ({
    name,
    isFolder,
    sizeBytes,
    modifiedText: 'Nov 24 00:00',
    modifiedNaiveMs: Date.UTC(2026, 10, 24),
  });
  return () =>
    Promise.resolve({
      list: (path) => {
        const names = Object.keys(CONTENT).filter((one) => one.startsWith(`${path}/`));
        const files = names.filter((one) => !one.slice(path.length + 1).includes('/'));
        const folders = new Set(
          names.filter((one) => !files.includes(one)).map((one) => one.slice(path.length + 1).split('/')[0] ?? ''),
        );
        const own = files.map((one) => entry(one.slice(path.length + 1), false, CONTENT[one]?.length ?? 0));
        if (LATE.startsWith(`${path}/`)) own.push(entry('grows.rnd', false, 10));
        const growing =
          GROWING.startsWith(`${path}/`) && path.endsWith('Auto_0001') ? [entry('growing.rnd', false, (looks += 1))] : [];
        return Promise.resolve([...own, ...growing, ...[...folders].map((one) => entry(one, true, 0))]);
      },
      read: async (path, offset, take) => {
        const all = path === LATE ? Buffer.alloc(11) : CONTENT[path];
        if (all === undefined) throw new CardFault('not-found', path);
        await take(all.subarray(offset, offset + cutBytes));
        if (offset + cutBytes < all.length) throw new CardFault('cut', 'cut');
      },
      close: () => Promise.resolve(),
    });
}

async function transfers(cutBytes: number): Promise<{ transfers: CardTransfers; received: () => Buffer; chunks: number[] }> {
  const directory = await mkdtemp(join(tmpdir(), 'slmm-spool-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const chunks: number[] = [];
  const pieces: Buffer[] = [];
  return {
    chunks,
    received: () => Buffer.concat(pieces),
    transfers: new CardTransfers({
      openCard: card(cutBytes),
      spool: await FileSpool.start(join(directory, 'files')),
      send: (_transfer, payload) => {
        const end = Buffer.from(payload).indexOf('\n');
        const header = fileChunkHeaderSchema.parse(JSON.parse(Buffer.from(payload.subarray(0, end)).toString()));
        chunks.push(header.offset);
        pieces.push(Buffer.from(payload.subarray(end + 1)));
        return Promise.resolve();
      },
      // The waits between looks and after cuts are not what is tested.
      clock: { ...systemClock, after: (ms, task) => systemClock.after(Math.min(ms, 2), task) },
      log: createLogger('test', 'silent'),
      newId: randomUUID,
    }),
  };
}

const signal = new AbortController().signal;
const nothing = (): void => undefined;

it('brings a file byte for byte, resumed where it was cut, and once more from anywhere', async () => {
  const bench = await transfers(60_000);
  const path = '/NL-43/Auto_0001/a one.rnd';
  const done = await bench.transfers.file(PLACE, path, nothing, signal);
  expect(bench.received().equals(CONTENT[path] ?? Buffer.alloc(0))).toBe(true);
  expect(done).toMatchObject({ name: 'a one.rnd', size: 200_000 });
  expect(done.sha256).toBe(createHash('sha256').update(bench.received()).digest('hex'));
  const before = bench.chunks.length;
  expect(await bench.transfers.again(done.transfer, 150_000, signal)).toMatchObject({ size: 200_000, sha256: done.sha256 });
  expect(bench.chunks[before]).toBe(150_000);
  expect(await bench.transfers.again('gone-1234', 0, signal)).toBeNull();
});

it('brings a folder as a ZIP whose members are whole, and leaves a growing file alone', async () => {
  const bench = await transfers(90_000);
  const done = await bench.transfers.folder(PLACE, '/NL-43/Auto_0001', nothing, signal);
  expect(done.growing).toEqual([GROWING]);
  expect(readZip(bench.received())).toEqual(
    Object.fromEntries(Object.entries(CONTENT).map(([path, bytes]) => [path.slice('/NL-43/'.length), sha(bytes)])),
  );
});

it('refuses a file that is being written, and one that is not there', async () => {
  const bench = await transfers(90_000);
  await expect(bench.transfers.file(PLACE, GROWING, nothing, signal)).rejects.toThrow('still being written');
  // One that is longer when it is read than when it was listed.
  await expect(bench.transfers.file(PLACE, LATE, nothing, signal)).rejects.toThrow('still being written');
  expect(bench.chunks).toEqual([]);
  await expect(bench.transfers.file(PLACE, '/NL-43/none.rnd', nothing, signal)).rejects.toThrow('no file');
});

it('ends when it is told to', async () => {
  const bench = await transfers(90_000);
  const abort = new AbortController();
  abort.abort();
  await expect(bench.transfers.folder(PLACE, '/NL-43/Auto_0001', nothing, abort.signal)).rejects.toThrow();
  expect(bench.chunks).toEqual([]);
});

const sha = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Names and digests, read from the central directory as an unpacker would. */
function readZip(zip: Buffer): Record<string, string> {
  const end = zip.length - 22;
  expect(zip.readUInt32LE(end)).toBe(0x0605_4b50);
  const members: Record<string, string> = {};
  for (let at = zip.readUInt32LE(end + 16); at < end;) {
    expect(zip.readUInt32LE(at)).toBe(0x0201_4b50);
    const [size, nameLength, offset] = [zip.readUInt32LE(at + 24), zip.readUInt16LE(at + 28), zip.readUInt32LE(at + 42)];
    const name = zip.subarray(at + 46, at + 46 + nameLength).toString();
    expect(zip.readUInt32LE(offset)).toBe(0x0403_4b50);
    const content = offset + 30 + zip.readUInt16LE(offset + 26);
    members[name] = sha(zip.subarray(content, content + size));
    at += 46 + nameLength;
  }
  return members;
}
