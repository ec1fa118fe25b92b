import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Libsql from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../journeys/whole-stack.ts';
import { assign } from './kill-cycles.ts';
import { verdict, WatermarkObserver } from './oracle.ts';
import { Stage, UNITS } from './stage.ts';

// Real programs; the disk under the hub's database is made small, locked or put back in time.
describe('the database of the hub', () => {
  let stage: Stage;
  let observer: WatermarkObserver;

  beforeEach(async () => {
    stage = await Stage.set({ broker: 'embedded', database: 'sqlite' });
    observer = new WatermarkObserver(stage.brokerUrl);
  });
  afterEach(async () => {
    observer.close();
    await stage.close();
  });

  const start = async (): Promise<void> => {
    await stage.start('hub');
    await stage.start('edge');
    await assign(stage.httpPort);
    await moreAcknowledgements(3);
  };
  const moreAcknowledgements = async (count: number): Promise<void> => {
    const before = observer.heard;
    await eventually('the hub acknowledges', () => observer.heard >= before + count);
  };
  const noAcknowledgementsFor = async (ms: number): Promise<void> => {
    // What is committed already is told within half a second, on a machine that has time.
    await new Promise((done) => setTimeout(done, 1500));
    const before = observer.heard;
    await new Promise((done) => setTimeout(done, ms));
    expect(observer.heard).toBe(before);
  };
  const readings = async (): Promise<number> => {
    const answer = await fetch(
      `http://127.0.0.1:${stage.httpPort}/api/v1/units/${UNITS[0]}/readings?from=2020-01-01T00:00:00Z&to=2199-01-01T00:00:00Z&limit=1`,
    );
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { count: number }).count;
  };
  const ready = async (): Promise<number> => (await fetch(`http://127.0.0.1:${stage.httpPort}/ready`)).status;
  const settled = async (): Promise<void> => {
    await stage.stopEdge();
    await stage.start('edge', []);
    const { wrong, frames } = await verdict(stage, observer);
    expect(wrong).toEqual([]);
    expect(frames).toBeGreaterThan(300);
  };

  it('takes no acknowledge out of the hub while it is locked, which goes on answering, and has everything afterwards', async () => {
    await start();
    const lock = new Libsql(databaseFile(stage), { timeout: 10_000 });
    lock.exec('BEGIN IMMEDIATE');
    await noAcknowledgementsFor(2000);
    expect(await readings()).toBe(1);
    lock.exec('ROLLBACK');
    lock.close();
    await moreAcknowledgements(2);
    await settled();
  });

  it.skipIf(!mayMount())(
    'takes none while its disk is full, says so, goes on answering, and has everything once there is room',
    async () => {
      mkdirSync(stage.hubDir, { recursive: true });
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', stage.hubDir]);
      try {
        await start();
        const filler = join(stage.hubDir, 'filler');
        const { bavail, bsize } = statfsSync(stage.hubDir);
        writeFileSync(filler, Buffer.alloc(bavail * bsize - 65_536, 1));
        await eventually('the hub is not ready', async () => (await ready()) === 503, 60_000);
        await noAcknowledgementsFor(1500);
        expect(await readings()).toBe(1);
        rmSync(filler);
        await eventually('the hub is ready again', async () => (await ready()) === 200);
        await moreAcknowledgements(2);
        await settled();
      } finally {
        await stage.kill('hub');
        execFileSync('umount', ['-l', stage.hubDir]);
      }
    },
  );

  it('heals from the journals when it is restored from a backup, also what it had never heard of', async () => {
    await stage.start('hub');
    await stage.kill('hub');
    // Neither edge nor unit nor frame is in this backup.
    const backup = join(stage.dataDir, 'backup');
    // A killed hub leaves its lock behind, a socket, which backups pass over.
    cpSync(stage.hubDir, backup, { recursive: true, filter: (path) => !path.endsWith('.sock') });
    await start();
    await moreAcknowledgements(3);
    await stage.stopEdge();
    await stage.kill('hub');
    rmSync(stage.hubDir, { recursive: true });
    cpSync(backup, stage.hubDir, { recursive: true });
    observer.expectNewBeginning();
    await stage.start('hub');
    await settled();
  });
});

function databaseFile(stage: Stage): string {
  const name = readdirSync(stage.hubDir).find((one) => one.includes('readings') && one.endsWith('.db'));
  if (name === undefined) throw new Error(`no readings in ${readdirSync(stage.hubDir).join(' ')}`);
  return join(stage.hubDir, name);
}

/** A small disk needs root. With `SLMM_CI=1` its absence is a failure, not a skip. */
function mayMount(): boolean {
  if (process.platform === 'linux' && process.getuid?.() === 0) return true;
  if (process.env['SLMM_CI'] === '1') throw new Error('root is needed to make a small disk');
  console.warn('skipped: a full disk is made by mounting a small one, which needs root');
  return false;
}
