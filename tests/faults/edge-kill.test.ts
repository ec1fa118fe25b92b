import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { topics } from '@slmm/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HubModel, until } from '../journeys/edge-hub-model.ts';
import { seeded } from '../seeded.ts';
import { withJournalCopy } from './journal-copy.ts';

const EDGE = 'under-fire';
const KILLS = Number(process.env['EDGE_KILLS'] ?? 5);
const SEED = Number(process.env['EDGE_KILL_SEED'] ?? 1);
const TSX = pathToFileURL(createRequire(new URL('../../package.json', import.meta.url)).resolve('tsx')).href;
const PROGRAM = fileURLToPath(new URL('edge-under-fire.ts', import.meta.url));

describe('an edge that is killed in the middle of its work', () => {
  const children: ChildProcess[] = [];
  const hub = new HubModel(EDGE);
  let dataDir = '';

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'slmm-kill-'));
    await hub.start();
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    await hub.stop();
    await rm(dataDir, { recursive: true });
  });

  const startEdge = async (): Promise<ChildProcess> => {
    const child = spawn(process.execPath, ['--conditions=source', '--import', TSX, PROGRAM, '4', '5'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        SLMM_EDGE_ID: EDGE,
        SLMM_MQTT_URL: hub.url,
        SLMM_DATA_DIR: dataDir,
        SLMM_EDGE_SYNC_MS: '10',
        SLMM_LOG_LEVEL: 'error',
      },
    });
    children.push(child);
    await once(child.stdout, 'data');
    return child;
  };

  it(`loses no frame that was on its disk and gives no seq twice, over ${KILLS} kills`, async () => {
    const random = seeded(SEED);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const child = await startEdge();
      hub.acknowledging = random() < 0.7;
      await new Promise((done) => setTimeout(done, random() * 1200));
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    hub.acknowledging = true;
    const journalled = await withJournalCopy(dataDir, EDGE, (journal) => journal.streams());
    hub.retained.clear();
    const last = await startEdge();
    await until('the last life is born', () => hub.retained.get(topics.edgeState(EDGE))?.includes('online') === true);
    await until(
      'everything journalled has arrived',
      () => journalled.every(({ epoch, unit, highest }) => hub.watermark(epoch, unit) >= highest),
      60_000,
    );
    last.kill('SIGTERM');
    const [code] = (await once(last, 'exit')) as [number | null];

    expect(code).toBe(0);
    expect(hub.conflicts).toEqual([]);
    expect([...hub.lost.values()].every((lost) => lost.size === 0)).toBe(true);
    expect(journalled.reduce((sum, { highest }) => sum + highest, 0)).toBeGreaterThan(KILLS * 50);
    // SIGKILL does not tear what the system had taken, so one epoch spans them all.
    expect(new Set(journalled.map(({ epoch }) => epoch)).size).toBe(1);
    expect(JSON.parse(hub.retained.get(topics.edgeState(EDGE)) ?? '{}')).toMatchObject({ state: 'offline', reason: 'stopped' });
    const files = await readdir(join(dataDir, `edge-${EDGE}`));
    expect(files.filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  it('is announced as gone by its will, and its frames of the next life are of the same epoch', async () => {
    const child = await startEdge();
    const stateTopic = topics.edgeState(EDGE);
    await until('it is born', () => hub.retained.get(stateTopic)?.includes('online') === true);
    const { boot, epoch } = JSON.parse(hub.retained.get(stateTopic) ?? '{}') as { boot: string; epoch: string };
    child.kill('SIGKILL');
    await until('its will is spoken', () => hub.retained.get(stateTopic)?.includes('offline') === true);
    expect(JSON.parse(hub.retained.get(stateTopic) ?? '{}')).toMatchObject({
      state: 'offline',
      boot,
      epoch,
      reason: 'connection lost',
    });
    await startEdge();
    await until('it is born again', () => hub.retained.get(stateTopic)?.includes('online') === true);
    const again = JSON.parse(hub.retained.get(stateTopic) ?? '{}') as { boot: string; epoch: string };
    expect(again.epoch).toBe(epoch);
    expect(again.boot).not.toBe(boot);
  });
});
