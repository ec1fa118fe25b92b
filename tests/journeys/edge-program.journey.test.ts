import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const TSX = pathToFileURL(createRequire(new URL('../../package.json', import.meta.url)).resolve('tsx')).href;
const PROGRAM = fileURLToPath(new URL('../../packages/edge-agent/src/main.ts', import.meta.url));

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the program to its end; `stopWhen` sends SIGTERM once standard error holds that text. */
async function run(flags: readonly string[], environment: Readonly<Record<string, string>>, stopWhen?: string): Promise<Run> {
  const child = spawn(process.execPath, ['--conditions=source', '--import', TSX, PROGRAM, ...flags], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [out, err] = ['', ''];
  let stopped = false;
  child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => {
    err += bytes.toString();
    if (stopWhen !== undefined && err.includes(stopWhen) && !stopped) stopped = child.kill('SIGTERM');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

describe('slmm-edge', () => {
  it('answers --help with every setting', async () => {
    const { code, out } = await run(['--help'], {});
    expect(code).toBe(0);
    for (const name of ['SLMM_EDGE_ID', 'SLMM_MQTT_URL', 'SLMM_MQTT_PASSWORD', 'SLMM_UPLINK', 'SLMM_EDGE_JOURNAL_MB'])
      expect(out).toContain(name);
  });

  it('ends with 2 and all mistakes at once', async () => {
    const { code, err } = await run(['--uplnk', 'live'], { SLMM_UPLINK: 'fast' });
    expect(code).toBe(2);
    for (const mistake of ['SLMM_EDGE_ID', 'SLMM_MQTT_URL', 'SLMM_UPLINK', '--uplnk']) expect(err).toContain(mistake);
    expect(err).not.toContain('    at ');
  });

  it('runs without a broker and stops cleanly on SIGTERM', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'slmm-program-'));
    onTestFinished(() => rm(dataDir, { recursive: true }));
    const environment = { SLMM_EDGE_ID: 'e1', SLMM_MQTT_URL: 'mqtt://127.0.0.1:9', SLMM_DATA_DIR: dataDir };
    const { code, out } = await run([], environment, 'the edge agent runs');
    expect(code).toBe(0);
    expect(out).toBe('');
  });

  it('says what to do when its directory cannot be made', async () => {
    const { code, err } = await run([], {
      SLMM_EDGE_ID: 'e1',
      SLMM_MQTT_URL: 'mqtt://127.0.0.1:9',
      SLMM_DATA_DIR: '/dev/null/x',
    });
    expect(code).toBe(1);
    expect(err).toContain('/dev/null/x');
  });
});
