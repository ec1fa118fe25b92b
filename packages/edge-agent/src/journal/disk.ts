/** One file of the directory. */
export interface DiskEntry {
  readonly name: string;
  readonly bytes: number;
}

/** A file that is only ever appended to. */
export interface AppendFile {
  /** Hands bytes to the disk's cache, whole or not at all as far as the caller knows: after a rejection the file must be abandoned. */
  append(bytes: Uint8Array): Promise<void>;
  /** Resolves when everything appended so far outlives a power cut. After a rejection nobody knows what does: the file must be abandoned. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The journal's directory. Nothing outlives a power cut before it is synced: contents by `sync`, names (create, rename, remove) by `syncDirectory`.
 * Faults of the disk (full, worn out, read-only) reject with an Error whose `code` is the operating system's word (`ENOSPC`, `EIO`, `EROFS`, …).
 * Twins: `NodeDisk` (adapters/disk) and `SimDisk`, which forgets at a crash what was not synced.
 */
export interface Disk {
  list(): Promise<readonly DiskEntry[]>;
  /** `length` bytes from `offset`; fewer at the end of the file. */
  read(name: string, offset: number, length: number): Promise<Uint8Array>;
  /** Makes a new file; rejects with `EEXIST` where there is one. */
  create(name: string): Promise<AppendFile>;
  /** Makes what is in an existing file outlive a power cut. */
  sync(name: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Rejects with `ENOENT` where there is none. */
  remove(name: string): Promise<void>;
  syncDirectory(): Promise<void>;
}

/** The operating system's word for a fault, or the fault's own text. */
export function faultCode(fault: unknown): string {
  if (fault instanceof Error) return 'code' in fault && typeof fault.code === 'string' ? fault.code : fault.message;
  return String(fault);
}
