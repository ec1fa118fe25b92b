/**
 * {@link CardFiles} in a directory: chunks of meters' files as edges bring them, each checked, in order, and the whole against its SHA-256.
 * A transfer with a hole (the hub was away) is asked for again from where it ends. Neighbours: edge-intake.ts brings chunks, the API takes files.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileChunkHeader, fileChunkHeaderSchema } from '@slmm/protocol';
import type { Clock, Closeable, Logger } from '@slmm/shared';
import type { CardFiles } from '../../fleet/card-files.ts';

const MAX_HEADER_BYTES = 2048;
const MAX_FILE_BYTES = 0xffff_ffff;
/** Transfers under way or not yet fetched by anybody; the oldest go. */
const MAX_TRANSFERS = 16;
/** What nobody has fetched and nothing was added to for so long goes. */
const KEEP_MS = 24 * 3_600_000;
/** Left free on the disk, because readings come first. */
const KEEP_FREE_BYTES = 512 * 1_048_576;
const MAX_ASKS = 20;
const ASK_EVERY_MS = 3000;

interface Transfer {
  readonly edge: string;
  readonly handle: FileHandle;
  received: number;
  total: number;
  sha256: string | null;
  /** Chunks of one transfer are written one after the other. */
  work: Promise<void>;
}

export interface DiskCardFilesParts {
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Asks an edge for a transfer once more, from there on. Resolves when it has answered, `false` when it cannot. */
  readonly again: (edge: string, transfer: string, offset: number) => Promise<boolean>;
  /** What is free on the disk; default: asks it. */
  readonly freeBytes?: () => Promise<number>;
}

export class DiskCardFiles implements CardFiles, Closeable {
  readonly #parts: DiskCardFilesParts;
  readonly #transfers = new Map<string, Transfer>();
  #lastRefused = '';
  refused = 0;

  private constructor(parts: DiskCardFilesParts) {
    this.#parts = parts;
  }

  static async open(parts: DiskCardFilesParts): Promise<DiskCardFiles> {
    await mkdir(parts.directory, { recursive: true, mode: 0o700 });
    return new DiskCardFiles(parts);
  }

  /** One chunk, from the edge in its topic. Resolves when it is on the disk; never rejects. */
  async receive(edge: string, transfer: string, payload: Uint8Array): Promise<void> {
    const chunk = readChunk(transfer, payload);
    if (typeof chunk === 'string') return this.#refuse(edge, transfer, chunk);
    try {
      const known = this.#transfers.get(transfer) ?? (await this.#begin(edge, transfer, chunk.header.total));
      if (known === null) return this.#refuse(edge, transfer, 'the disk of the hub has no room for it');
      if (known.edge !== edge) return this.#refuse(edge, transfer, 'it is the transfer of another edge');
      known.work = known.work.then(() => write(known, chunk.header, chunk.bytes));
      await known.work;
    } catch (error) {
      this.#parts.log.error({ err: error, edge, transfer }, 'a piece of a file could not be kept; the edge will be asked again');
      const broken = this.#transfers.get(transfer);
      this.#transfers.delete(transfer);
      await broken?.handle.close().catch(() => undefined);
    }
  }

  async take(transfer: string): Promise<AsyncIterable<Uint8Array> | null> {
    try {
      return await this.#whole(transfer);
    } catch (error) {
      this.#parts.log.error({ err: error, transfer }, 'a file could not be given');
      return null;
    }
  }

