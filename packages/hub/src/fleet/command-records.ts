/**
 * What was asked of edges lately: each command with its progress and its end, for people to follow. Bounded, in memory: a record of work, no queue.
 * Neighbours: command-sender.ts writes it, api/v1/commands.ts shows it.
 */
import type { Reply } from '@slmm/protocol';

/** Records kept; the oldest that have ended go first. */
const MAX_RECORDS = 2_000;

/** How far a command of several steps has come. */
export interface CommandProgress {
  readonly step: string;
  readonly done: number;
  readonly of: number;
  readonly atMs: number;
}

export interface CommandRecord {
  readonly id: string;
  readonly unit: string;
  /** `null` where nobody could be asked. */
  readonly edge: string | null;
  readonly op: string;
  readonly by: string;
  readonly atMs: number;
  readonly expiresMs: number;
  readonly progress: CommandProgress | null;
  /** `null` while it runs. */
  readonly reply: EndedReply | null;
  readonly endedMs: number | null;
}

export type EndedReply = Exclude<Reply, { progress: unknown }>;

/** A command on its way. */
export interface CommandTicket {
  readonly id: string;
  /** Its end. Never rejects; where nobody could carry the command out, it comes at once. */
  readonly done: Promise<EndedReply>;
}

export class CommandRecords {
  /** In the order in which they were begun. */
  readonly #byId = new Map<string, CommandRecord>();

  begun(record: Omit<CommandRecord, 'progress' | 'reply' | 'endedMs'>): void {
    this.#byId.set(record.id, { ...record, progress: null, reply: null, endedMs: null });
    if (this.#byId.size <= MAX_RECORDS) return;
    const oldest = [...this.#byId.values()].find(({ reply }) => reply !== null) ?? [...this.#byId.values()][0];
    if (oldest !== undefined) this.#byId.delete(oldest.id);
  }

  progressed(id: string, edge: string, progress: CommandProgress): void {
    const record = this.#byId.get(id);
    if (record?.edge === edge && record.reply === null) this.#byId.set(id, { ...record, progress });
  }

  ended(id: string, reply: EndedReply, atMs: number): void {
    const record = this.#byId.get(id);
    if (record !== undefined) this.#byId.set(id, { ...record, reply, endedMs: atMs });
  }

  /** Newest first. */
  ofUnit(unit: string): readonly CommandRecord[] {
    return [...this.#byId.values()].filter((record) => record.unit === unit).reverse();
  }
}
