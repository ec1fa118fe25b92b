import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppendFile, Disk, DiskEntry } from '../../journal/disk.ts';

/** A directory of the machine's own file system. Files are for the agent's user alone. */
export class NodeDisk implements Disk {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Makes the directory where it is missing; rejects where that is not allowed. */
  static async open(directory: string): Promise<NodeDisk> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return new NodeDisk(directory);
  }

  async list(): Promise<readonly DiskEntry[]> {
    const names = await readdir(this.#directory);
    return await Promise.all(names.map(async (name) => ({ name, bytes: (await stat(this.#path(name))).size })));
  }

  async read(name: string, offset: number, length: number): Promise<Uint8Array> {
    const handle = await open(this.#path(name), 'r');
    try {
      const bytes = Buffer.alloc(length);
      let count = 0;
      while (count < length) {
        const { bytesRead } = await handle.read(bytes, count, length - count, offset + count);
        if (bytesRead === 0) break;
        count += bytesRead;
      }
      return bytes.subarray(0, count);
    } finally {
      await handle.close();
    }
  }

  async create(name: string): Promise<AppendFile> {
    const handle = await open(
      this.#path(name),
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND,
      0o600,
    );
    return { append: (bytes) => appendAll(handle, bytes), sync: () => handle.datasync(), close: () => handle.close() };
  }

  sync(name: string): Promise<void> {
    return this.#synced(this.#path(name));
  }

  rename(from: string, to: string): Promise<void> {
    return rename(this.#path(from), this.#path(to));
  }

  remove(name: string): Promise<void> {
    return unlink(this.#path(name));
  }

  syncDirectory(): Promise<void> {
    return this.#synced(this.#directory);
  }

  async #synced(path: string): Promise<void> {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}

async function appendAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < bytes.length) offset += (await handle.write(bytes, offset)).bytesWritten;
}
