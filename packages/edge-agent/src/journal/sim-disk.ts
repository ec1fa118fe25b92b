/**
 * A disk in memory that forgets at a crash what was not synced, for tests and the deterministic simulation. Twin of `NodeDisk`.
 * At a crash each file keeps what was synced plus some beginning of the rest (possibly with wrong bytes in it), and of the unsynced creates, renames and removes
 * some beginning has happened.
 */
import type { AppendFile, Disk, DiskEntry } from './disk.ts';

/** The power went away in the middle of an operation; nothing of this run of the program goes on. */
export class PowerCut extends Error {
  override readonly name = 'PowerCut';
}

interface File {
  bytes: Buffer;
  syncedBytes: number;
}

export class SimDisk {
  /** What the running program sees. */
  #files = new Map<string, File>();
  /** Names as of the last `syncDirectory`, and what happened to them since. */
  #durableNames = new Map<string, File>();
  #nameChanges: ((names: Map<string, File>) => void)[] = [];
  #operations = 0;
  #cutAt = Number.POSITIVE_INFINITY;
  #faults: { readonly code: string; readonly times: number }[] = [];
  #life = 0;
  /** Bytes all files together may have; `ENOSPC` beyond. */
  capacityBytes = Number.POSITIVE_INFINITY;
  /** Renaming rejects with `EROFS`. */
  refuseRenames = false;

  /** Operations so far; each may be the one at which the power goes away. */
  get operations(): number {
    return this.#operations;
  }

  /** The `n`-th operation from now on is the last one, and it happens only in part. */
  cutPowerAfter(n: number): void {
    this.#cutAt = this.#operations + n;
  }

  /** The next `times` operations reject with an error of this code. */
  fail(code: string, times = 1): void {
    this.#faults.push({ code, times });
  }

  heal(): void {
    this.#faults = [];
  }

  /** The machine comes up again. `random` in [0, 1) decides what of the unsynced has survived. Files of the former run are dead. */
  crash(random: () => number): void {
    const names = new Map(this.#durableNames);
    for (const change of this.#nameChanges.slice(0, Math.floor(random() * (this.#nameChanges.length + 1)))) change(names);
    for (const file of new Set(names.values())) {
      const unsynced = file.bytes.length - file.syncedBytes;
      const survived = Math.floor(random() * (unsynced + 1));
      file.bytes = Buffer.from(file.bytes.subarray(0, file.syncedBytes + survived));
      if (survived > 0 && random() < 0.5) {
        const start = file.syncedBytes + Math.floor(random() * survived);
        file.bytes.fill(random() < 0.5 ? 0 : 0xa5, start);
      }
      file.syncedBytes = file.bytes.length;
    }
    this.#files = names;
    this.#durableNames = new Map(names);
    this.#nameChanges = [];
    this.#cutAt = Number.POSITIVE_INFINITY;
    this.#faults = [];
    this.#life += 1;
  }

  /** The program was killed: what it had written is still there, and still not synced. Its handles are dead. */
  kill(): void {
    this.#cutAt = Number.POSITIVE_INFINITY;
    this.#faults = [];
    this.#life += 1;
  }

  /** Damages bytes that were synced, as a dying disk does. */
  flip(name: string, offset: number): void {
    const file = this.#file(name);
    file.bytes[offset] = (file.bytes[offset] ?? 0) ^ 0xff;
  }

  truncate(name: string, bytes: number): void {
    const file = this.#file(name);
    file.bytes = file.bytes.subarray(0, bytes);
    file.syncedBytes = Math.min(file.syncedBytes, bytes);
  }

  names(): readonly string[] {
    return [...this.#files.keys()].sort();
  }

  bytesOf(name: string): number {
    return this.#file(name).bytes.length;
  }

  /** The disk as one run of the program sees it. After `crash` it is dead, whoever still holds it. */
  boot(): Disk {
    const life = this.#life;
    const step = (inPart?: () => void): void => this.#step(life, inPart);
    return {
      list: async () => {
        step();
        return [...this.#files].map(([name, file]): DiskEntry => ({ name, bytes: file.bytes.length }));
      },
      read: async (name, offset, length) => {
        step();
        return Uint8Array.from(this.#file(name).bytes.subarray(offset, offset + length));
      },
      create: async (name) => {
        step();
        return this.#create(name, step);
      },
      sync: async (name) => {
        step();
        const file = this.#file(name);
        file.syncedBytes = file.bytes.length;
      },
      rename: async (from, to) => {
        step();
        if (this.refuseRenames) throw fault('EROFS');
        const file = this.#file(from);
        this.#changeNames((names) => {
          names.delete(from);
          names.set(to, file);
        });
      },
      remove: async (name) => {
        step();
        this.#file(name);
        this.#changeNames((names) => names.delete(name));
      },
      syncDirectory: async () => {
        step();
        this.#durableNames = new Map(this.#files);
        this.#nameChanges = [];
      },
    };
  }

  #create(name: string, step: (inPart?: () => void) => void): AppendFile {
    if (this.#files.has(name)) throw fault('EEXIST');
    const file: File = { bytes: Buffer.alloc(0), syncedBytes: 0 };
    this.#changeNames((names) => names.set(name, file));
    return {
      append: async (bytes) => {
        step(() => {
          file.bytes = Buffer.concat([file.bytes, bytes.subarray(0, Math.floor(bytes.length / 2))]);
        });
        if (this.#usedBytes() + bytes.length > this.capacityBytes) throw fault('ENOSPC');
        file.bytes = Buffer.concat([file.bytes, bytes]);
      },
      sync: async () => {
        step();
        file.syncedBytes = file.bytes.length;
      },
      close: async () => step(),
    };
  }

  #changeNames(change: (names: Map<string, File>) => void): void {
    change(this.#files);
    this.#nameChanges.push(change);
  }

  #step(life: number, inPart: () => void = () => {}): void {
    if (life !== this.#life || this.#operations >= this.#cutAt) throw new PowerCut('the power is gone');
    this.#operations += 1;
    if (this.#operations === this.#cutAt) {
      inPart();
      throw new PowerCut('the power went away');
    }
    const next = this.#faults[0];
    if (next === undefined) return;
    this.#faults = [...(next.times > 1 ? [{ ...next, times: next.times - 1 }] : []), ...this.#faults.slice(1)];
    throw fault(next.code);
  }

  #usedBytes(): number {
    return [...this.#files.values()].reduce((sum, file) => sum + file.bytes.length, 0);
  }

  #file(name: string): File {
    const file = this.#files.get(name);
    if (file === undefined) throw fault('ENOENT');
    return file;
  }
}

function fault(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code });
}
