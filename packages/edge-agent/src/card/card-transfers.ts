/**
 * Files of meters' cards on their way to the hub: first whole onto this machine's disk, over the meter's LAN and with resume, then in checked
 * chunks over the bus, behind everything else. What the hub lacks it may ask for again while the file is still here.
 * Neighbours: commands/files.ts and cycles.ts ask, card-session.ts reads, chunk-sender.ts carries.
 */
import { crc32 } from 'node:zlib';
import { type Clock, type Logger, Turns } from '@slmm/shared';
import { type CardAddress, CardFault, type CardSession, type OpenCard } from './card-session.ts';
import { ChunkSender, type Progress, type SendChunk } from './chunk-sender.ts';
import type { ListedEntry } from './list-line.ts';
import type { Spool, SpoolFile } from './spool.ts';
import { centralDirectory, localHeader, MAX_ZIP_BYTES, MAX_ZIP_MEMBERS, type ZipMember } from './zip-entry.ts';

/** A read that brought something may be cut this often in a row without bringing more. */
const MAX_CUTS = 5;
const AFTER_CUT_MS = 2000;
/** Between two looks at a folder: a file that has another size then is still being written. */
const GROWING_LOOK_MS = 2500;
const MAX_DEPTH = 8;
/** Transfers at once, over all meters: they share the line to the hub and the disk, and the spool keeps one more than these. */
const MAX_AT_ONCE = 3;

/** A file that the hub has, as far as the bus knows. */
export interface Transferred {
  readonly transfer: string;
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  /** Paths that were left out because the meter is still writing them. */
  readonly growing: readonly string[];
}

export interface CardTransfersParts {
  readonly openCard: OpenCard;
  readonly spool: Spool;
  readonly send: SendChunk;
  readonly clock: Clock;
  readonly log: Logger;
  readonly newId: () => string;
}

/** Where the card is and about what time it is there. */
export interface CardPlace {
  readonly address: CardAddress;
  readonly nowNaiveMs: number;
}

interface Found extends ListedEntry {
  readonly path: string;
}

export class CardTransfers {
  readonly #parts: CardTransfersParts;
  readonly #chunks: ChunkSender;
  readonly #turns = new Turns(MAX_AT_ONCE);

  constructor(parts: CardTransfersParts) {
    this.#parts = parts;
    this.#chunks = new ChunkSender(parts.send);
  }

  /** To be taken before a file or folder is fetched, and before FTP is touched for it. Resolves with how to give it back; `null` when the signal came first. */
  turn(progress: Progress, signal: AbortSignal): Promise<(() => void) | null> {
    return this.#turns.take(signal, () => progress('waiting until other files have come', 0, 1));
  }

  async list(place: CardPlace, path: string): Promise<readonly ListedEntry[]> {
    return this.#withCard(place, (card) => card.list(path));
  }

  /** One file to the hub. */
  async file(place: CardPlace, path: string, progress: Progress, signal: AbortSignal): Promise<Transferred> {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const folder = path.slice(0, path.lastIndexOf('/')) || '/';
    const transfer = this.#parts.newId();
    const spooled = await this.#parts.spool.create(transfer);
    try {
      const look = async (): Promise<ListedEntry> => {
        const entry = (await this.list(place, folder)).find((one) => one.name === name && !one.isFolder);
        if (entry === undefined) throw new CardFault('not-found', `there is no file ${path} on the card`);
        return entry;
      };
      const entry = await look();
      await this.#pause(GROWING_LOOK_MS, signal);
      if ((await look()).sizeBytes !== entry.sizeBytes) throw beingWritten(path);
      await this.#checkRoom(entry.sizeBytes);
      await this.#fetch(place, { ...entry, path }, spooled, progress, signal);
      if (spooled.sizeBytes !== entry.sizeBytes) throw beingWritten(path);
      return await this.#deliver(transfer, name, spooled, [], progress, signal);
    } finally {
      await spooled.close();
    }
  }

  /** A folder with all below it, as a ZIP, to the hub. */
  async folder(place: CardPlace, path: string, progress: Progress, signal: AbortSignal): Promise<Transferred> {
    const transfer = this.#parts.newId();
    const { files, growing } = await this.#settled(place, path, signal);
    const total = files.reduce((sum, file) => sum + file.sizeBytes, 0);
    if (files.length > MAX_ZIP_MEMBERS || total + files.length * 1200 > MAX_ZIP_BYTES)
      throw new CardFault('refused', `${path} is too large for one archive; fetch its folders one by one`);
    await this.#checkRoom(total);
    const spooled = await this.#parts.spool.create(transfer);
    try {
      const members: ZipMember[] = [];
      const base = path.replace(/\/+$/, '').split('/').at(-1) ?? 'card';
      for (const file of files) {
        const name = `${base}${file.path.slice(path.replace(/\/+$/, '').length)}`;
        const member = await this.#member(place, file, name, spooled, total, progress, signal);
        if (member === null) growing.push(file.path);
        else members.push(member);
      }
      await spooled.append(centralDirectory(members, spooled.sizeBytes));
      return await this.#deliver(transfer, `${base}.zip`, spooled, growing, progress, signal);
    } finally {
      await spooled.close();
    }
  }

