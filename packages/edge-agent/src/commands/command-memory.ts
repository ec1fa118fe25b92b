/**
 * Which command ids have been seen, so that none is carried out twice, whatever happens to the agent in between: an id is on the disk before its
 * command begins. Neighbour: command-desk.ts asks.
 */
import type { Clock, Logger } from '@slmm/shared';
import { z } from 'zod';
import type { DurableText } from '../uplink/durable-text.ts';

/** How long an id is remembered (architecture, section 3). */
const REMEMBER_MS = 600_000;
/** Bound of the memory: 10 min of almost 7 commands a second. When full, new commands are refused rather than an id forgotten early. */
const MAX_REMEMBERED = 4096;

/** Wall time at which each id was seen. */
const keptSchema = z.object({ seen: z.record(z.string(), z.number()) });

export class CommandMemory {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #file: DurableText | null;
  /** Id to the monotonic instant it was seen; in that order. */
  readonly #seenAtMs = new Map<string, number>();
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;

  private constructor(clock: Clock, log: Logger, file: DurableText | null) {
    this.#clock = clock;
    this.#log = log;
    this.#file = file;
  }

  /** Reads what was kept; a file that cannot be read is said, and the memory begins empty. */
  static async open(file: DurableText, clock: Clock, log: Logger): Promise<CommandMemory> {
    const memory = new CommandMemory(clock, log, file);
    try {
      const text = await file.read();
      if (text !== null) memory.#takeUp(keptSchema.parse(JSON.parse(text)).seen);
    } catch (error) {
      log.error(
        { err: error },
        'which commands were carried out lately cannot be read; one that comes again would be carried out again',
      );
    }
    return memory;
  }

  /** Nothing of it outlives the program. */
  static forgetful(clock: Clock, log: Logger): CommandMemory {
    return new CommandMemory(clock, log, null);
  }

  /**
   * Notes the id. `repeated`: it is known already; `full`: it cannot be remembered now. Only a `new` one may be carried out: it is on the disk then.
   * A disk that takes nothing is said and refuses no command: somebody may have to stop a measurement.
   */
  async note(id: string): Promise<'new' | 'repeated' | 'full'> {
    const nowMs = this.#clock.monotonicMs();
    for (const [known, seenAtMs] of this.#seenAtMs) {
      if (nowMs - seenAtMs < REMEMBER_MS) break;
      this.#seenAtMs.delete(known);
    }
    if (this.#seenAtMs.has(id)) return 'repeated';
    if (this.#seenAtMs.size >= MAX_REMEMBERED) return 'full';
    this.#seenAtMs.set(id, nowMs);
    if (this.#file !== null) await this.#kept(this.#file);
    return 'new';
  }

  /** A wall clock that is behind what was written makes an id young again, and never old before its time. */
  #takeUp(seen: Readonly<Record<string, number>>): void {
    const [nowMs, monotonicMs] = [this.#clock.nowMs(), this.#clock.monotonicMs()];
    for (const [id, atMs] of Object.entries(seen).sort(([, a], [, b]) => a - b))
      this.#seenAtMs.set(id, monotonicMs - Math.max(0, nowMs - atMs));
  }

  /** Resolves when all ids so far are on the disk. What comes while one write runs goes together with the next. */
  #kept(file: DurableText): Promise<void> {
    this.#next ??= this.#writing.then(() => {
      this.#next = null;
      this.#writing = this.#write(file);
      return this.#writing;
    });
    return this.#next;
  }

  async #write(file: DurableText): Promise<void> {
    const sinceMs = this.#clock.nowMs() - this.#clock.monotonicMs();
    const seen = Object.fromEntries([...this.#seenAtMs].map(([id, atMs]) => [id, Math.round(sinceMs + atMs)]));
    try {
      await file.write(JSON.stringify({ seen }));
    } catch (error) {
      this.#log.error({ err: error }, 'the id of a command could not be kept; after a restart it could be carried out again');
    }
  }
}
