/**
 * One program per data directory. The lock is a listening UNIX socket in it: the kernel closes it when its program dies, however it dies, so a lock that nobody answers
 * is stale; and it works between containers that share the directory, where process ids say nothing.
 */
import { createHash } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Closeable } from './closeable.ts';

/** The path of a UNIX socket may have about this many bytes; longer ones are replaced by one in the system's directory for temporary files. */
const MAX_SOCKET_PATH_BYTES = 100;

/** Another program holds the directory. */
export class DirectoryInUse extends Error {
  override readonly name = 'DirectoryInUse';
}

/** Takes the directory, which exists, until the lock is closed. Rejects with `DirectoryInUse` when another program has it; `who` says what such a program is. */
export async function lockDirectory(directory: string, who: 'agent' | 'hub'): Promise<Closeable> {
  const path = socketPath(directory);
  for (let tries = 0; tries < 3; tries += 1) {
    const server = await listen(path);
    if (server !== null) return closeable(server);
    if (await isAnswered(path)) break;
    await removed(path);
  }
  throw new DirectoryInUse(
    `another ${who} is running with the data directory ${directory}; stop it, or give this one another SLMM_DATA_DIR`,
  );
}

function socketPath(directory: string): string {
  const path = join(resolve(directory), 'in-use.sock');
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return path;
  return join(tmpdir(), `slmm-${createHash('sha256').update(path).digest('hex').slice(0, 32)}.sock`);
}

/** `null` when the path is taken. */
function listen(path: string): Promise<Server | null> {
  return new Promise((done, fail) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? done(null) : fail(error)));
    server.listen(path, () => {
      server.unref();
      done(server);
    });
  });
}

/** Not by `rm`: after Node 20 has removed a socket by it, `import()` follows no symbolic links any more, and packages are not found. */
async function removed(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}

function closeable(server: Server): Closeable {
  let closed: Promise<void> | null = null;
  return { close: () => (closed ??= new Promise((done) => server.close(() => done()))) };
}