  /** Sends what the hub lacks of a transfer once more. `null` when it is not here any more. */
  async again(
    transfer: string,
    offset: number,
    signal: AbortSignal,
  ): Promise<{ readonly size: number; readonly sha256: string } | null> {
    const spooled = await this.#parts.spool.open(transfer);
    if (spooled === null) return null;
    try {
      const sha256 = await this.#chunks.send({ transfer, path: transfer, spooled, from: offset }, () => undefined, signal);
      return { size: spooled.sizeBytes, sha256 };
    } finally {
      await spooled.close();
    }
  }

  async #withCard<T>({ address, nowNaiveMs }: CardPlace, use: (card: CardSession) => Promise<T>): Promise<T> {
    const card = await this.#parts.openCard(address, nowNaiveMs);
    try {
      return await use(card);
    } finally {
      await card.close();
    }
  }

  /** All files below a folder that have the same size at two looks, and those that have not. */
  async #settled(place: CardPlace, path: string, signal: AbortSignal): Promise<{ files: readonly Found[]; growing: string[] }> {
    const walk = (): Promise<readonly Found[]> =>
      this.#withCard(place, (card) => walkFolder(card, path.replace(/\/+$/, '') || '', 0));
    const before = await walk();
    await this.#pause(GROWING_LOOK_MS, signal);
    const sizes = new Map((await walk()).map((file) => [file.path, file.sizeBytes]));
    const isSettled = (file: Found): boolean => sizes.get(file.path) === file.sizeBytes;
    return { files: before.filter(isSettled), growing: before.filter((file) => !isSettled(file)).map(({ path: one }) => one) };
  }

  /** Puts one file into the archive; `null` when it turned out to grow, and then nothing of it is in there. */
  async #member(
    place: CardPlace,
    file: Found,
    name: string,
    spooled: SpoolFile,
    total: number,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<ZipMember | null> {
    const offset = spooled.sizeBytes;
    const unknown: ZipMember = { name, modifiedNaiveMs: file.modifiedNaiveMs, offset, crc32: 0, sizeBytes: 0 };
    const header = localHeader(unknown);
    await spooled.append(header);
    const told: Progress = (step, done) => progress(step, Math.min(total, offset + done), total);
    const crc = await this.#fetch(place, file, spooled, told, signal);
    const sizeBytes = spooled.sizeBytes - offset - header.length;
    if (sizeBytes !== file.sizeBytes) {
      await spooled.truncate(offset);
      return null;
    }
    const member = { ...unknown, crc32: crc, sizeBytes };
    await spooled.patch(localHeader(member), offset);
    return member;
  }

  /** Appends one file to the spool, resumed where it was cut. Gives its CRC-32. */
  async #fetch(place: CardPlace, file: Found, spooled: SpoolFile, progress: Progress, signal: AbortSignal): Promise<number> {
    const from = spooled.sizeBytes;
    let crc = 0;
    for (let cuts = 0; ;) {
      const before = spooled.sizeBytes - from;
      try {
        await this.#withCard(place, (card) =>
          card.read(file.path, before, async (bytes) => {
            signal.throwIfAborted();
            crc = crc32(bytes, crc);
            await spooled.append(bytes);
            progress(`reading ${file.name} from the card`, spooled.sizeBytes - from, file.sizeBytes);
          }),
        );
        if (spooled.sizeBytes - from < file.sizeBytes) throw new CardFault('cut', `${file.path} came shorter than it was listed`);
        return crc;
      } catch (error) {
        if (!(error instanceof CardFault) || error.code === 'login' || error.code === 'not-found') throw error;
        cuts = spooled.sizeBytes - from > before ? 1 : cuts + 1;
        if (cuts > MAX_CUTS) throw error;
        this.#parts.log.debug(
          { path: file.path, have: spooled.sizeBytes - from, reason: error.message },
          'reading a file goes on where it was cut',
        );
        await this.#pause(AFTER_CUT_MS, signal);
      }
    }
  }

  async #checkRoom(bytes: number): Promise<void> {
    const room = await this.#parts.spool.roomBytes();
    if (bytes > room)
      throw new CardFault(
        'refused',
        `${Math.ceil(bytes / 1e6)} MB do not fit on the disk of the edge, which has ${Math.floor(room / 1e6)} MB to spare`,
      );
  }

  async #deliver(
    transfer: string,
    name: string,
    spooled: SpoolFile,
    growing: readonly string[],
    progress: Progress,
    signal: AbortSignal,
  ): Promise<Transferred> {
    const sha256 = await this.#chunks.send({ transfer, path: name, spooled, from: 0 }, progress, signal);
    return { transfer, name, size: spooled.sizeBytes, sha256, growing };
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const ended = (): void => {
        cancel();
        reject(signal.reason instanceof Error ? signal.reason : new CardFault('refused', 'it was ended'));
      };
      const cancel = this.#parts.clock.after(ms, () => {
        signal.removeEventListener('abort', ended);
        resolve();
      });
      signal.addEventListener('abort', ended, { once: true });
    });
  }
}

const beingWritten = (path: string): CardFault =>
  new CardFault('refused', `${path} is still being written; stop the measurement first`);

async function walkFolder(card: CardSession, path: string, depth: number): Promise<readonly Found[]> {
  if (depth > MAX_DEPTH) throw new CardFault('refused', `${path} is nested deeper than ${MAX_DEPTH} folders`);
  const found: Found[] = [];
  for (const entry of await card.list(path === '' ? '/' : path)) {
    const own = `${path}/${entry.name}`;
    if (entry.isFolder) found.push(...(await walkFolder(card, own, depth + 1)));
    else found.push({ ...entry, path: own });
  }
  return found;
}
