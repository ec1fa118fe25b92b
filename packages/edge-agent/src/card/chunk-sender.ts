/** A spooled file on its way to the hub: checked chunks over the bus, behind everything else. Neighbours: card-transfers.ts has the files, the uplink's send window carries. */
import { createHash } from 'node:crypto';
import type { FileChunkHeader } from '@slmm/protocol';
import { InvariantError } from '@slmm/shared';
import type { SpoolFile } from './spool.ts';

/** Small enough that a live frame behind two of them waits for a second at most on a line of 1 Mbit/s. */
const CHUNK_BYTES = 49_152;

export type Progress = (step: string, done: number, of: number) => void;

/** Takes one chunk to the hub; resolves when the broker has it, also over a broken link. Rejects when the signal ends it. */
export type SendChunk = (transfer: string, payload: Uint8Array, signal: AbortSignal) => Promise<void>;

/** What of which file goes. `path` is its name for people. */
export interface Consignment {
  readonly transfer: string;
  readonly path: string;
  readonly spooled: SpoolFile;
  /** First byte to go. */
  readonly from: number;
}

export class ChunkSender {
  readonly #send: SendChunk;

  constructor(send: SendChunk) {
    this.#send = send;
  }

  /** Sends it to its end; the last chunk carries the digest of the whole. Gives that digest (SHA-256, hex). Rejects when the signal ends it. */
  async send({ transfer, path, spooled, from }: Consignment, progress: Progress, signal: AbortSignal): Promise<string> {
    const fileSha256 = await digestOf(spooled);
    const total = spooled.sizeBytes;
    let offset = Math.min(from, total);
    let under: Promise<void> = Promise.resolve();
    do {
      const bytes = await spooled.read(offset, CHUNK_BYTES);
      if (bytes.length === 0 && offset < total) throw new InvariantError('a spooled file has become shorter');
      const isLast = offset + bytes.length >= total;
      const header: FileChunkHeader = {
        transfer,
        path,
        offset,
        size: bytes.length,
        total,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        file_sha256: isLast ? fileSha256 : null,
      };
      const payload = Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), bytes]);
      // One is under way while the next is read.
      await under;
      under = this.#send(transfer, payload, signal);
      under.catch(() => undefined);
      offset += bytes.length;
      progress('bringing the file to the hub', offset, total);
    } while (offset < total);
    await under;
    return fileSha256;
  }
}

async function digestOf(spooled: SpoolFile): Promise<string> {
  const hash = createHash('sha256');
  for (let offset = 0; offset < spooled.sizeBytes;) {
    const bytes = await spooled.read(offset, 1_048_576);
    if (bytes.length === 0) break;
    hash.update(bytes);
    offset += bytes.length;
  }
  return hash.digest('hex');
}
