/** A real external broker for tests: one mosquitto process on a free port, with or without passwords, ended with the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

const PROGRAMS = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/opt/homebrew/sbin/mosquitto', '/usr/bin/mosquitto'];

/** Path of mosquitto, or `null` where it is not installed. With `SLMM_CI=1` its absence is a failure, not a skip. */
export function findMosquitto(): string | null {
  const found = PROGRAMS.find((path) => existsSync(path)) ?? null;
  if (found === null && process.env['SLMM_CI'] === '1') throw new Error('mosquitto is needed: apt-get install mosquitto');
  if (found === null) console.warn('skipped: mosquitto is not installed (apt-get install mosquitto)');
  return found;
}

export interface Mosquitto {
  readonly url: string;
  readonly port: number;
  /** Ends the broker; `start()` runs it again on the same port with nothing remembered. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Text of a configuration for a broker that keeps its files in `folder` and listens on `port` of 127.0.0.1. */
export type MosquittoConfig = (folder: string, port: number) => string;

const OPEN: MosquittoConfig = (_, port) => `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n`;

/** Starts mosquitto; without a configuration it is open to everybody on 127.0.0.1. */
export async function startMosquitto(program: string, configOf: MosquittoConfig = OPEN): Promise<Mosquitto> {
  const folder = mkdtempSync(join(tmpdir(), 'slmm-mosquitto-'));
  const port = await freePort();
  const config = join(folder, 'mosquitto.conf');
  writeFileSync(config, configOf(folder, port));
  let child: ChildProcess | null = null;
  const start = async (): Promise<void> => {
    const started = spawn(program, ['-c', config, '-v'], { stdio: ['ignore', 'ignore', 'pipe'] });
    child = started;
    await new Promise<void>((resolve, reject) => {
      let text = '';
      started.stderr.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes('running')) resolve();
      });
      started.once('exit', () => reject(new Error(`mosquitto ended: ${text}`)));
    });
    started.stderr.resume();
  };
  const stop = async (): Promise<void> => {
    const running = child;
    child = null;
    if (running === null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    start,
    stop,
    close: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
