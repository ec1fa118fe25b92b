/** A private PostgreSQL for tests: in a directory of its own, on a free port of 127.0.0.1, gone afterwards. */
import { execFile, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
const DEBIAN = '/usr/lib/postgresql';

export const POSTGRES_MISSING =
  'PostgreSQL is not installed here, so its store is not tested; to have it tested: apt-get install postgresql';

export interface PostgresCluster {
  readonly url: string;
  /** Empties the database. */
  wipe(): Promise<void>;
  query(sql: string): Promise<readonly Record<string, unknown>[]>;
  /** Ends the server as a crash does (pg_ctl's `immediate`): nothing is flushed, and the next start recovers from its log. */
  crash(): Promise<void>;
  /** Runs it again after a crash, on the same port. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** `null` where PostgreSQL is not installed; with SLMM_CI=1 that is a failure. */
export async function startPostgres(): Promise<PostgresCluster | null> {
  const programs = findPrograms();
  if (programs === null) {
    if (process.env['SLMM_CI'] === '1') throw new Error(POSTGRES_MISSING);
    return null;
  }
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
  return { url, wipe, query, crash: () => end('immediate'), start, stop };
}

function findPrograms(): string | null {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(DEBIAN, version, 'bin')), ...(process.env['PATH'] ?? '').split(':')];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres'))) ?? null;
}

type Command = [program: string, args: string[]];

/** PostgreSQL does not run as root; then the directory is given to the user `postgres`, who runs it. */
async function ownerOf(directory: string): Promise<{ as(command: readonly [string, ...string[]]): Command }> {
  if (process.getuid?.() !== 0) return { as: ([program, ...args]) => [program, args] };
  await run('chown', ['postgres', directory]);
  chmodSync(directory, 0o700);
  return { as: (command) => ['runuser', ['-u', 'postgres', '--', ...command]] };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
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
