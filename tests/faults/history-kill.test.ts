/** Packing and importing are killed at any instant: every reading is there once, and what was made of them is what they say. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import {
  importedReading,
  MemoryHistoryStore,
  MemoryReadingStore,
  PackedReadingStore,
  type Reading,
  SqliteReadingStore,
  WorkerHistoryStore,
} from '@slmm/hub/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { benchFrame } from '../bench/frames.ts';
import { seeded } from '../seeded.ts';

const TSX = pathToFileURL(createRequire(new URL('../../package.json', import.meta.url)).resolve('tsx')).href;
const PROGRAM = fileURLToPath(new URL('pack-and-import.ts', import.meta.url));
const UNIT = 'KILLED';
const START_MS = Date.UTC(2026, 5, 1);
const FRAMES = 20_000;
const ROWS = 12_000;
const KILLS = 7;

describe('history that is killed at its work', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slmm-history-kill-'));
  const file = join(folder, 'readings.db');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has every reading once and its rollups right', async () => {
    const frames = Array.from({ length: FRAMES }, (_, index): Reading => {
      const frame = benchFrame(UNIT, index + 1, START_MS);
      return { frame, atMs: Date.parse(frame.at), late: false };
    });
    // Half an hour lies under the frames, the rest behind them.
    const firstMs = START_MS + FRAMES * 1000 - 1_800_000;
    const rows = Array.from({ length: ROWS }, (_, index) =>
      importedReading(UNIT, { startMs: firstMs + index * 1000, levelDb: 40 + (index % 30) }, 1),
    );
    const epoch = frames[0]?.frame.epoch ?? '';
    const streams = [{ unit: UNIT, epoch, edge: 'site', settled: [[1, FRAMES] as const], lost: [] }];
    const written = await SqliteReadingStore.open(file);
    await written.append({ readings: frames, streams, deadLetters: [] });
    await written.close();

    const dice = seeded(7);
    let killed = 0;
    for (let round = 0; round < KILLS; round += 1) killed += (await work(file, firstMs, 20 + dice() * 300)) === 'killed' ? 1 : 0;
    expect(killed).toBeGreaterThan(KILLS / 2);
    expect(await work(file, firstMs, null)).toBe('ended');

    const store = await SqliteReadingStore.open(file);
    const history = new WorkerHistoryStore({ kind: 'sqlite', file });
    while ((await history.compact({ beforeMs: 9e15, mark: await history.mark(), nowMs: Date.now(), limit: 50 })).compacted > 0);
    const { readings } = await new PackedReadingStore(store, history).readings({
      unit: UNIT,
      fromMs: 0,
      toMs: 9e15,
      limit: 100_000,
    });
    const names = (all: readonly Reading[]): string[] => all.map(({ frame }) => `${frame.epoch} ${frame.seq}`).toSorted();
    expect(names(readings)).toEqual(names([...frames, ...rows]));

    const twin = new MemoryReadingStore();
    await twin.append({ readings: [...frames, ...rows], streams, deadLetters: [] });
    const wanted = [
      [{ startMs: START_MS, endMs: START_MS + 86_400_000 }],
      ...Array.from({ length: 34 }, (_, index) => [
        { startMs: START_MS + index * 900_000, endMs: START_MS + (index + 1) * 900_000 },
      ]),
    ];
    const expected = await new MemoryHistoryStore(twin).rollups(UNIT, wanted);
    for (const [index, found] of (await history.rollups(UNIT, wanted)).entries()) {
      const one = expected[index];
      expect([index, found?.validMs, found?.count, found?.bases]).toEqual([index, one?.validMs, one?.count, one?.bases]);
      expect(found?.energy ?? 0).toBeCloseTo(one?.energy ?? 0, 3);
    }
    await history.close();
    await store.close();
  }, 240_000);
});

/** Runs the program and kills it so long after it began to work; `null`: lets it come to its end. */
async function work(file: string, firstMs: number, afterMs: number | null): Promise<'killed' | 'ended'> {
  const flags = ['--conditions=source', '--import', TSX, PROGRAM, file, UNIT, String(firstMs), String(ROWS)];
  const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  await once(child.stdout, 'data');
  if (afterMs !== null) {
    await wait(afterMs);
    child.kill('SIGKILL');
  }
  const [code, signal] = await ended;
  if (signal === 'SIGKILL') return 'killed';
  expect(code).toBe(0);
  return 'ended';
}
