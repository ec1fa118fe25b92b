import { type FileHandle, mkdir, open, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Spool, SpoolFile } from '../../card/spool.ts';

/** Files kept; a finished one stays until newer ones push it out, so that the hub can ask for it again. */
const MAX_FILES = 4;
/** Left free on the disk, because the journal comes first. */
const KEEP_FREE_BYTES = 512 * 1_048_576;
const MAX_FILE_BYTES = 4 * 1024 ** 3;

/** {@link Spool} in a directory of its own. What a former life of the agent left there is removed at the start. */
export class FileSpool implements Spool {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async start(directory: string): Promise<FileSpool> {
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return new FileSpool(directory);
  }

  async create(transfer: string): Promise<SpoolFile> {
    await this.#prune();
    return new OpenFile(await open(join(this.#directory, transfer), 'wx+', 0o600), 0);
  }

  async open(transfer: string): Promise<SpoolFile | null> {
    const handle = await open(join(this.#directory, transfer), 'r+').catch(() => null);
    return handle === null ? null : new OpenFile(handle, (await handle.stat()).size);
  }

  async roomBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#directory);
    return Math.max(0, Math.min(MAX_FILE_BYTES, bavail * bsize - KEEP_FREE_BYTES));
  }

  async #prune(): Promise<void> {
    const files = await Promise.all(
      (await readdir(this.#directory)).map(async (name) => ({ name, atMs: (await stat(join(this.#directory, name))).mtimeMs })),
    );
    const oldest = files.sort((a, b) => b.atMs - a.atMs).slice(MAX_FILES - 1);
    for (const { name } of oldest) await rm(join(this.#directory, name), { force: true });
  }
}

class OpenFile implements SpoolFile {
  readonly #handle: FileHandle;
  sizeBytes: number;

  constructor(handle: FileHandle, sizeBytes: number) {
    this.#handle = handle;
    this.sizeBytes = sizeBytes;
  }

  async append(bytes: Uint8Array): Promise<void> {
    await this.patch(bytes, this.sizeBytes);
    this.sizeBytes += bytes.length;
  }

  /** One write may take less than it is given, on a disk that is almost full. */
  async patch(bytes: Uint8Array, offset: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, offset + done);
      done += bytesWritten;
    }
  }

  async truncate(sizeBytes: number): Promise<void> {
    await this.#handle.truncate(sizeBytes);
    this.sizeBytes = sizeBytes;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = Buffer.alloc(Math.max(0, Math.min(length, this.sizeBytes - offset)));
    const { bytesRead } = await this.#handle.read(bytes, 0, bytes.length, offset);
    return bytes.subarray(0, bytesRead);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
