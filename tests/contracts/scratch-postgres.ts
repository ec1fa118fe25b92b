/** A real PostgreSQL for tests: a cluster of its own in a temporary folder on a free port, thrown away at the end. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** Folder with `initdb` and `postgres`, or `null` where PostgreSQL is not installed. With `SLMM_CI=1` its absence is a failure, not a skip. */
export function findPostgres(): string | null {
  const found = candidates().find((folder) => existsSync(join(folder, 'initdb'))) ?? null;
  if (found === null && process.env['SLMM_CI'] === '1') throw new Error('PostgreSQL is needed: apt-get install postgresql');
  if (found === null) console.warn('skipped: PostgreSQL is not installed (apt-get install postgresql)');
  return found;
}

export interface ScratchPostgres {
  /** Makes an empty database and returns its URL. */
  database(): Promise<string>;
  close(): Promise<void>;
}

/** Starts a cluster; takes two to five seconds. Nothing is flushed to the disk, for a crash of the machine loses nothing that matters. */
export async function startPostgres(folder: string): Promise<ScratchPostgres> {
  const home = mkdtempSync(join(tmpdir(), 'slmm-postgres-'));
  const user = unprivileged();
  if (user !== null) chownSync(home, user.uid, user.gid);
  const as = user ?? {};
  const cluster = join(home, 'cluster');
  const made = spawnSync(
    join(folder, 'initdb'),
    ['-D', cluster, '-U', 'slmm', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--locale=C'],
    { ...as, cwd: home, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const port = await freePort();
  const server = spawn(
    join(folder, 'postgres'),
    ['-D', cluster, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${home}`, '-F'],
    { ...as, cwd: home, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    let text = '';
    server.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('ready to accept connections')) resolve();
    });
    server.once('exit', () => reject(new Error(`postgres ended: ${text}`)));
  });
  server.stderr.resume();
  const place = `postgresql://slmm@127.0.0.1:${port}`;
  let count = 0;
  return {
    database: async () => {
      count += 1;
      const client = new pg.Client({ connectionString: `${place}/postgres` });
      await client.connect();
      await client.query(`CREATE DATABASE scratch_${count}`);
      await client.end();
      return `${place}/scratch_${count}`;
    },
    close: async () => {
      server.kill('SIGINT');
      await ended;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function candidates(): string[] {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return [...versions.map((version) => join(root, version, 'bin')), '/usr/local/bin', '/opt/homebrew/bin', '/usr/bin'];
}

/** PostgreSQL refuses to run as root; then it runs as the user that its package made, or as nobody. */
function unprivileged(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const name = ['postgres', 'nobody'].find((user) => spawnSync('id', [user]).status === 0) ?? 'nobody';
  const number = (flag: string): number => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }).trim());
  return { uid: number('-u'), gid: number('-g') };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
