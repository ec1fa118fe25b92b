/** A small text that outlives the program: written whole or not at all. Adapter: adapters/disk/durable-file.ts. */
export interface DurableText {
  /** `null` when nothing was ever written. Rejects when it cannot be read. */
  read(): Promise<string | null>;
  /** Resolves when it outlives a power cut. Rejects with the disk's fault; the former text is then still there. */
  write(text: string): Promise<void>;
}
