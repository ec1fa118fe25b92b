import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../servers/free-port.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** A cold start builds first; longer than this is a fault (contract: 90 s with cold caches). */
const START_LIMIT_MS = 90_000;

/** `npm start` as a person runs it, on ports and in a directory of its own. */
export interface DemoRun {
  readonly httpPort: number;
  readonly mqttPort: number;
  readonly dataDir: string;
  /** Everything it has printed so far. */
  output(): string;
  /** Resolves with the first match in what it prints; rejects when it ends or takes too long without one. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Ids of the programs that it started. */
  children(): Promise<readonly number[]>;
  /** Sends a signal to the launcher itself. */
  signal(name: NodeJS.Signals): void;
  /** Exit code, once it has ended. */
  readonly ended: Promise<number | null>;
  /** Ends it and removes its directory. */
  close(): Promise<void>;
}

export async function startDemo(environment: Readonly<Record<string, string>> = {}): Promise<DemoRun> {
  const [httpPort, mqttPort] = [await freePort(), await freePort()];
  const dataDir = mkdtempSync(join(tmpdir(), 'slmm-demo-'));
  const bare = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('SLMM_') && !name.startsWith('npm_')),
  );
  const child = spawn(process.execPath, [join(ROOT, 'infra/demo/start.mjs')], {
    cwd: ROOT,
    env: {
      ...bare,
      NO_COLOR: '1',
      SLMM_HTTP_PORT: String(httpPort),
      SLMM_MQTT_PORT: String(mqttPort),
      SLMM_DATA_DIR: dataDir,
      SLMM_LOG_LEVEL: 'warn',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      resolve(code);
      for (const listener of listeners) listener();
    });
  });
  return {
    httpPort,
    mqttPort,
    dataDir,
    output: () => text,
    printed: (pattern) => firstMatch(pattern, () => text, listeners, child),
    children: () => childrenOf(child),
    signal: (name) => void child.kill(name),
    ended,
    close: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function firstMatch(
  pattern: RegExp,
  text: () => string,
  listeners: Set<() => void>,
  child: ChildProcess,
): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => end(`nothing like ${String(pattern)} after ${START_LIMIT_MS} ms`), START_LIMIT_MS);
    const look = (): void => {
      const match = pattern.exec(text());
      if (match !== null) {
        clearTimeout(limit);
        listeners.delete(look);
        resolve(match);
      } else if (child.exitCode !== null || child.signalCode !== null) end('it ended');
    };
    const end = (why: string): void => {
      clearTimeout(limit);
      listeners.delete(look);
      reject(new Error(`the demo did not print what was awaited: ${why}\n${text()}`));
    };
    listeners.add(look);
    look();
  });
}

async function childrenOf(child: ChildProcess): Promise<readonly number[]> {
  const { execFile } = await import('node:child_process');
  return new Promise((resolve, reject) => {
    execFile('ps', ['-o', 'pid=', '--ppid', String(child.pid)], (error, stdout) => {
      // ps ends with 1 when there are none.
      if (error !== null && stdout === '' && error.code !== 1) reject(error);
      else
        resolve(
          stdout
            .split('\n')
            .map(Number)
            .filter((pid) => pid > 0),
        );
    });
  });
}

/** The line that the demo prints for the browser. */
export const LINK = /Open +(http:\/\/\S+)/;
