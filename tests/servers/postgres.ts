/** A private PostgreSQL for tests: in a directory of its own, on a free port of 127.0.0.1, gone afterwards. */
import { execFile, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from './free-port.ts';

const run = promisify(execFile);
const DEBIAN = '/usr/lib/postgresql';

export const POSTGRES_MISSING =
  'PostgreSQL is not installed here, so its store is not tested; to have it tested: apt-get install postgresql';

export interface PostgresCluster {
  /** The first database. */
  readonly url: string;
  /** Makes another database, an empty one, and answers its URL. */
  database(): Promise<string>;
  /** Empties the database. */
  wipe(): Promise<void>;
  query(sql: string): Promise<readonly Record<string, unknown>[]>;
  /** Ends the server as a crash does (pg_ctl's `immediate`): nothing is flushed, and the next start recovers from its log. */
  crash(): Promise<void>;
  /** Runs it again after a crash, on the same port. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Folder with PostgreSQL's programs; `null` where it is not installed, which is a failure with SLMM_CI=1. */
export function findPostgres(): string | null {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(DEBIAN, version, 'bin')), ...(process.env['PATH'] ?? '').split(':')];
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres'))) ?? null;
  if (found === null && process.env['SLMM_CI'] === '1') throw new Error(POSTGRES_MISSING);
  return found;
}

/** `null` where PostgreSQL is not installed. */
export async function startPostgres(): Promise<PostgresCluster | null> {
  const programs = findPostgres();
  if (programs === null) return null;
  const directory = mkdtempSync(join(tmpdir(), 'slmm-pg-'));
  const owner = await ownerOf(directory);
  const places = join(directory, 'cluster');
  await run(
    ...owner.as([join(programs, 'initdb'), '-D', places, '-U', 'slmm', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--locale=C']),
  );
  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${directory}`].flatMap((one) => ['-c', one]);
  const url = `postgresql://slmm@127.0.0.1:${port}/postgres`;
  let said = '';
  let ended: Promise<void> = Promise.resolve();
  const start = async (): Promise<void> => {
    const [command, args] = owner.as([join(programs, 'postgres'), '-D', places, '-p', String(port), ...settings]);
    const server = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    server.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000);
    });
    ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
    await untilItAnswers(url, ended);
  };
  const end = async (mode: 'fast' | 'immediate'): Promise<void> => {
    await run(...owner.as([join(programs, 'pg_ctl'), '-D', places, '-m', mode, 'stop'])).catch(() => undefined);
    await ended;
  };
  const stop = async (): Promise<void> => {
    await end('fast');
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw new Error(`PostgreSQL did not start: ${said}`, { cause: error });
  }
  const query = async (sql: string): Promise<readonly Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      const { rows } = await client.query<Record<string, unknown>>(sql);
      return rows;
    } finally {
      await client.end();
    }
  };
  const wipe = async (): Promise<void> => void (await query('DROP SCHEMA public CASCADE; CREATE SCHEMA public'));
  let made = 0;
  const database = async (): Promise<string> => {
    made += 1;
    await query(`CREATE DATABASE scratch_${made}`);
    return url.replace(/\/postgres$/, `/scratch_${made}`);
  };
  return { url, database, wipe, query, crash: () => end('immediate'), start, stop };
}

type Command = [program: string, args: string[]];

/** PostgreSQL does not run as root; then the directory is given to the user `postgres`, who runs it. */
async function ownerOf(directory: string): Promise<{ as(command: readonly [string, ...string[]]): Command }> {
  if (process.getuid?.() !== 0) return { as: ([program, ...args]) => [program, args] };
  await run('chown', ['postgres', directory]);
  chmodSync(directory, 0o700);
  return { as: (command) => ['runuser', ['-u', 'postgres', '--', ...command]] };
}

async function untilItAnswers(url: string, ended: Promise<void>): Promise<void> {
  let over = false;
  void ended.then(() => (over = true));
  for (let left = 150; ; left -= 1) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (over || left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