  async close(): Promise<void> {
    for (const { handle } of this.#transfers.values()) await handle.close().catch(() => undefined);
    this.#transfers.clear();
  }

  async #whole(transfer: string): Promise<AsyncIterable<Uint8Array> | null> {
    const known = this.#transfers.get(transfer);
    if (known === undefined) return null;
    for (let asks = 0; !isComplete(known); asks += 1) {
      if (asks >= MAX_ASKS) return null;
      await known.work;
      if (isComplete(known)) break;
      const could = await this.#parts.again(known.edge, transfer, known.received);
      await known.work;
      if (!could && !isComplete(known)) await this.#pause();
    }
    // Somebody else who waited for it has it, or it had to make room.
    if (this.#transfers.get(transfer) !== known) return null;
    this.#transfers.delete(transfer);
    await known.handle.close();
    const path = this.#path(transfer);
    if ((await digest(path)) !== known.sha256) {
      this.#parts.log.error({ transfer }, 'a file came with another content than the edge has; it is thrown away');
      await rm(path, { force: true });
      return null;
    }
    return consumed(path);
  }

  /** `null` when the disk has no room for so much. */
  async #begin(edge: string, transfer: string, total: number): Promise<Transfer | null> {
    await this.#prune(transfer);
    const handle = await open(this.#path(transfer), 'a+', 0o600);
    const { size } = await handle.stat();
    if ((await this.#freeBytes()) - KEEP_FREE_BYTES < total - size) {
      await handle.close();
      if (size === 0) await rm(this.#path(transfer), { force: true });
      return null;
    }
    const begun: Transfer = {
      edge,
      handle,
      received: size,
      total: Infinity,
      sha256: null,
      work: Promise.resolve(),
    };
    const other = this.#transfers.get(transfer);
    if (other !== undefined) {
      await handle.close();
      return other;
    }
    this.#transfers.set(transfer, begun);
    return begun;
  }

  /** Makes room for one more: what a former life of the hub left counts as well. */
  async #prune(coming: string): Promise<void> {
    const { clock, directory } = this.#parts;
    const names = (await readdir(directory)).filter((name) => name !== fileNameOf(coming));
    const touched = (name: string): Promise<number> =>
      stat(join(directory, name)).then(
        ({ mtimeMs }) => mtimeMs,
        // Fetched by somebody just now.
        () => 0,
      );
    const files = await Promise.all(names.map(async (name) => ({ name, touchedMs: await touched(name) })));
    files.sort((a, b) => b.touchedMs - a.touchedMs);
    for (const [at, { name, touchedMs }] of files.entries()) {
      if (at < MAX_TRANSFERS - 1 && clock.nowMs() - touchedMs <= KEEP_MS) continue;
      const transfer = name.slice(0, -ENDING.length);
      const known = this.#transfers.get(transfer);
      this.#transfers.delete(transfer);
      await known?.handle.close().catch(() => undefined);
      await rm(join(directory, name), { force: true });
    }
  }

  async #freeBytes(): Promise<number> {
    if (this.#parts.freeBytes !== undefined) return await this.#parts.freeBytes();
    const { bavail, bsize } = await statfs(this.#parts.directory);
    return bavail * bsize;
  }

  #refuse(edge: string, transfer: string, reason: string): void {
    this.refused += 1;
    // A file comes in thousands of pieces, which are refused for one reason.
    const what = `${transfer}: ${reason}`;
    if (what !== this.#lastRefused) this.#parts.log.warn({ edge, transfer, reason }, 'a piece of a file was refused');
    this.#lastRefused = what;
  }

  /** The transfer is a checked id: it is no path. */
  #path(transfer: string): string {
    return join(this.#parts.directory, fileNameOf(transfer));
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#parts.clock.after(ASK_EVERY_MS, resolve));
  }
}

const ENDING = '.part';
const fileNameOf = (transfer: string): string => `${transfer}${ENDING}`;

const isComplete = ({ received, total, sha256 }: Transfer): boolean => received === total && sha256 !== null;

/** Appends what is next; what is known already, and what lies beyond a hole, is left out. */
async function write(transfer: Transfer, header: FileChunkHeader, bytes: Uint8Array): Promise<void> {
  const { offset, total, file_sha256 } = header;
  transfer.total = total;
  if (offset === transfer.received) {
    await transfer.handle.appendFile(bytes);
    transfer.received += bytes.length;
  }
  if (file_sha256 !== null) transfer.sha256 = file_sha256;
}

function readChunk(
  transfer: string,
  payload: Uint8Array,
): { readonly header: FileChunkHeader; readonly bytes: Uint8Array } | string {
  const end = payload.subarray(0, MAX_HEADER_BYTES).indexOf(0x0a);
  if (end < 0) return 'it has no header';
  let text: unknown;
  try {
    text = JSON.parse(Buffer.from(payload.subarray(0, end)).toString('utf8'));
  } catch {
    return 'its header is not JSON';
  }
  const header = fileChunkHeaderSchema.safeParse(text);
  if (!header.success) return `its header does not fit: ${header.error.issues[0]?.message ?? ''}`;
  const bytes = payload.subarray(end + 1);
  const { size, offset, total, sha256 } = header.data;
  if (header.data.transfer !== transfer) return 'its header names another transfer';
  if (bytes.length !== size || offset + size > total || total > MAX_FILE_BYTES) return 'its size does not fit';
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) return 'its bytes were changed on the way';
  return { header: header.data, bytes };
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) if (piece instanceof Uint8Array) hash.update(piece);
  return hash.digest('hex');
}

/** The bytes, once; then the file is gone. */
async function* consumed(path: string): AsyncIterable<Uint8Array> {
  try {
    for await (const piece of createReadStream(path)) if (piece instanceof Uint8Array) yield piece;
  } finally {
    await rm(path, { force: true });
  }
}
