/** Files on their way from a card to the hub, kept on the edge's disk until the hub has them. Adapter: adapters/disk/file-spool.ts. */

export interface SpoolFile {
  /** Bytes so far. */
  readonly sizeBytes: number;
  append(bytes: Uint8Array): Promise<void>;
  /** Overwrites bytes that are there. */
  patch(bytes: Uint8Array, offset: number): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export interface Spool {
  /** A new file; the oldest ones go when there are too many. Ids are checked ids. */
  create(transfer: string): Promise<SpoolFile>;
  /** One that is still there, or `null`. */
  open(transfer: string): Promise<SpoolFile | null>;
  /** Bytes that a new file may have at most. */
  roomBytes(): Promise<number>;
}
